"""The schema as a contract: what was published last says what a column holds.

Where a resource brings no schema of its own, one is proposed for its cells each time. Taken alone,
a single word in a column of numbers would make it a column of text, and nobody would notice but
those who use it. So the fields of last time stay; cells that do not fit them are errors, and a
column that as a whole became something else holds the dataset back, until a person agrees.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field, FrictionlessException

from datasets.model import Finding, Schema
from validation import descriptors

MOST_TRIED = 2_000
"""So many distinct values of a column are tried by a field; a column of text has no end of them."""
FITS = 0.5
"""The share of distinct values that must fit the field of last time, or the column changed."""
NUMBERS = frozenset({"integer", "number"})
ADVICE = ("title", "description", "rdfType", "example")
"""Properties of a field that say nothing about its values."""


def kept_to(
    proposed: Schema, contract: Schema, labels: Sequence[str], columns: Sequence[pa.ChunkedArray]
) -> tuple[Schema, tuple[Finding, ...]]:
    """Give the schema to judge by: each field as last time where the cells are still of its kind.

    A field whose values are written in another way (dates, decimal commas) is as proposed; so is
    one of another type, and a finding says so. New columns are as proposed; columns that went are
    told elsewhere. Keys and missing values are those of last time where all
    of their fields are still there.
    """
    before = {field["name"]: field for field in descriptors.fields(contract)}
    fields, findings = [], []
    for i, field in enumerate(descriptors.fields(proposed)):
        former = before.get(field["name"])
        if former is None or _same(field, former):
            fields.append(former or field)
            continue
        fits = _share(former, _distinct(columns[i])) >= FITS
        fields.append(former if fits else field)
        if not fits and not _alike(field, former):
            findings.append(_retyped(field, former))
    names = {field["name"] for field in fields}
    kept = {**_rules(contract, names), **{k: v for k, v in proposed.items() if k != "fields"}}
    if "missingValues" in contract:
        kept["missingValues"] = contract["missingValues"]
    return {**kept, "fields": fields}, tuple(findings)


def _same(field: Mapping[str, Any], former: Mapping[str, Any]) -> bool:
    """Tell whether two fields read a cell alike."""
    return _core(field) == _core(former)


def _core(field: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in field.items() if k not in ADVICE and k != "constraints"}


def _alike(field: Mapping[str, Any], former: Mapping[str, Any]) -> bool:
    """Tell whether two fields hold values of one kind."""
    types = {field.get("type"), former.get("type")}
    return len(types) == 1 or types == NUMBERS


def _distinct(column: pa.ChunkedArray) -> list[str]:
    texts = pc.unique(column).drop_null()
    found: list[str] = texts.filter(pc.not_equal(texts, ""))[:MOST_TRIED].to_pylist()
    return found


def _share(former: Mapping[str, Any], distinct: Sequence[str]) -> float:
    """Give the share of values that a field can read; all of them when there are none."""
    if not distinct or former.get("type") in ("string", "any"):
        return 1.0
    try:
        read = Field.from_descriptor(dict(former)).create_cell_reader()
    except FrictionlessException:  # a field that this version of the judge does not know
        return 0.0
    return sum(not read(text)[1] for text in distinct) / len(distinct)


def _rules(contract: Schema, names: set[str]) -> dict[str, Any]:
    """Keep the keys of which every field is still there."""
    key = contract.get("primaryKey") or []
    listed = [key] if isinstance(key, str) else list(key)
    return {"primaryKey": listed} if listed and names.issuperset(listed) else {}


def _retyped(field: Mapping[str, Any], former: Mapping[str, Any]) -> Finding:
    was, now = str(former.get("type", "any")), str(field.get("type", "any"))
    return Finding(
        "column-retyped",
        "warning",
        field=field["name"],
        note=f"column {field['name']!r} was of type {was} and now holds {now}",
        values={"was": was, "now": now},
    )
