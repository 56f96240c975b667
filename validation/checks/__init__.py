"""Checks of our own, one file a check: each a Frictionless Check that looks at a whole layer."""
