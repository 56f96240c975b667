"""A catalog in one JSON document: `data.json` of DCAT-US, as portals of many makes write it."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from itertools import batched, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datasets.record import Page, Record
from harvesters.catalogs import datajson
from harvesters.catalogs.catalog import CatalogSource
from harvesters.documents.stream import objects
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Fetched, Http, shown

AT_ONCE = 200  # datasets of a page


class DataJson(CatalogSource):
    """All public datasets of the document at `url`; the address of a site means its data.json."""

    @property
    def document(self) -> str:
        """The address of the document."""
        bare = urlsplit(self.url)
        is_site = bare.path in ("", "/") and not bare.query
        return f"{self.url.rstrip('/')}/data.json" if is_site else self.url

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets in the order of the document, which is read from disk."""
        with tempfile.TemporaryDirectory(prefix="emap-") as folder:
            fetched = http.fetch(self.document, Path(folder))
            digest = _digest(fetched)
            done, _, before = at.partition(" ")
            start = int(done) if before == digest else 0  # another document is read from its start
            yield from self._pages(fetched, start, digest)

    def _pages(self, fetched: Fetched, start: int, digest: str) -> Iterator[Page]:
        datasets = objects(fetched.path, shown(self.document), "dataset")
        page, done = Page(()), start
        for number, some in enumerate(batched(islice(datasets, start, None), AT_ONCE)):
            if number:
                yield page
            elif not start and not any(map(datajson.is_dataset, some)):
                raise wrong_answer(self.document, "data.json with its datasets")
            done += len(some)
            page = self._page(some, f"{done} {digest}")
        yield Page(page.records, "", done, page.skipped)

    def _page(self, datasets: tuple[Mapping[str, Any], ...], following: str) -> Page:
        found = [self._record(each) for each in datasets]
        records = tuple(each for each in found if each)
        return Page(records, following, None, len(datasets) - len(records))

    def _record(self, dataset: Mapping[str, Any]) -> Record | None:
        """The record of a dataset; None for what is not public, or came from here."""
        if not datajson.is_public(dataset):
            return None
        publishers = datajson.publishers(dataset)
        record = datajson.record(dataset, self.document, self.organization_here(*publishers))
        told = [dataset.get("landingPage"), dataset.get("identifier")]
        if record and self.is_ours_back(told, record.distributions):
            return None
        return record


def _digest(fetched: Fetched) -> str:
    with fetched.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
