"""ArcGIS Server and ArcGIS Online: each layer or table of a service is a dataset."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from datasets.record import Distribution, Known, Page, Record
from harvesters.features import esri, esri_query, geojson, made, paging
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Fetched, Http
from harvesters.sources.source import Name, WebSource
from harvesters.values import mapping
from harvesters.values.licenses import license_id

AT_ONCE = 20  # layers described in a page
NOT_FEATURES = ("group layer", "raster", "image", "annotation", "tile", "network", "terrain")
SERVICE = re.compile(r"/(?:Feature|Map)Server/?$", re.IGNORECASE)
LAYER = re.compile(r"/(?:Feature|Map)Server/\d+/?$", re.IGNORECASE)
WANTED = "a FeatureServer or MapServer of ArcGIS, or a layer of one"


class ArcGIS(WebSource):
    """`url` is a service (`…/FeatureServer`, `…/MapServer`) or one of its layers (`…/3`).

    `layers` are the numbers of those that are wanted; without it all that can be queried are.
    `page_size` is the most that is asked for at once; the server's own limit may be lower.
    """

    organization: Name
    layers: tuple[int, ...] = ()
    license: str = ""
    page_size: int = Field(default=1000, ge=1, le=10_000)
    token_header: str = Field(default="X-Esri-Authorization", pattern=r"^[A-Za-z0-9-]{1,100}$")

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the layers, some in a page; `at` is the number of the first one."""
        base, numbers = self._numbers(http)
        start = int(at or 0)
        rest = [number for number in numbers if number >= start]
        for i in range(0, max(len(rest), 1), AT_ONCE):
            some = [self._record(http, base, number) for number in rest[i : i + AT_ONCE]]
            after = rest[i + AT_ONCE : i + AT_ONCE + 1]
            records = tuple(record for record in some if record)
            yield Page(
                records, next=str(after[0]) if after else "", skipped=len(some) - len(records)
            )

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Read all rows of a layer into one GeoJSON file, of a table into one of CSV."""
        layer = _asked(http, distribution.url)
        query = esri_query.Query(http, distribution.url, layer, self.page_size)
        ending = "csv" if distribution.format == "csv" else "geojson"
        with paging.new_file(into, f"{distribution.name}.{ending}") as path:
            if ending == "csv":
                _write_table(path, query, http.max_bytes)
            else:
                _write_layer(path, query, http.max_bytes)
            kind = "text/csv" if ending == "csv" else geojson.MEDIA_TYPE
            return paging.made(path, distribution.url, kind)

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Look for the number among the layers of the service."""
        if LAYER.search(_bare(self.url)):
            return None
        return remote_id in {str(number) for number in self._numbers(http)[1]}

    def _numbers(self, http: Http) -> tuple[str, list[int]]:
        """Give the address of the service, and the numbers of its layers in order."""
        url = _bare(self.url)
        if LAYER.search(url):
            base, _, last = url.rpartition("/")
            return base, [int(last)]
        if not SERVICE.search(url):
            raise wrong_answer(self.url, WANTED)
        service = _asked(http, url)
        listed = [
            *mapping.entries(service.get("layers")),
            *mapping.entries(service.get("tables")),
        ]
        if not _is_service(service, listed):
            raise wrong_answer(self.url, WANTED)
        found = {
            number
            for each in listed
            if not each.get("subLayerIds")
            if (number := paging.count(each.get("id"))) is not None
            if not self.layers or number in self.layers
        }
        return url, sorted(found)

    def _record(self, http: Http, base: str, number: int) -> Record | None:
        url = f"{base}/{number}"
        said = _asked(http, url)
        if not _is_readable(said):
            return None
        title = mapping.words(mapping.text(said.get("name")) or f"{number}")
        fields = esri.Fields(said)
        is_table = not _has_places(said)
        distribution = Distribution(
            key=str(number),
            name=esri.layer_name(title.own, str(number)),
            url=url,
            format="csv" if is_table else "geojson",
            title=title,
            schema=fields.schema(),
        )
        return Record(
            remote_id=str(number),
            title=title,
            name=mapping.slug(title.own),
            notes=mapping.words(said.get("description"), longest=mapping.NOTES),
            license_id=self.license or license_id(),
            url=url,
            address=url,
            modified=_modified(said),
            distributions=(distribution,),
        )


def _is_service(said: Mapping[str, Any], listed: list[Mapping[str, Any]]) -> bool:
    """Tell a service by the list of its layers or tables, whose ids are numbers."""
    if not listed:
        return isinstance(said.get("layers"), list) or isinstance(said.get("tables"), list)
    return any(paging.count(each.get("id")) is not None for each in listed)


def _bare(url: str) -> str:
    return url.partition("?")[0].rstrip("/")


def _asked(http: Http, url: str) -> Mapping[str, Any]:
    said = http.get(paging.with_query(url, f="json"), accept="application/json").json()
    if not isinstance(said, dict):
        raise wrong_answer(url, WANTED)
    esri.refuse_error(said, url)
    return said


def _is_readable(layer: Mapping[str, Any]) -> bool:
    """Tell whether a layer has rows that may be queried."""
    kind = mapping.text(layer.get("type")).lower()
    able = mapping.text(layer.get("capabilities")).lower()
    if any(word in kind for word in NOT_FEATURES):
        return False
    return not able or "query" in able or "data" in able


def _has_places(layer: Mapping[str, Any]) -> bool:
    return bool(layer.get("geometryType")) and layer.get("type") != "Table"


def _modified(layer: Mapping[str, Any]) -> str:
    """Give when rows were last edited, where the service keeps it."""
    said = mapping.table(layer.get("editingInfo"))
    return mapping.text(said.get("dataLastEditDate") or said.get("lastEditDate"))


def _write_layer(path: Path, query: esri_query.Query, max_bytes: int) -> None:
    with geojson.collection(path, query.url, max_bytes) as features:
        for page in query.pages():
            if not features.seen.rows:
                features.crs = page.crs
            features.add(esri.feature(row, query.fields) for row in page.rows)
    features.seen.check(query.total)


def _write_table(path: Path, query: esri_query.Query, max_bytes: int) -> None:
    columns = query.fields.names
    if not columns:
        raise wrong_answer(query.url, "a table that tells its fields")
    seen = paging.Seen(query.url)
    with made.table_file(path, query.url, max_bytes, columns) as add:
        for page in query.pages():
            rows = [query.fields.values(row.get("attributes")) for row in page.rows]
            named = [row.get(query.object_id) is not None for row in rows]
            news = seen.new([geojson.written(row) for row in rows], named)
            for row, new in zip(rows, news, strict=True):
                if new:
                    add(list(row.values()))
    seen.check(query.total)
