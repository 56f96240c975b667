"""All features of a WFS layer: by pages where the server knows them, else at once.

Servers differ in what they refuse: sorting, the name of a system, paging without a key. What is
asked for first is what gives the steadiest pages; what is refused is left out, one by one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets.errors import HarvestError
from datasets.model import BBox
from harvesters.documents.xml import Element, local
from harvesters.features import geojson, gml, paging
from harvesters.features.geojson import MGI_1901
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Http
from harvesters.fetching.reply import Reply
from harvesters.values.mapping import at, text

CODE = re.compile(r"(?:EPSG)(?:\.xml#|::?|/[\d.]+/|:[\d.]+:)(\d{4,6})$", re.IGNORECASE)
CRS84 = re.compile(r"(?:CRS:|OGC:.*CRS|/CRS)84$", re.IGNORECASE)
DEGREES = ("EPSG:4326", "EPSG:4258")
KEYS = ("id", "gid", "fid", "objectid", "ogc_fid", "ogr_fid", "id_0", "pk", "uuid", "sifra")
SORTABLE = ("int", "integer", "long", "short", "string", "decimal", "double")
MOST_SORTED = 8  # attributes; one alone is seldom different in all features
REFUSALS = ("upstream-error", "status", "server-error")


def code(system: str) -> str:
    """Give the name of a system as EPSG:n; empty for any other.

    >>> code("urn:ogc:def:crs:EPSG::6316"), code("http://www.opengis.net/def/crs/EPSG/0/4326")
    ('EPSG:6316', 'EPSG:4326')
    """
    found = CODE.search(system.strip())
    return f"EPSG:{found[1]}" if found else ""


@dataclass
class Query:
    """The query of one layer. `output` is the server's word for GeoJSON, empty for GML."""

    http: Http
    url: str
    typename: str
    version: str
    output: str
    systems: tuple[str, ...]
    box: BBox | None
    page_size: int
    sort_by: str
    total: int | None = None
    _options: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path, max_bytes: int) -> None:
        """Write all features; raises HarvestError when they did not all come."""
        try:
            self._write(path, max_bytes, paged=True)
        except HarvestError as error:
            if error.fault != "paging-loop" or self.version == "2.0.0":
                raise
            self._write(path, max_bytes, paged=False)  # WFS 1.1 has no pages by its standard

    def _write(self, path: Path, max_bytes: int, *, paged: bool) -> None:
        if not self.output:
            with gml.collection(path, self.url, max_bytes) as members:
                for page in self._pages(paged=paged):
                    page.came = members.add(page.content, self.box)
            members.seen.check(self.total)
            return
        with geojson.collection(path, self.url, max_bytes) as features:
            for page in self._pages(paged=paged):
                rows = [_known(each) for each in page.content["features"]]
                features.crs = features.crs or _crs(page.content, rows, self._asked_system())
                page.came = features.add(rows, self.box)
        features.seen.check(self.total)

    def _pages(self, *, paged: bool) -> Iterator["Answer"]:
        """Go on by what came until nothing comes: limits are lowered silently, and totals lie.

        MapServer says that as many features match as it gives at once. A short page that makes
        the total full is the last one; after any other there may be more.
        """
        self.total = self._hits()
        start, is_end = 0, False
        while not is_end:
            try:
                page = self._ask(start, paged=paged)
            except HarvestError as error:
                if start and error.fault in REFUSALS and start >= (self.total or 0):
                    return  # beyond the end some servers answer with an error
                raise
            yield page
            start += page.came
            self.total = page.total if page.total is not None else self.total
            if self.total is not None and start > self.total:
                self.total = None
            is_short = page.came < self.page_size
            is_end = not paged or not page.came or (is_short and start == self.total)

    def _ask(self, start: int, *, paged: bool) -> "Answer":
        """Ask for a page; the first one finds out what the server refuses."""
        if self._options or start:
            return self._answer(start, self._options, paged=paged)
        first: HarvestError | None = None
        for options in self._variants():
            try:
                page = self._answer(start, options, paged=paged)
            except HarvestError as error:
                if error.fault not in REFUSALS:
                    raise
                first = first or error
            else:
                self._options = options
                return page
        assert first is not None
        raise first

    def _variants(self) -> Iterator[dict[str, str]]:
        """Give what may be asked for besides the features, what is best first."""
        sort = self.sort_by or self._key()
        system = self._wanted_system()
        spellings = [system] if system else []
        spellings += [s for s in self.systems if system and code(s) == system and s != system]
        for name in (*spellings, ""):
            for by in (sort, "") if sort else ("",):
                options = {"sortBy": by} if by else {}
                yield options | ({"srsName": name} if name else {})

    def _wanted_system(self) -> str:
        """Give degrees where they are offered; what GML says of itself its reader knows."""
        offered = [code(each) for each in self.systems]
        if not self.output or not offered or offered[0].removeprefix("EPSG:") in MGI_1901:
            return ""
        return next((each for each in DEGREES if each in offered), "")

    def _asked_system(self) -> str:
        """Give the system of an answer that names none."""
        return code(self._options.get("srsName", next(iter(self.systems), "")))

    def _answer(self, start: int, options: Mapping[str, str], *, paged: bool) -> "Answer":
        url = self._address("GetFeature", **options)
        if paged:
            word = "count" if self.version == "2.0.0" else "maxFeatures"
            url = paging.with_query(url, **{word: self.page_size, "startIndex": start})
        if self.output:
            url = paging.with_query(url, outputFormat=self.output)
        reply = self.http.get(url)
        return _json(reply) if self.output else _tree(reply)

    def _hits(self) -> int | None:
        """Ask how many features there are; None where the server does not tell."""
        if self.total is not None:
            return self.total
        try:
            address = self._address("GetFeature", resultType="hits")
            tree = gml.document(self.http.get(address).body, self.url)
        except HarvestError as error:
            if error.transient:
                raise
            return None
        said = tree.get("numberMatched") or tree.get("numberOfFeatures")
        return paging.count(said) or None  # some count what the answer holds, which is none

    def _key(self) -> str:
        """Give what to sort by: an attribute that is called like a key, else several together."""
        try:
            tree = gml.document(self.http.get(self._address("DescribeFeatureType")).body, self.url)
        except HarvestError as error:
            if error.transient:
                raise
            return ""
        plain = list(_attributes(tree))
        key = next((name for name in plain if name.lower() in KEYS), "")
        return key or ",".join(plain[:MOST_SORTED])

    def _address(self, request: str, **more: str) -> str:
        word = "typeNames" if self.version == "2.0.0" and request == "GetFeature" else "typeName"
        return paging.with_query(
            self.url,
            service="WFS",
            version=self.version,
            request=request,
            **{word: self.typename},
            **more,
        )


