"""How many of the packages that were found have each value of a field."""

import functools
from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import bindparam, select

from publish.catalog.call import Call, Document
from publish.catalog.documents import storage
from publish.catalog.indexes.columns import Mask
from publish.catalog.indexes.index import Index
from publish.catalog.licenses import LICENSES
from publish.catalog.tables import groups

type Counts = dict[str, int]

_NAMED = select(groups.c.document).where(groups.c.name.in_(bindparam("names", expanding=True)))


def counted(
    index: Index, found: Mask, fields: Sequence[str], limit: int, least: int
) -> dict[str, Counts]:
    """The counts by field: of values with `least` the most frequent `limit`; below 0 all."""
    if not fields:
        return {}
    counts = index.terms.counts(found, fields)
    result = {}
    for field in fields:
        known = index.terms.fields.get(field) or index.terms.fields.get(f"extras_{field}") or {}
        codes = np.fromiter(known.values(), np.int64, len(known))
        codes = codes[counts[codes] >= max(least, 1)]
        if 0 <= limit < len(codes):
            few = counts[codes]
            # All that have the last count that still comes in: equals are told apart by value.
            edge = np.partition(few, len(few) - limit)[len(few) - limit] if limit else few.max() + 1
            codes = codes[few >= edge]
        named = [(index.terms.values[code], int(counts[code])) for code in codes.tolist()]
        named.sort(key=lambda pair: (-pair[1], pair[0]))
        result[field] = dict(named if limit < 0 else named[:limit])
    return result


def described(call: Call, facets: Mapping[str, Counts]) -> Document:
    """The counts as `search_facets`: with what people read, and sorted by it downwards."""
    return {field: _described(call, field, counts) for field, counts in facets.items()}


def _described(call: Call, field: str, counts: Counts) -> Document:
    titles = _titles(call, field, list(counts))
    items = [
        {"name": name, "display_name": titles.get(name) or name, "count": count}
        for name, count in counts.items()
    ]
    items.sort(key=lambda item: str(item["display_name"]), reverse=True)
    return {"title": field, "items": items}


def _titles(call: Call, field: str, names: Sequence[str]) -> Mapping[str, str]:
    """What people read for the values of a field, where that is not the value itself."""
    if field == "license_id":
        return {name: LICENSES[name].title for name in names if name in LICENSES}
    if field not in {"organization", "groups"} or not names:
        return {}
    documents = call.connection.scalars(_NAMED, {"names": names})
    return dict(_titled(document) for document in documents)


@functools.lru_cache(maxsize=1_000)
def _titled(document: str) -> tuple[str, str]:
    """The name and the title of a group."""
    group = storage.loads(document)
    return group["name"], group["title"]
