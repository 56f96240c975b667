"""Words that datasets carry: tags, vocabularies of them, their translations."""
