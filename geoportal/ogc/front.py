"""The OGC APIs and the tiles, before all else of the application: bytes that are there go out.

An answer that may be kept by anyone and has a validator is a function of the catalog's revision and
of what the client sent: address, Accept, Accept-Encoding. So it is kept, and given again until the
revision moves. Then the operation is asked once more; it knows the validator before it does any
work, and where the bytes of that validator are here they are sent without it (`knows`). The
validator names collection, version, question, language and format: a publication elsewhere, or
another way to write the same question, costs no work.
"""

import functools
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response

from geoportal.headers import ALWAYS
from geoportal.language import PREFIXES, App, LanguagePrefix, Scope
from geoportal.ogc import answers
from geoportal.ogc.mount import FOLDERS, Rooms, answer
from geoportal.ogc.packing import CODINGS, coding, is_worth, packed
from geoportal.ogc.shelf import LARGEST, Message, Ready, Shelf
from geoportal.ogc.stored import stored

MOST_SIGHTS = 20_000
"""Addresses that are remembered with the answer they got."""
LONGEST = 600
"""Letters of an address and of what it accepts: a longer one is asked for anew, and its bytes found
by their validator. All that is remembered is thus some 25 MB at most."""

type Moment = tuple[int, int]
type Address = tuple[str, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Sight:
    """Which answer an address got, and at which moment of the catalog."""

    moment: Moment
    tag: str
    coding: str


class Asking:
    """One request on its way: what it asks, in which coding, and which answers the client has."""

    def __init__(self, scope: Scope, shelf: Shelf) -> None:
        accept = accept_encoding = tags = b""
        self.has_body = False
        for name, value in scope["headers"]:
            if name == b"accept":
                accept += b"," + value
            elif name == b"accept-encoding":
                accept_encoding += b"," + value
            elif name == b"if-none-match":
                tags += b"," + value
            elif name in BODIES and value != b"0":
                self.has_body = True
        self.address: Address = (scope["path"], scope["query_string"], accept, accept_encoding)
        self._tags, self._shelf = tags, shelf
        self.found: Ready | None = None

    @property
    def coding(self) -> str:
        """The coding that the client likes best."""
        return coding(self.address[3].decode("latin-1"))

    @property
    def tags(self) -> list[str]:
        """The validators of what the client has."""
        parts = self._tags.decode("latin-1").split(",")
        return [part.strip().removeprefix("W/") for part in parts[1:]]

    def has(self, tag: str) -> bool:
        """Tell whether the client has the answer with a validator (RFC 9110 §13.1.2)."""
        return bool(self._tags) and (tag in (tags := self.tags) or tags == ["*"])

    def knows(self, tag: str) -> bool:
        """Tell whether the client has an answer in any coding, or it is here: no need to make it.

        `tag` is that of the answer as it is made, before it is packed.
        """
        if self._tags and any(self.has(validator(tag, each)) for each in CODINGS):
            return True
        self.found = self._shelf.get((tag, self.coding))
        return self.found is not None


class Front:
    """Answers what is below /ogc and /tiles, and passes all else on."""

    def __init__(self, app: App, language: str, handlers: Mapping[Any, Any]) -> None:
        self.app = app
        self.shelf, self._rooms = Shelf(), Rooms()
        self._sights: OrderedDict[Address, Sight] = OrderedDict()
        named = LanguagePrefix(self._ask, language)
        self._first = ExceptionMiddleware(named, handlers)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer from what is here, else ask."""
        if scope["type"] == "lifespan" and "state" in scope:
            scope["state"][AT_HAND] = functools.partial(self.at_hand, scope["app"])
        if scope["type"] != "http" or not is_ours(scope["path"]):
            await self.app(scope, receive, send)
            return
        asking = Asking(scope, self.shelf)
        if scope["method"] in READING and (ready := self._ready(scope["app"], asking)):
            await give(send, asking, ready)
            return
        scope.setdefault("state", {})["asking"] = asking
        await self._first(scope, receive, send)

    def at_hand(self, site: Any, scope: Scope) -> tuple[Message, Message] | None:
        """The messages of an answer that is ready; None where one must be made."""
        if not is_ours(scope["path"]):
            return None
        asking = Asking(scope, self.shelf)
        ready = self._ready(site, asking)
        return None if ready is None else messages(asking, ready)

    def _ready(self, site: Any, asking: Asking) -> Ready | None:
        """A stored tile, or the answer this address got if nothing public has changed since."""
        if asking.has_body:
            return None  # it is refused, as where an answer must be made
        path, query, _, accept_encoding = asking.address
        sight = self._sights.get(asking.address)
        is_tile = path.startswith(TILES)
        view = site.state.portal.registry.glimpse() if sight or is_tile else None
        if view is None:
            return None
        if sight and sight.moment == (view.revision, view.lost):
            return self.shelf.get((sight.tag, sight.coding))
        return stored(view, path, query, accept_encoding.decode("latin-1")) if is_tile else None

    async def _ask(self, scope: Scope, receive: Any, send: Any) -> None:
        """Ask the operation, and keep what may be ready."""
        request = Request(scope, receive)
        asking: Asking = scope["state"]["asking"]
        response = await answer(request, self._rooms, functools.partial(self._finished, request))
        if isinstance(response, Response):
            await response(scope, receive, send)
        else:
            await give(send, asking, response)

    def _finished(self, request: Request, response: Response) -> Response | Ready:
        """An answer packed, with the headers of every answer; in the operation's own thread."""
        asking: Asking = request.scope["state"]["asking"]
        if response.status_code == NOT_MODIFIED and asking.found:
            self._sight(request, response.headers["etag"])
            return asking.found
        tag = response.headers.get("etag", "")
        pack(response, asking)
        complete(response)
        if request.method not in READING or not may_be_kept(response):
            return response
        ready = as_ready(response)
        self.shelf.put((tag, asking.coding), ready)
        self._sight(request, tag)
        return ready

    def _sight(self, request: Request, tag: str) -> None:
        """Remember which answer the address got."""
        state = request.scope["state"]
        view, asking = state["view"], state["asking"]
        if sum(map(len, asking.address)) > LONGEST:
            return
        self._sights[asking.address] = Sight((view.revision, view.lost), tag, asking.coding)
        while len(self._sights) > MOST_SIGHTS:
            self._sights.popitem(last=False)


def is_ours(path: str) -> bool:
    """Tell whether an address is below one of our folders, with a language before it or not.

    >>> [is_ours(path) for path in ("/en/ogc", "/tiles/a.json", "/data/ogc")]
    [True, True, False]
    """
    first, _, rest = path[1:].partition("/")
    return (rest.partition("/")[0] if first in PREFIXES else first) in FOLDERS


async def give(send: Any, asking: Asking, ready: Ready) -> None:
    """Send an answer that is ready."""
    for message in messages(asking, ready):
        await send(message)


def messages(asking: Asking, ready: Ready) -> tuple[Message, Message]:
    """The head and the body of an answer for a client, who may have the body."""
    return (ready.unchanged, NO_BODY) if asking.has(ready.tag) else (ready.start, ready.body)


def pack(response: Response, asking: Asking) -> None:
    """Pack a whole answer as the client takes it; its validator then names the coding."""
    tag = response.headers.get("etag", "")
    if response.status_code == NOT_MODIFIED:  # the client has one of the codings: say which
        mine = (validator(tag, each) for each in CODINGS)
        response.headers["etag"] = next((each for each in mine if asking.has(each)), tag)
        return
    body = getattr(response, "body", None)
    form, media = asking.coding, response.headers.get("content-type", "")
    if not form or not isinstance(body, bytes) or "content-encoding" in response.headers:
        return
    if is_worth(media, len(body)):
        response.body = packed(body, form)
        response.headers["content-encoding"] = form
        response.headers["content-length"] = str(len(response.body))
        if tag:
            response.headers["etag"] = validator(tag, form)


def complete(response: Response) -> None:
    """Add the headers of every answer that it did not bring itself."""
    given = {name for name, _ in response.raw_headers}
    response.raw_headers += [pair for pair in ALWAYS if pair[0] not in given]


def may_be_kept(response: Response) -> bool:
    """Tell whether an answer is whole, good, anybody's and has a validator."""
    headers = response.headers
    return (
        response.status_code == OK
        and "etag" in headers
        and headers.get("cache-control", "").startswith("public")
        and "set-cookie" not in headers
        and isinstance(body := getattr(response, "body", None), bytes)
        and len(body) <= LARGEST
    )


def as_ready(response: Response) -> Ready:
    """An answer as the messages that give it again."""
    pairs, body = response.raw_headers, bytes(response.body)
    return Ready.of(response.headers["etag"], pairs, answers.of_unchanged(pairs), body)


def validator(tag: str, coding: str) -> str:
    """The validator of an answer in a coding: a strong one is of bytes (RFC 9110 §8.8.3).

    >>> validator('"a1"', "br")
    '"a1-br"'
    """
    return f'{tag[:-1]}-{coding}"' if coding else tag


OK, NOT_MODIFIED = 200, 304
READING = ("GET", "HEAD")
BODIES = (b"content-length", b"transfer-encoding")
NO_BODY: Message = {"type": "http.response.body", "body": b""}
TILES = "/tiles/"
AT_HAND = "at_hand"
"""Where the state of an application's life has `Front.at_hand`, for servers that can use it."""
