"""What a web server's page lists of a folder: Apache, nginx, IIS and plain lists of links."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

MAX_LINKS = 50_000
_BREAKS = frozenset("tr br li hr p pre ul table".split())


@dataclass(frozen=True, slots=True)
class Listed:
    """A file or folder one step below a page: its address, its name, the words of its row.

    Such words are a date and a size, as the server writes them; empty where it writes none.
    """

    url: str
    name: str
    is_folder: bool
    stamp: str


def listed(html: str, url: str) -> list[Listed]:
    """List what lies directly below a page; any other link is none of its files.

    `url` is where the page is: the last part of its path does not count.

    >>> [(f.name, f.stamp) for f in listed('<a href="a%20b.csv">x</a> 2024-11-02 1.2K', "http://a/d/")]
    [('a b.csv', '2024-11-02 1.2K')]
    """
    rows = _Rows()
    try:
        rows.feed(html)
        rows.close()
    except (AssertionError, ValueError):  # what its author did not foresee: what came before counts
        pass
    rows.end()
    found: dict[str, Listed] = {}
    for href, stamp in rows.links[:MAX_LINKS]:
        one = _below(href, url, stamp)
        if one and (one.url not in found or not found[one.url].stamp):
            found[one.url] = one
    return list(found.values())


def _below(href: str, url: str, stamp: str) -> Listed | None:
    """A link as what it lists; None when it leads elsewhere, or deeper than one step."""
    try:
        whole = urljoin(url, href.strip())
        parts, here = urlsplit(whole), urlsplit(urljoin(url, "."))
    except ValueError:
        return None
    place = (parts.scheme, parts.netloc.lower()) == (here.scheme, here.netloc.lower())
    if not place or parts.query or "?" in href or not parts.path.startswith(here.path):
        return None
    step = parts.path[len(here.path) :]
    name = unquote(step.removesuffix("/"))
    if not is_plain(name):
        return None
    bare = parts._replace(fragment="").geturl()
    return Listed(bare, name, step.endswith("/"), stamp)


def is_plain(name: str) -> bool:
    """Tell whether a name is that of one file or folder, and leads nowhere.

    >>> [is_plain(n) for n in ("a b.csv", "..", "", "a/b", "a%2fb")]
    [True, False, False, False, True]
    """
    odd = any(c in name for c in "/\\\0\r\n") or "\ufffd" in name
    return bool(name) and name not in (".", "..") and not odd and len(name.encode()) <= 255


class _Rows(HTMLParser):
    """Links with the words of their row; a row ends where the next one is seen to begin."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, str]] = []
        self._hrefs: list[str] = []
        self._words: list[str] = []
        self._in_link = self._in_lines = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.end()
        if tag == "pre":
            self._in_lines = True
        if tag == "a":
            self._in_link = True
            self._hrefs += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_link = False
        elif tag in _BREAKS:
            self.end()
            self._in_lines = self._in_lines and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._in_link:
            return
        if not self._in_lines:
            self._words.append(data)
            return
        first, *lines = data.split("\n")
        self._words.append(first)
        for line in lines:
            self.end()
            self._words.append(line)

    def end(self) -> None:
        """End a row: its links have its words, if there are digits among them."""
        words = " ".join("".join(self._words).split())[:200]
        stamp = words if any(c.isdigit() for c in words) else ""
        self.links += [(href, stamp) for href in self._hrefs]
        self._hrefs, self._words = [], []
