"""Organizations and groups, and who and what belongs to them."""
