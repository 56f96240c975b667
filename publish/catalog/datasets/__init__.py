"""What is done with datasets and resources: written, judged, repaired, released, purged."""
