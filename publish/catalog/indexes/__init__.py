"""The index of packages: words in the database, values, order and places in memory."""
