"""What came and whether it holds: reading, checks, report."""
