"""Harvests: jobs that anybody may finish, and what is remembered of each source and record."""
