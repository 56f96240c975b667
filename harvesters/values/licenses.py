"""Licences as upstreams name them, by CKAN's ids: an id, an address, a title in any language.

Rule: the ids of CKAN's `license_list`, which are those of the Open Definition.
"""

import functools
import re
from typing import Any

from datasets.serbian import fold
from harvesters.values.mapping import text

NO_LICENSE = "notspecified"
_NAMES = {
    "cc-by": "cc-by",
    "cc-by-sa": "cc-by-sa",
    "cc-bysa": "cc-by-sa",
    "cc-by-nc": "cc-nc",
    "cc-nc": "cc-nc",
    "cc-zero": "cc-zero",
    "cc0": "cc-zero",
    "cc-0": "cc-zero",
    "odc-by": "odc-by",
    "odbl": "odc-odbl",
    "odc-odbl": "odc-odbl",
    "odc-bl": "odc-odbl",
    "odc-pddl": "odc-pddl",
    "pddl": "odc-pddl",
    "ogl": "uk-ogl",
    "ogl-uk": "uk-ogl",
    "uk-ogl": "uk-ogl",
    "ukogl": "uk-ogl",
    "gfdl": "gfdl",
    "public-domain": "other-pd",
    "publicdomain": "other-pd",
    "other-pd": "other-pd",
    "other-open": "other-open",
    "other-at": "other-at",
    "other-nc": "other-nc",
    "other-closed": "other-closed",
    "notspecified": NO_LICENSE,
    "not-specified": NO_LICENSE,
    "license-not-specified": NO_LICENSE,
    "unknown": NO_LICENSE,
    "none": NO_LICENSE,
    "null": NO_LICENSE,
}
# in an address, or in words that were folded to letters, digits and single blanks
_ADDRESSES = (
    (r"creativecommons\.org/(?:publicdomain/zero|choose/zero)", "cc-zero"),
    (r"creativecommons\.org/(?:publicdomain/mark|licenses/publicdomain)", "other-pd"),
    (r"creativecommons\.org/licenses/by-sa/", "cc-by-sa"),
    (r"creativecommons\.org/licenses/by-nc(?:-sa|-nd)?/", "cc-nc"),
    (r"creativecommons\.org/licenses/by/", "cc-by"),
    (r"opendatacommons\.org/licenses/(?:by|odc-by)\b", "odc-by"),
    (r"opendatacommons\.org/licenses/odbl\b", "odc-odbl"),
    (r"opendatacommons\.org/licenses/(?:pddl|publicdomain)\b", "odc-pddl"),
    (r"nationalarchives\.gov\.uk/doc/open-government-licence", "uk-ogl"),
    (r"usa\.gov/(?:publicdomain|government-works)", "other-pd"),
)
_TITLES = (
    (r"cc0|(?:creative commons )?cc ?zero|creative commons zero", "cc-zero"),
    (r"(?:odc|open data commons) (?:public domain|pddl)", "odc-pddl"),
    (r"(?:odc |open data commons )?(?:open database license|odbl)", "odc-odbl"),
    (r"open data commons attribution", "odc-by"),
    (r"(?:creative commons|cc) .*(?:non ?commercial|nekomercijaln)", "cc-nc"),
    (r"(?:creative commons|cc) .*(?:no ?deriv|bez prerada)", None),
    (r"(?:creative commons|cc) .*(?:share ?alike|deliti pod istim|bysa|by sa)", "cc-by-sa"),
    (r"(?:creative commons|cc) (?:attribution|by\b|autorstvo)", "cc-by"),
    (r"(?:uk )?open government licence", "uk-ogl"),
    (r"(?:us |u s )?public domain|javno dobro|government work", "other-pd"),
)
_VERSION = re.compile(r"-v?[0-9]+(\.[0-9]+)*(-[a-z]{2,3})?$")


def license_id(*said: Any) -> str:
    """CKAN's id of the first licence that it knows; else the first words as they were said.

    >>> license_id("CC-BY-4.0"), license_id("https://creativecommons.org/publicdomain/zero/1.0/")
    ('cc-by', 'cc-zero')
    >>> license_id(None, "Creative Commons Attribution 3.0 Unported"), license_id("MIT")
    ('cc-by', 'MIT')
    >>> license_id("notspecified", "CC0"), license_id("unknown", "own terms"), license_id({})
    ('cc-zero', 'own terms', '')
    """
    words = [text(each, 300) for each in said if not isinstance(each, int | float)]
    found = [_known(each) if each else "" for each in words]
    known = next((each for each in found if each and each != NO_LICENSE), "")
    own = next((said for said, each in zip(words, found, strict=True) if each is None), "")
    return known or own[:100] or next(filter(None, found), "")


@functools.lru_cache(4_096)
def _known(words: str) -> str | None:
    """CKAN's id; None for a licence that CKAN does not list."""
    if words.lower().startswith("http"):
        return _of_address(words.lower())
    bare = re.sub(r"[\s_]+", "-", words.strip().lower())
    for name in (bare, _VERSION.sub("", bare)):
        if name in _NAMES:
            return _NAMES[name]
    folded = fold(words)
    return next((found for like, found in _TITLES if re.match(like, folded)), None)


def _of_address(url: str) -> str | None:
    for like, found in _ADDRESSES:
        if re.search(like, url):
            return found
    last = re.sub(r"[_\s]+", "-", url.rstrip("/").rpartition("/")[2])
    if "opendefinition.org/licenses/" in url or "/authority/licence/" in url:
        return _NAMES.get(last) or _NAMES.get(re.sub(r"(-[0-9]+)+$", "", last))
    return None
