"""Features and rows, and one file of the many answers they come in; services, feeds, databases."""
