"""The story of a run, the catalog, the layers, the targets."""
