"""Harvests: jobs that anybody may finish, and what is remembered of each source and record."""

# The catalog's actions tell of harvests, and these use the catalog: it has to be loaded first.
import publish.catalog  # noqa: F401
