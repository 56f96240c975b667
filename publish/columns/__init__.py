"""Published tables kept column by column: any page of any order, and any difference, in no time.

A column is its different values in order, and for each row the place of its value among them; so a
filter is a comparison of whole numbers, and what a column holds is known without looking.
"""
