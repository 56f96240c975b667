"""Privacy: personal data found in tables, and kept out of all that is said of them."""
