"""Data Packages: descriptors, the files they name, and the dataset that these make."""
