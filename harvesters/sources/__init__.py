"""What a source is: its keys and its rhythm, and the way from a record to a dataset."""
