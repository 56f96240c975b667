"""A folder of a web server as a listing: its pages are followed down, as robots.txt lets us."""

import hashlib
from dataclasses import dataclass, field
from urllib.parse import urljoin

from datasets.errors import HarvestError
from harvesters.fetching.http import Http
from harvesters.folders.listing import Listed, listed
from harvesters.folders.tree import Entry, refuse_many
from harvesters.values.formats import is_litter

MAX_PAGES = 2_000
PAGE_BYTES = 20_000_000
_CLOSED = ("forbidden", "key-wanted", "gone", "removed")


@dataclass
class Index:
    """The files below an address, and the address of each by its path."""

    url: str
    depth: int
    http: Http
    entries: list[Entry] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    skipped: int = 0
    _pages: int = 0

    def read(self) -> "Index":
        """Follow all pages; raises HarvestError when the listing is not to be had whole.

        A folder that is closed to us, or that robots.txt forbids, is skipped and counted.
        """
        self._allowed(self.url)
        top = self.http.get(self.url, accept="text/html, */*;q=0.5", max_bytes=PAGE_BYTES)
        self.url = top.url
        found = self._of(top.text(), top.url)
        if not found:
            raise HarvestError(
                f"{top.url}: lists no file or folder below it; give the address of a folder whose"
                " files a browser shows",
                "folder-empty",
                address=top.url,
            )
        self._descend(found, "", (_seen(found),))
        return self

    def _of(self, html: str, url: str) -> list[Listed]:
        return [one for one in listed(html, url) if not is_litter(one.name)]

    def _allowed(self, url: str) -> None:
        if not self.http.allowed(url):
            raise HarvestError(
                f"{url}: robots.txt of the server forbids it: ask its owner",
                "forbidden",
                address=url,
            )

    def _descend(self, found: list[Listed], path: str, above: tuple[bytes, ...]) -> None:
        for one in found:
            place = f"{path}/{one.name}" if path else one.name
            if not one.is_folder:
                self._file(one, place)
            elif len(above) <= self.depth:
                self._folder(one, place, above)

    def _file(self, one: Listed, place: str) -> None:
        if not self.http.allowed(one.url):
            self.skipped += 1
            return
        self.entries.append(Entry(place, 0, one.stamp))
        self.urls[place] = one.url
        refuse_many(len(self.entries), self.url)

    def _folder(self, one: Listed, place: str, above: tuple[bytes, ...]) -> None:
        self._pages += 1
        if self._pages > MAX_PAGES:
            raise HarvestError(
                f"{self.url}: has more than {MAX_PAGES} folders; give the address of one of them,"
                " or a smaller `depth`",
                "too-many",
                address=self.url,
                limit=str(MAX_PAGES),
            )
        found = self._listing(one.url)
        seen = _seen(found)
        if found and seen not in above:  # a link back to a folder above lists the same again
            self._descend(found, place, (*above, seen))

    def _listing(self, url: str) -> list[Listed]:
        try:
            self._allowed(url)
            page = self.http.get(url, accept="text/html, */*;q=0.5", max_bytes=PAGE_BYTES)
        except HarvestError as error:
            if error.fault not in _CLOSED:
                raise
            self.skipped += 1
            return []
        if not page.url.startswith(urljoin(self.url, ".")):  # redirected out
            self.skipped += 1
            return []
        return self._of(page.text(), page.url)


def _seen(found: list[Listed]) -> bytes:
    lines = sorted(f"{one.name}\0{one.is_folder}\0{one.stamp}" for one in found)
    return hashlib.sha256("\n".join(lines).encode(errors="replace")).digest()
