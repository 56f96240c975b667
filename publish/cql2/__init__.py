"""CQL2: a filter read, checked against a layer's columns, and said as SQL.

Rule: OGC 21-065r2, Common Query Language.
"""

from publish.cql2.expressions import Call, Expression, Literal, Property

__all__ = ["Call", "Expression", "Literal", "Property"]
