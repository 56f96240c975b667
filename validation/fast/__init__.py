"""Frictionless' own verdict on a large table, many times sooner.

Two tiers. The first marks every row that it cannot PROVE clean, column by column; the second is
Frictionless itself, which then sees only the first rows of the table and the marked ones. Its
errors, their order, its limits and its statistics are therefore its own. The first tier may mark
too much, never too little; where it cannot tell it raises Doubt, and Frictionless judges all rows.
"""
