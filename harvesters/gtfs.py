"""A timetable of public transport: one GTFS feed, its stops and its routes as layers of the map."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datasets.errors import HarvestError
from datasets.model import Dataset, Finding, Resource
from datasets.record import Collected, Distribution, Known, Page, Record
from datasets.text import ENGLISH, Text
from harvesters.features.gtfs_feed import about, opened
from harvesters.features.gtfs_layers import LAYERS, Layer
from harvesters.features.paging import made as written
from harvesters.fetching.address import without_secrets
from harvesters.fetching.http import Http
from harvesters.sources.arrived import accepted
from harvesters.sources.source import Name, NameOrNothing, WebSource

FEED = "gtfs"
_REASONS = {
    "id": "have no id",
    "twice": "have an id that another row has",
    "place": "have no place that can be shown",
}


class Gtfs(WebSource):
    """The zip of a feed is one dataset: the zip byte for byte, and the layers `stops`, `routes`.

    The dataset is named `dataset`, else like the source; without a `title` it is called what the
    carriers of the feed are called.
    """

    organization: Name
    title_en: str = ""
    dataset: NameOrNothing = ""
    license: str = ""

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the one dataset; what the feed says of itself is seen when it is fetched."""
        name = self.dataset or self.name
        record = Record(
            remote_id=name,
            title=self._titled(""),
            name=name,
            license_id=self.license,
            address=without_secrets(self.url),
            distributions=(self._feed(),),
        )
        yield Page((record,), total=1)

    def collect(
        self, record: Record, known: Mapping[str, Known], http: Http, into: Path
    ) -> Collected:
        """Fetch the zip once and make the layers of it; raises HarvestError when it is no feed."""
        if self.files == "none":
            return super().collect(record, known, http, into)
        before = _there(known, FEED)
        fetched = http.fetch(self.url, into, known=before)
        file = accepted(self._feed(), fetched, before) if fetched else before
        if file is None or file.path is None:
            raise HarvestError("the server says the feed is unchanged, and was not asked for it")
        resources, files, findings = [_zip(file)], [file], list[Finding]()
        with opened(file.path, file.url) as feed:
            said = about(feed)
            for layer in (each(feed) for each in LAYERS):
                old = _there(known, layer.name) if not fetched else None
                made = old or _made(layer, known, file, into, http.max_bytes)
                findings += _findings(layer)
                if made:
                    files.append(made)
                    resources.append(_resource(layer, made))
        return Collected(self._dataset(record, said, resources, findings), tuple(files))

    def _titled(self, said: str) -> Text:
        translated = {ENGLISH: self.title_en} if self.title_en else {}
        return Text(self.title or said or self.dataset or self.name, translated)

    def _feed(self) -> Distribution:
        return Distribution(key=FEED, name=FEED, url=self.url, format="gtfs", as_is=True)

    def _dataset(
        self,
        record: Record,
        said: Mapping[str, str],
        resources: Sequence[Resource],
        findings: Sequence[Finding],
    ) -> Dataset:
        """The record, with what the feed says of itself."""
        extras = {
            "temporal_start": said["start"],
            "temporal_end": said["end"],
            "gtfs_feed_version": said["version"],
        }
        return Dataset(
            name=record.name,
            title=self._titled(said["title"]),
            organization=self.organization,
            source=self.name,
            remote_id=record.remote_id,
            resources=tuple(resources),
            license_id=record.license_id,
            contributors=tuple(filter(None, (said["publisher"],))),
            extras={key: value for key, value in extras.items() if value},
            findings=tuple(findings),
        )


def _there(known: Mapping[str, Known], key: str) -> Known | None:
    """What is known of a file, if its bytes are still there."""
    file = known.get(key)
    return file if file and file.path and file.path.is_file() else None


def _zip(file: Known) -> Resource:
    assert file.path is not None
    return Resource(
        name=FEED,
        path=file.path,
        format=FEED,
        filename=f"{FEED}.zip",
        title=Text("Ред вожње (GTFS)", {ENGLISH: "Timetable (GTFS)"}),
        source_url=file.url,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        key=FEED,
        as_is=True,
    )


def _made(
    layer: Layer, known: Mapping[str, Known], feed: Known, into: Path, max_bytes: int
) -> Known | None:
    """Write a layer; None when nothing of the table can be shown, or too much of it."""
    path = into / f"{layer.name}.geojson"
    try:
        layer.write(path, feed.url, max_bytes)
    except HarvestError as error:
        if error.fault not in ("too-many", "too-large"):
            raise
        layer.left_out = Counter({str(error): 1})
    if not layer.features:
        path.unlink()
        return None
    distribution = Distribution(key=layer.name, name=layer.name, format="geojson")
    return accepted(
        distribution, written(path, feed.url, "application/geo+json"), _there(known, layer.name)
    )


def _resource(layer: Layer, file: Known) -> Resource:
    assert file.path is not None
    return Resource(
        name=layer.name,
        path=file.path,
        format="geojson",
        filename=f"{layer.name}.geojson",
        title=layer.title,
        schema=layer.schema,
        source_url=file.url,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        key=layer.name,
    )


def _findings(layer: Layer) -> Iterator[Finding]:
    """Say how many rows are not in the layer, and why; they are in the zip all the same."""
    for reason, count in sorted(layer.left_out.items()):
        said = f"{count} rows {_REASONS[reason]}" if reason in _REASONS else reason
        yield Finding(
            "gtfs-left-out",
            "warning",
            resource=layer.name,
            note=f"{layer.name}.txt: {said}; they are in the zip alone",
            values={"count": str(count), "reason": reason},
            remedy="correct the feed where it is made",
        )
