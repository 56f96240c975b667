"""Repairs: recorded transforms of how a file is read; the file's own bytes are never touched."""
