"""Catalogs of other people, and each way of theirs to describe a dataset, as a Record."""
