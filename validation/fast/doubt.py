"""Why a table is judged by Frictionless alone."""


class Doubt(Exception):
    """Nothing can be proved about this table, or it would not pay; the words say why."""
