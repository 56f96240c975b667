"""Harvests under the names of ckanext-harvest: sources, jobs, objects."""
