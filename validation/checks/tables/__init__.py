"""Checks of tables and of the attributes of layers: one file each, registered by its name."""
