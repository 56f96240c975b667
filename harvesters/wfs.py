"""WFS 2.0.0 and 1.1.0: each feature type is a dataset, as GeoJSON where it is offered, else GML."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from datasets.errors import HarvestError
from datasets.record import Distribution, Known, Page, Record
from harvesters.features import geojson, gml, paging, wfs_capabilities, wfs_features
from harvesters.fetching.http import Fetched, Http
from harvesters.sources.source import Name, WebSource
from harvesters.values import mapping
from harvesters.values.licenses import license_id

VERSIONS = ("2.0.0", "1.1.0")


class WFS(WebSource):
    """`url` is the address of the service, with or without its parameters.

    `layers` are the names of the feature types that are wanted; without it all are. `sort_by` is
    the attribute that pages are sorted by, where the one that is found is not unique.
    """

    organization: Name
    layers: tuple[str, ...] = ()
    license: str = ""
    sort_by: str = ""
    page_size: int = Field(default=1000, ge=1, le=10_000)

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the feature types of the service, all in one page."""
        service = self._service(http)
        wanted = [t for t in service.types if not self.layers or t.name in self.layers]
        records = tuple(self._record(each, service) for each in wanted)
        yield Page(records, total=len(records), skipped=service.broken)

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Read all features of a type into one file."""
        query = wfs_features.Query(
            http=http,
            url=distribution.url,
            typename=distribution.key,
            version=str(distribution.hints.get("version", VERSIONS[0])),
            output=str(distribution.hints.get("output", "")),
            systems=tuple(map(str, mapping.listed(distribution.hints.get("systems")))),
            box=geojson.bbox(distribution.hints.get("bbox")),
            page_size=min(self.page_size, paging.count(distribution.hints.get("most")) or 10_000),
            sort_by=self.sort_by,
        )
        with paging.new_file(into, f"{distribution.name}.{distribution.format}") as path:
            query.write(path, http.max_bytes)
            kind = geojson.MEDIA_TYPE if query.output else gml.MEDIA_TYPE
            return paging.made(path, distribution.url, kind)

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Look for the name among the feature types."""
        return any(each.name == remote_id for each in self._service(http).types)

    def _service(self, http: Http) -> wfs_capabilities.Service:
        """Ask for the newest version that is spoken here; servers answer with one of theirs."""
        first: HarvestError | None = None
        for version in VERSIONS:
            address = paging.with_query(
                self.url, service="WFS", request="GetCapabilities", version=version
            )
            try:
                return wfs_capabilities.service(
                    http.get(address, accept="text/xml, */*").body, address
                )
            except HarvestError as error:
                if error.fault not in ("upstream-error", "wrong-answer", "status"):
                    raise
                first = first or error
        assert first is not None
        raise first

    def _record(
        self, said: wfs_capabilities.FeatureType, service: wfs_capabilities.Service
    ) -> Record:
        title = mapping.words(said.title or said.name)
        bare = said.name.rpartition(":")[2]
        hints: Mapping[str, Any] = {
            "version": service.version,
            "output": said.output,
            "systems": list(said.systems),
            "bbox": list(said.bbox_lonlat or ()),
            "most": service.most,
        }
        distribution = Distribution(
            key=said.name,
            name=mapping.slug(bare) or mapping.slug(title.own) or "layer",
            url=paging.with_query(self.url, service="WFS"),
            format="geojson" if said.output else "gml",
            title=title,
            crs="" if said.output or not said.systems else wfs_features.code(said.systems[0]),
            hints=hints,
        )
        return Record(
            remote_id=said.name,
            title=title,
            name=mapping.slug(said.name) or mapping.slug(title.own),
            notes=mapping.words(said.notes, longest=mapping.NOTES),
            license_id=self.license or _license(service.license),
            tags=mapping.tags(list(said.keywords)),
            url=self.url,
            address=distribution.url,
            contributors=tuple(filter(None, (mapping.text(service.provider),))),
            distributions=(distribution,),
        )


def _license(constraints: str) -> str:
    """Give the licence that constraints on access name; any other words are none."""
    found = license_id(constraints)
    return "" if found == constraints[:100] and not found.startswith(("cc-", "odc-")) else found
