"""The site itself: its status, settings, queue of jobs, and what programs note of it."""
