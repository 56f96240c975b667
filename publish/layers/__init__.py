"""Layers: spatial tables as immutable folders, and the tiles that are made of them."""
