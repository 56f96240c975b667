"""Where data comes from: one file a kind of source."""
