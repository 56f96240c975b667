"""Our words in those of a udata portal: licences, frequencies, tags, places, types of resources.

A portal says itself which licences and frequencies it knows; the lists grew over the versions, so
each word of ours has several candidates, the newest first.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from datasets.names import fold_marks
from datasets.serbian import ETH, to_latin

NO_LICENSE, NO_FREQUENCY = "notspecified", "unknown"
TAG_LENGTHS = (3, 32)  # later versions take longer ones, none takes shorter
_LICENSES = {
    "cc0": ("cc-zero",),
    "cc-zero": ("cc0", "cc0-1.0"),
    "odbl": ("odc-odbl",),
    "odc-odbl": ("odbl",),
    "pddl": ("odc-pddl",),
    "odc-pddl": ("pddl",),
}
_EARLIER = {
    "annual_2": ("semiannual",),
    "annual_3": ("threeTimesAYear",),
    "as_needed": ("punctual",),
    "cont": ("threeTimesADay", "continuous"),
    "daily_2": ("semidaily",),
    "irreg": ("irregular",),
    "monthly_2": ("semimonthly",),
    "monthly_3": ("threeTimesAMonth",),
    "update_cont": ("continuous",),
    "weekly_2": ("semiweekly",),
    "weekly_3": ("threeTimesAWeek",),
}
_SAID = {"yearly": "annual", "irregular": "irreg", "continuous": "update_cont", "never": "never"}
_TYPES = {"file": "main", "api": "api", "documentation": "documentation"}


def licenses(license_id: str) -> list[str]:
    """Candidates for a licence: its id, without its version, as others call it.

    >>> licenses("CC-BY-4.0"), licenses("cc-zero")
    (['cc-by-4.0', 'cc-by'], ['cc-zero', 'cc0', 'cc0-1.0'])
    """
    whole = license_id.lower()
    bare = re.sub(r"-\d+(\.\d+)*$", "", whole)
    named = [whole, bare, *_LICENSES.get(whole, ()), *_LICENSES.get(bare, ())]
    return list(dict.fromkeys(name for name in named if name))


def frequencies(said: str) -> list[str]:
    """Candidates for how often data are renewed: a word, or an address of the EU's list.

    >>> frequencies("http://publications.europa.eu/resource/authority/frequency/ANNUAL_2")
    ['annual_2', 'semiannual']
    >>> frequencies("Monthly"), frequencies("")
    (['monthly'], [])
    """
    word = said.rstrip("/").rpartition("/")[2].strip().lower()
    code = _SAID.get(word, word)
    return [code, *_EARLIER.get(code, ())] if code else []


def known(candidates: Sequence[str], there: Mapping[str, str], otherwise: str) -> str:
    """The first candidate that the portal knows, as it writes it; `there` is by lower case."""
    return next((there[c.lower()] for c in candidates if c.lower() in there), otherwise)


def tag(text: str) -> str:
    """A tag as the portal keeps it; empty where too little is left.

    >>> tag("Јавни превоз"), tag("в"), tag("Zaštita životne sredine u naseljima")
    ('javni-prevoz', '', 'zastita-zivotne-sredine-u')
    """
    latin = fold_marks(to_latin(text).translate(ETH).lower().replace("đ", "dj"))
    slug = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")
    shortest, longest = TAG_LENGTHS
    if len(slug) > longest:
        slug = slug[: longest + 1].rpartition("-")[0] or slug[:longest]
    return slug if len(slug) >= shortest else ""


def spatial(text: str, zone: str) -> dict[str, Any] | None:
    """Where the data are: a zone of the portal, else the polygon of the extra `spatial`."""
    if zone:
        return {"zones": [zone]}
    try:
        shape = json.loads(text) if text else {}
    except ValueError:
        return None
    if not isinstance(shape, dict) or "coordinates" not in shape:
        return None
    if shape.get("type") == "Polygon":
        shape = {"type": "MultiPolygon", "coordinates": [shape["coordinates"]]}
    return {"geom": shape} if shape.get("type") == "MultiPolygon" else None


def period(start: str, end: str) -> dict[str, str] | None:
    """The time that the data are about; the portal wants both ends."""
    return {"start": start[:10], "end": end[:10]} if start and end else None


def resource_type(said: str | None) -> str:
    """The portal's word for what a resource is."""
    return _TYPES.get(said or "", "other")
