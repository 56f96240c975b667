"""A Table Schema for cells that came without one: locale first, a code stays a text.

A type is proposed only when every cell of the column fits it, so that no proposal makes an error
of a cell; a geopoint never is (Frictionless takes 1.234,50 for one). Rules: facts on municipal
files; field names are the labels, so that Frictionless finds them in the header.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datasets.model import Finding

INTEGER = r"^(0|-?[1-9][0-9]{0,17})$"
# 15 digits before the point are what a double can hold; 12E4 is a code, 1.2E4 a number
POINT = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]+([eE][+-]?[0-9]{1,3})?)?$"
COMMA = r"^-?(0|[1-9][0-9]{0,14})(,[0-9]+)?$"
GROUPED = r"^-?(0|[1-9][0-9]{0,2}(G[0-9]{3}){0,4}|[1-9][0-9]{0,14})(,[0-9]+)?$"
THOUSANDS = r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$"
COMMAS = {"type": "number", "decimalChar": ","}
NUMBERS = (
    (INTEGER, "", {"type": "integer"}),
    (GROUPED.replace("G", r"\."), r"\..*\.", {**COMMAS, "groupChar": "."}),
    (POINT, "", {"type": "number"}),
    (COMMA, ",", COMMAS),
    (GROUPED.replace("G", r"\."), ",", {**COMMAS, "groupChar": "."}),
    (GROUPED.replace("G", " "), " ", {**COMMAS, "groupChar": " "}),
    (GROUPED.replace("G", "\u00a0"), "\u00a0", {**COMMAS, "groupChar": "\u00a0"}),
)
"""What every number is like, what one must hold, and the field; the first that fits counts."""
TRUE_FALSE = (("true", "false"), ("True", "False"), ("TRUE", "FALSE"))
DA_NE = (("da", "ne"), ("Da", "Ne"), ("DA", "NE"), ("да", "не"), ("Да", "Не"), ("ДА", "НЕ"))
DATES = (
    (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "%Y-%m-%d", {"type": "date"}),
    (r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}$", "%d.%m.%Y", {"type": "date", "format": "%d.%m.%Y"}),
    (r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}\.$", "%d.%m.%Y.", {"type": "date", "format": "%d.%m.%Y."}),
    (
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$",
        "%Y-%m-%dT%H:%M:%S",
        {"type": "datetime"},
    ),
)

type Field = dict[str, Any]


def proposed_schema(
    labels: Sequence[str], columns: Sequence[pa.ChunkedArray], types: Mapping[int, str]
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Propose a Table Schema, and say where the numbers can be read in two ways.

    `types` are those that the file itself declares, by column number; "text" is JSON's string,
    which may be a date, but never a number.
    """
    fields, findings = [], []
    names = field_names(labels)
    for i, name in enumerate(names):
        distinct = distinct_texts(columns[i])
        fields.append({"name": name, **_field(types.get(i, ""), distinct)})
        if i not in types and is_ambiguous(distinct):
            findings.append(_ambiguous(name, distinct))
    return {"fields": fields, "missingValues": [""]}, tuple(findings)


def field_names(labels: Sequence[str]) -> list[str]:
    """Name the fields as the labels say; a blank one by its place, a repeated one by a number.

    >>> field_names(["шифра", "", "ime", "ime"])
    ['шифра', 'field2', 'ime', 'ime2']
    """
    names: list[str] = []
    for place, label in enumerate(labels, 1):
        name, number = label or f"field{place}", 2
        while name in names:
            name, number = f"{label or 'field'}{number}", number + 1
        names.append(name)
    return names


def distinct_texts(column: pa.ChunkedArray) -> pa.Array:
    """Give the distinct cells that say something."""
    distinct = pc.unique(column).drop_null()
    return distinct.filter(pc.not_equal(distinct, ""))


def proposed_field(distinct: pa.Array) -> Field:
    """Give the type that all distinct cells fit, with its format; text where none does.

    >>> proposed_field(pa.array(["1.250,75", "45,00", "310"]))
    {'type': 'number', 'decimalChar': ',', 'groupChar': '.'}
    >>> proposed_field(pa.array(["00123", "45000"])), proposed_field(pa.array(["да", "не"]))["type"]
    ({'type': 'string'}, 'boolean')
    """
    if len(distinct) == 0:
        return {"type": "string"}
    return _boolean(distinct) or _number(distinct) or _date(distinct) or {"type": "string"}


def _field(type_: str, distinct: pa.Array) -> Field:
    """Keep a type that the file itself knows; "text" is one in which only dates are looked for."""
    if type_ == "text":
        return _date(distinct) or {"type": "string"}
    return {"type": type_} if type_ else proposed_field(distinct)


def _boolean(distinct: pa.Array) -> Field | None:
    if len(distinct) > 2:
        return None
    words = set(distinct.to_pylist())
    for true, false in TRUE_FALSE:
        if words <= {true, false}:
            return {"type": "boolean"}
    for true, false in DA_NE:
        if words <= {true, false} and len(words) == 2:  # a lone „да“ may be any word
            return {"type": "boolean", "trueValues": [true], "falseValues": [false]}
    return None


def _number(distinct: pa.Array) -> Field | None:
    """Give the first way of writing numbers that all cells follow."""
    for pattern, needs, field in NUMBERS:
        if _all(distinct, pattern) and _any(distinct, needs):
            return dict(field)
    return None


def _date(distinct: pa.Array) -> Field | None:
    for pattern, layout, field in DATES:
        if _all(distinct, pattern) and _on_calendar(distinct, layout):
            return dict(field)
    return None


def _on_calendar(distinct: pa.Array, layout: str) -> bool:
    """Tell whether each is a day that was: arrow alone would take 31.02. for the 3rd of March."""
    parsed = pc.strptime(distinct, format=layout, unit="s", error_is_null=True)
    if parsed.null_count:
        return False
    days = pc.cast(pc.day(parsed), pa.string())
    written = pc.extract_regex(distinct, DAY_OF[layout]).field(0)
    return bool(pc.all(pc.equal(days, written)).as_py())


DAY_OF = {
    "%Y-%m-%d": r"^....-..-0?(?P<day>[0-9]+)$",
    "%d.%m.%Y": r"^0?(?P<day>[0-9]+)\.",
    "%d.%m.%Y.": r"^0?(?P<day>[0-9]+)\.",
    "%Y-%m-%dT%H:%M:%S": r"^....-..-0?(?P<day>[0-9]+)T",
}


def is_ambiguous(distinct: pa.Array) -> bool:
    """Tell whether every number is like 1.234, which is a thousand here and one elsewhere."""
    return len(distinct) > 1 and _all(distinct, THOUSANDS)


def _ambiguous(name: str, distinct: pa.Array) -> Finding:
    first = str(distinct[0])
    return Finding(
        "number-ambiguous",
        "warning",
        field=name,
        note=f"{first} in {name!r} is read as a decimal point; if it means thousands, write "
        f"{first.replace('.', '')} or declare groupChar in the schema",
        values={"field": name, "value": first, "thousands": first.replace(".", "")},
    )


def _all(distinct: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(distinct, pattern)).as_py())


def _any(distinct: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(distinct, pattern)).as_py())
