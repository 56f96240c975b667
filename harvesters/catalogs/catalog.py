"""Catalogs of other people: whose datasets they have, which are ours, pages that repeat."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from datasets.errors import HarvestError
from datasets.formats import READABLE
from datasets.record import Distribution
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import shown
from harvesters.sources.source import Name, WebAddress, WebSource
from harvesters.values.formats import file_format
from harvesters.values.mapping import slug, text

SERVICES = frozenset(
    "api arcgis csw esri esrirest ogc odata rest sos sparql wcs wfs wms wmts wps".split()
)
PAGES = frozenset("htm html page www pdf doc docx odt".split())
ANSWERS = frozenset({"json", "jsonl", "xml"})
"""Formats of files, in which services answer too."""
_LONG = {  # what people write into the field of a format, folded to letters
    "applicationvndgeojson": "geojson",
    "arcgisgeoservicesrestapi": "arcgis",
    "commaseparatedvalues": "csv",
    "esrirest": "arcgis",
    "esrishapefile": "shp",
    "geopackage": "gpkg",
    "ogcapifeatures": "ogc",
    "ogcwfs": "wfs",
    "ogcwms": "wms",
    "ogcwmts": "wmts",
    "pageweb": "html",
    "shapefilezip": "shp",
    "shpzip": "shp",
    "webpage": "html",
    "website": "html",
    "weblink": "html",
    "zipshp": "shp",
}


class CatalogSource(WebSource):
    """A catalog with datasets of many organizations.

    `organizations` gives theirs (name, id or title) names of ours; without an entry the name there
    is the name here. `not_from` are addresses of this portal: what comes from them is ours already.
    """

    organizations: Mapping[str, Name] = {}
    not_from: tuple[WebAddress, ...] = ()

    def organization_here(self, *theirs: str) -> str:
        """Our name for an organization by what it is called there, or nothing."""
        for said in theirs:
            if said in self.organizations:
                return self.organizations[said]
        return next(filter(None, map(slug, theirs)), "")

    def is_ours(self, *addresses: Any) -> bool:
        """Tell whether any of the addresses is one of this portal."""
        return any(
            isinstance(address, str) and _is_below(address.strip(), own)
            for own in self.not_from
            for address in addresses
        )

    def is_ours_back(self, told: Sequence[Any], distributions: Sequence[Distribution]) -> bool:
        """Tell whether a record comes from here: by what it says, or because all its files do."""
        if not self.not_from:
            return False
        files = [each.url for each in distributions]
        return self.is_ours(*told) or (bool(files) and all(map(self.is_ours, files)))


def _is_below(address: str, own: str) -> bool:
    """Tell whether an address is on a site, whichever of the two schemes either has."""
    try:
        here, there = urlsplit(own), urlsplit(address)
    except ValueError:
        return False
    path = here.path.rstrip("/")
    same = here.netloc.lower() == there.netloc.lower()
    return same and (there.path == path or there.path.startswith(f"{path}/"))


class Pages:
    """The pages of a catalog under way: each entry once, and never in a circle."""

    def __init__(self, address: str) -> None:
        self._address = shown(address)
        self._seen: set[str] = set()
        self._reading: set[str] = set()
        self._nameless = False

    @property
    def received(self) -> int:
        """How many different entries came in this reading."""
        return len(self._reading)

    def again(self) -> None:
        """Begin to read from the first page again; what came before is not new."""
        self._reading = set()

    def fresh(self, ids: Sequence[str]) -> list[bool]:
        """Tell which ids of a page did not come before; one without an id always counts as new.

        Raises HarvestError `paging-loop` for a page of which all that have an id came in this
        reading, and `wrong-answer` where nothing with an id ever came.
        """
        named = [each for each in ids if each]
        if ids and not named:
            self._refuse_nameless()
        elif ids and all(each in self._reading for each in named):
            raise self._loop()
        new = []
        for each in ids:
            new.append(not each or each not in self._seen)
            self._seen.add(each)
        self._reading.update(ids)
        return new

    def _refuse_nameless(self) -> None:
        """Let one page without any id pass, after others: nobody could tell it from a second."""
        if not self._reading:
            raise wrong_answer(self._address, "a list of datasets with their ids")
        if self._nameless:
            raise self._loop()
        self._nameless = True

    def _loop(self) -> HarvestError:
        return HarvestError(
            f"{self._address}: a page brings nothing but what came before: the paging of the"
            " catalog goes in circles; tell its owner",
            "paging-loop",
            address=self._address,
        )


def upstream_error(address: str, said: Any) -> HarvestError:
    """Make the error that a catalog tells inside an answer with status 200."""
    address, words = shown(address), text(said, 300) or "?"
    return HarvestError(
        f"{address}: the catalog answered with an error: {words}",
        "upstream-error",
        address=address,
        said=words,
    )


def form(said: str, url: str, media_type: str = "") -> str:
    """The format of a distribution as one lower-case word, or nothing.

    >>> form("GeoJSON", ""), form("ESRI Shapefile (zip)", ""), form("", "https://a.rs/f.XLSX?x=1")
    ('geojson', '', 'xlsx')
    >>> form("page web", ""), form("http://data.europa.eu/authority/file-type/CSV", "")
    ('html', 'csv')
    """
    word = said.rstrip("/").rpartition("/")[2] if said.startswith("http") else said
    folded = "".join(c for c in word.lower() if c.isalnum())
    place = url.partition("?")[0].partition("#")[0].rpartition("/")[2]
    if folded in _LONG:
        return _LONG[folded]
    return file_format(place if "." in place else "", word, media_type or word)


def kind(form: str, said: str = "") -> str:
    """CKAN's word for what a distribution is: `api`, `documentation`, `file` or empty."""
    if form in SERVICES or form.startswith(("wms", "wfs", "wmts", "ogc")):
        return "api"
    if form in READABLE and (said != "api" or form not in ANSWERS):
        return "file"
    if form in PAGES or said == "documentation":
        return "documentation"
    return {"file": "file", "file.upload": "file", "api": "api"}.get(said, "")
