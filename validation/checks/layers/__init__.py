"""Checks of layers: one file each; its name is its registration."""
