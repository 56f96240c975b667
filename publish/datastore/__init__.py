"""Rows of resources: tables of published versions, drafts that people write, and how both answer.

Each table is one SQLite file of its own, so that a question can never reach another table.
"""