def _attributes(tree: Element) -> Iterator[str]:
    """Give the attributes of a feature type that can be sorted by."""
    for each in tree.iter():
        if not isinstance(each.tag, str) or local(each) != "element":
            continue
        kind = (each.get("type") or "").rpartition(":")[2]
        if kind in SORTABLE and each.get("name"):
            yield each.get("name", "")


@dataclass
class Answer:
    """An answer to GetFeature as it was parsed; `came` is how many features were read of it."""

    content: Any
    total: int | None
    came: int = 0


def _tree(reply: Reply) -> Answer:
    """Read an answer as GML; raises HarvestError for an exception."""
    tree = gml.document(reply.body, reply.url)
    return Answer(tree, gml.total(tree))


def _json(reply: Reply) -> Answer:
    """Read an answer as GeoJSON; raises HarvestError for an exception in XML, or anything else."""
    if gml.body_of(reply.body).lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        reply.refuse_page()
        gml.document(reply.body, reply.url)
    said = reply.json()
    if not isinstance(said, dict) or not isinstance(said.get("features"), list):
        raise wrong_answer(reply.url, "a page of GeoJSON features")
    numbers = (paging.count(said.get(key)) for key in ("numberMatched", "totalFeatures"))
    return Answer(said, next((number for number in numbers if number is not None), None))


def _crs(said: Mapping[str, Any], rows: list[Any], asked: str) -> str:
    """Give the system that an answer is in, where it is not longitude and latitude."""
    name = text(at(said, "crs", "properties", "name"))
    if CRS84.search(name):
        return ""
    found = code(name)
    if not found:
        places = (geojson.first_place(r.get("geometry")) for r in rows if isinstance(r, dict))
        degrees = (abs(x) <= 180 and abs(y) <= 90 for x, y in filter(None, places))  # noqa: PLR2004
        found = "" if all(degrees) else asked
    return "" if found in DEGREES else found


def _known(each: Any) -> Any:
    """Leave out an id that the server makes anew for each answer."""
    if isinstance(each, dict) and gml.RANDOM_ID.search(str(each.get("id", ""))):
        return {name: value for name, value in each.items() if name != "id"}
    return each
