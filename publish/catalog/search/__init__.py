"""package_search and the smaller searches: what was typed, what matches, in which order."""
