"""What people narrow a search down by beside CKAN's own fields, in the words of common tables.

eu_theme       codes of the EU's table "Dataset theme": ENVI
eu_frequency   a code of the EU's table "Frequency", as the publisher promised it: MONTHLY
mqa_rating     how good it is to use: excellent, good, sufficient, bad

They are indexed when a package is written, and are filters and facets of package_search.
"""

from collections.abc import Mapping

from publish.catalog.call import Document
from publish.dcat.dataset import themes
from publish.dcat.vocabularies import FREQUENCY, THEME, Entry
from publish.dcat.words import extras_of
from publish.quality import assess


def classes(document: Document, owner: Document) -> Mapping[str, list[str]]:
    """The classes of a package by field; what is not known of it is left out."""
    package = {**document, "organization": owner}
    extras = extras_of(document)
    about = filter(None, map(THEME.find, themes(package, extras)))
    promised = filter(None, [FREQUENCY.find(extras.get("frequency"))])
    found: dict[str, list[str]] = {
        "eu_theme": list(map(code, about)),
        "eu_frequency": list(map(code, promised)),
        "mqa_rating": [assess(package, organization=owner).rating],
    }
    return {field: codes for field, codes in found.items() if codes}


def code(entry: Entry) -> str:
    """The code of an entry of a table: the end of its address.

    >>> code(THEME.find("животна средина"))
    'ENVI'
    """
    return entry.address.rpartition("/")[2]
