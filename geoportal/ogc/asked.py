"""A request taken apart once: its view of the catalog, format, language and parameters."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from starlette.requests import ClientDisconnect, Request

from geoportal.ogc import parameters
from geoportal.ogc.parameters import Parameter
from geoportal.ogc.problems import Problem
from geoportal.portal import Portal
from geoportal.registry import Shown, View

if TYPE_CHECKING:
    from geoportal.ogc.part import Part

JSON, HTML, TILEJSON, MVT, JSON_LD = "json", "html", "tilejson", "mvt", "jsonld"
PAGES = (JSON, HTML)
ACCEPTED = {
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "text/*": HTML,
    "application/json": JSON,
    "application/geo+json": JSON,
    "application/schema+json": JSON,
    "application/vnd.oai.openapi+json": JSON,
    "application/*": JSON,
    "*/*": JSON,
}
MAX_QUERY = 20_000
MAX_BODY = 5_000_000


@dataclass(frozen=True)
class Asked:
    """A request, with the catalog as it was when the request came.

    `path` begins after `/ogc`; `query` has the pairs as they were given, without `f`, and after
    `check` as links have them; `values` are the parameters that it read; `parts` are those of the
    whole API; `body` is of a POST.
    """

    request: Request
    portal: Portal
    view: View
    path: str
    base_url: str
    format: str
    language: str
    query: tuple[tuple[str, str], ...]
    values: Mapping[str, object] = field(default_factory=dict)
    parts: "tuple[Part, ...]" = ()
    body: bytes = b""

    def check(self, known: Iterable[Parameter] = (), formats: Sequence[str] = PAGES) -> Self:
        """Read the parameters that belong here; raises Problem for any other, or another `f`."""
        if self.format not in formats:
            raise Problem(400, f"f: {self.format[:80]!r} is not one of {', '.join(formats)}")
        known = tuple(known)
        values = parameters.check(self.query, known)
        query = parameters.canonical(self.query, values, known)
        return replace(self, values=values, query=query)

    def shown(self, collection: str) -> Shown:
        """The collection asked for, in the version that `v` names, else the present one.

        Raises Problem 404 for a collection that is not public, 410 for a version that is gone.
        """
        here = self.view.collections.get(collection)
        if here is None:
            listed = f"{self.base_url}/collections"
            raise Problem(404, f"there is no collection {collection[:100]!r}; see {listed}")
        given = dict(self.query).get("v")
        if given is None or parameters.V.read(given) == here.version:
            return here
        old = self.portal.registry.pinned(collection, int(given))
        if old is None:
            raise Problem(
                410, f"v: version {given} of {collection} is not here any more; leave v out", "Gone"
            )
        return old

    @property
    def pinned(self) -> bool:
        """True when the client named the version, so that the answer never changes."""
        return any(name == "v" for name, _ in self.query)

    @property
    def hurried(self) -> bool:
        """True where others wait meanwhile: TimeoutError is right for what is no small question."""
        return bool(self.request.state.hurried)

    def as_json(self) -> Self:
        """The request for JSON, whatever a browser would rather have."""
        return replace(self, format=JSON)

    def versioned(self, version: int) -> Self:
        """The request as it would be had it named this version: links to itself then name it."""
        return self if self.pinned else replace(self, query=(("v", str(version)), *self.query))

    def without(self, *names: str) -> Self:
        """The request as it would be had it not named some parameters."""
        return replace(self, query=tuple(pair for pair in self.query if pair[0] not in names))

    def href(self, form: str = "", **more: object) -> str:
        """The address of this document, in a format, with parameters added or replaced."""
        address, query = self._quoted
        if more.keys() & dict(self.query):
            query = _quoted((name, value) for name, value in self.query if name not in more)
        named = f"f={_word(form)}" if form else ""
        added = _quoted((name, str(value)) for name, value in more.items()) if more else ""
        query = "&".join(filter(None, (named, query, added)))
        return f"{address}?{query}" if query else address

    @functools.cached_property
    def _quoted(self) -> tuple[str, str]:
        """The address of this document and its query, ready for links: most want no others."""
        return self.base_url + quote(self.path, safe="/:"), _quoted(self.query)


_word = functools.lru_cache(64)(quote_plus)


def _quoted(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode(tuple(pairs), safe=",:/")


async def body(request: Request) -> bytes:
    """The body of a POST; raises Problem for one that is too long, or for any with a GET."""
    length = request.headers.get("content-length", "0")
    if request.method != "POST":
        if length != "0" or "transfer-encoding" in request.headers:
            wrong = f"a {request.method} request has no body here; give parameters in the address"
            raise Problem(400, wrong)
        return b""
    read = bytearray()
    try:
        async for piece in request.stream():
            read += piece
            if len(read) > MAX_BODY:
                raise Problem(413, f"the body is longer than {MAX_BODY} bytes")
    except ClientDisconnect:
        raise Problem(400, "the body ended before its end") from None
    return bytes(read)


def ask(request: Request, portal: Portal, parts: "tuple[Part, ...]" = ()) -> Asked:
    """Take a request apart whose body is in `request.state.body`; Problem for an endless query.

    The view of the catalog is taken here and nowhere else.
    """
    if len(request.scope["query_string"]) > MAX_QUERY:
        raise Problem(414, f"the query is longer than {MAX_QUERY} bytes")
    query = _pairs(request.scope["query_string"])
    forms = [value for name, value in query if name == "f"]
    if len(forms) > 1:
        raise Problem(400, "f: given twice; give it once")
    view = portal.registry.view()
    request.scope["state"]["view"] = view  # of what is kept of the answer
    return Asked(
        request=request,
        portal=portal,
        view=view,
        path=request.scope["path"].removeprefix("/ogc").rstrip("/"),
        base_url=f"{portal.site_url}{request.state.prefix}/ogc",
        format=forms[0] if forms else negotiate(request.headers.get("accept", "")),
        language=request.state.language,
        query=tuple((name, value) for name, value in query if name != "f"),
        parts=parts,
        body=request.state.body,
    )


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query.decode(), keep_blank_values=True, errors="strict", max_num_fields=100
        )
    except ValueError:  # UnicodeDecodeError is one
        raise Problem(400, "the query is not UTF-8, or has more than 100 parameters") from None


def negotiate(accept: str, known: Mapping[str, str] = ACCEPTED) -> str:
    """The format for an Accept header: what it likes best of those known, else JSON.

    >>> negotiate("text/html,application/xhtml+xml,*/*;q=0.8")
    'html'
    >>> negotiate("application/geo+json;q=0.9, */*;q=0.1")
    'json'
    """
    best, found = 0.0, JSON
    for part in accept.split(","):
        media, *options = (piece.strip().lower() for piece in part.split(";"))
        weight = _weight(options)
        if media in known and weight > best:
            best, found = weight, known[media]
    return found


def _weight(options: list[str]) -> float:
    for option in options:
        if option.startswith("q="):
            try:
                return float(option[2:])
            except ValueError:
                return 0.0
    return 1.0
