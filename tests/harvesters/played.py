"""Sources of every kind of the web, and what may come of harvesting one, whatever it answers."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from datasets import config
from datasets.errors import HarvestError
from datasets.record import Record
from harvesters.arcgis import ArcGIS
from harvesters.ckan import Ckan
from harvesters.csw import Csw
from harvesters.datajson import DataJson
from harvesters.dcat import Dcat
from harvesters.fetching.http import Http
from harvesters.gtfs import Gtfs
from harvesters.ogc_features import OgcFeatures
from harvesters.ogc_records import OgcRecords
from harvesters.opendatasoft import Opendatasoft
from harvesters.sensorthings import SensorThings
from harvesters.socrata import Socrata
from harvesters.sources.source import WebSource
from harvesters.udata import Udata
from harvesters.wfs import WFS
from publish.harvests import memory
from publish.harvests.faults import faults, told
from tests.upstream import Asked, Reply, Upstream

KINDS: dict[str, type[WebSource]] = {
    "arcgis": ArcGIS,
    "ckan": Ckan,
    "csw": Csw,
    "datajson": DataJson,
    "dcat": Dcat,
    "gtfs": Gtfs,
    "ogc_features": OgcFeatures,
    "ogc_records": OgcRecords,
    "opendatasoft": Opendatasoft,
    "sensorthings": SensorThings,
    "socrata": Socrata,
    "udata": Udata,
    "wfs": WFS,
}
PATHS = {"arcgis": "/x/FeatureServer", "gtfs": "/x.zip"}
TYPES = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".html": "text/html",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".rdf": "application/rdf+xml",
    ".ttl": "text/turtle",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
MOST_ASKED = 500  # requests of one harvest, which ends in far fewer where pages end
COLLECTED = 3  # records of a harvest whose files are asked for too


class Everywhere(dict[str, Any]):
    """Answers all paths by one function; one that is asked for ever gets no more of them."""

    def __init__(self, answer: Callable[[Asked], Any]) -> None:
        super().__init__()
        self.answer, self.asked = answer, 0

    def get(self, path: str, default: Any = None) -> Any:
        self.asked += 1
        return default if self.asked > MOST_ASKED else self.answer


def source(kind: str, upstream: Upstream, path: str = "") -> WebSource:
    url = upstream.url + (path or PATHS.get(kind, "/x"))
    values = {"name": "proba", "kind": kind, "organization": "grad", "url": url}
    return KINDS[kind].model_validate(values)


def client() -> Http:
    """A client that tries once, knows no name of a host, and waits for nothing."""
    settings = config.Http(
        allow_private=("127.0.0.1",), timeout_s=10, deadline_s=60, attempts=1, max_bytes=50_000_000
    )
    return Http(settings, resolve=_resolve)


def _resolve(host: str, *more: Any, **others: Any) -> Any:
    if host != "127.0.0.1":
        raise socket.gaierror(socket.EAI_NONAME, "no such host")
    return socket.getaddrinfo(host, *more, **others)


def of_files(body: bytes, type_: str) -> Callable[[Asked], Reply]:
    return lambda asked: Reply(body, type=type_)


def outcome(
    kind: str, upstream: Upstream, answer: Callable[[Asked], Any], path: str = ""
) -> tuple[list[Record], list[str]]:
    """Harvest, and collect some records: the records, and the faults that ended it or their files.

    Any other exception, a fault that tells a clerk nothing, a record that breaks a promise, and
    asking without end fail the test.
    """
    everywhere = Everywhere(answer)
    upstream.answers = everywhere
    records: list[Record] = []
    http = client()
    said = list(_faults(source(kind, upstream, path), http, records))
    http.close()
    upstream.asked.clear()
    assert everywhere.asked <= MOST_ASKED, "asks without end"
    return records, said


def _faults(one: WebSource, http: Http, records: list[Record]) -> Iterator[str]:
    try:
        for page in one.harvest(http):
            assert page.skipped >= 0
            records += page.records
    except HarvestError as error:
        yield _telling(error)
    for record in records:
        _check(record)
    for record in records[:COLLECTED]:
        with tempfile.TemporaryDirectory() as into:
            try:
                made = one.collect(record, {}, http, Path(into))
            except HarvestError as error:
                yield _telling(error)
            else:
                assert all(_is_web(link.url) for link in made.dataset.links)
                assert all(file.path and file.path.is_file() for file in made.files)


def _telling(error: HarvestError) -> str:
    assert error.fault in faults() - {"source"}, f"{error.fault}: {error}"
    sentence = told(error.fault, error.values, "en")
    for gap in ("{", "…"):
        assert gap not in sentence.what.replace(error.values.get("said", gap), ""), sentence
    return error.fault


def _check(record: Record) -> None:
    kept = memory.clean(record)
    said = memory.dumped(kept)
    assert memory.dumped(memory.loaded(said.decode())) == said
    assert 0 < len(kept.remote_id) <= memory.LONGEST_ID
    assert str(record.title).strip() or record.findings
    assert max(len(record.title.own), len(record.organization_title)) <= 1_000
    assert len(record.notes.own) <= 100_000
    assert len(record.tags) <= 100
    assert all(2 <= len(tag) <= 100 for tag in record.tags)
    assert len(record.distributions) <= 500
    assert all(len(value) <= 200_000 for value in record.extras.values())
    urls = [record.url, record.address, *(each.url for each in record.distributions)]
    assert all(_is_web(url) for url in urls if url)


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and not set(url) & set(" \0\n\r\t")
