"""A part of the API: one standard, or one of its parts, in a module of its own.

`geoportal/ogc/mount.py` lists the parts; each brings its routes, the conformance classes that hold,
its paths of the OpenAPI definition, and the links by which it is found.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from geoportal.ogc.asked import Asked
from geoportal.registry import Shown

HURRY_S = 0.005
"""So long one question may keep all others waiting."""

type Operation = Callable[[Asked], Response]
type Link = Mapping[str, Any]


class Threads(Enum):
    """Which of the bounded pools an operation runs in: a slow one never delays a quick one."""

    AT_ONCE = 0
    """None: small questions and stored tiles, answered where requests arrive, since a thread would
    cost as much. What takes longer than `HURRY_S` is given up and asked again in one of CHEAP."""
    CHEAP = 16
    """Documents, pages of features as HTML or in another CRS, what was not small after all."""
    HEAVY = 4
    """Filters, tiles made while one waits."""
    LONG = 2
    """Files made of whole layers, processes."""


type Choice = Callable[[Request], Threads]
"""Chooses by the address alone, and at once: it runs where all requests arrive."""


@dataclass(frozen=True)
class Route:
    """A path below /ogc (below the root where it begins with `//`) and what answers it.

    An answer with an ETag and `Cache-Control: public` is kept and given again, until the revision
    of the catalog moves: it must say nothing that changes otherwise.
    """

    path: str
    operation: Operation
    threads: Threads | Choice = Threads.CHEAP
    methods: tuple[str, ...] = ("GET",)


def no_links(*_: object) -> list[Link]:
    """No links at all."""
    return []


def no_members(*_: object) -> Mapping[str, Any]:
    """Nothing more to say of a collection."""
    return {}


@dataclass(frozen=True, eq=False)
class Part:
    """What a module adds to the API.

    `paths` are of the OpenAPI definition, `POST /path` where it is no GET; `landing` gives links of
    the landing page and `collection` those of a collection's description, as pygeoapi's documents
    have them: `rel`, `type`, `title`, `href`. `members` is what else a collection says;
    `others` describes collections that are no layers.
    """

    routes: tuple[Route, ...]
    classes: tuple[str, ...] = ()
    paths: Mapping[str, Any] = field(default_factory=dict)
    landing: Callable[[Asked], list[Link]] = no_links
    collection: Callable[[Asked, Shown], list[Link]] = no_links
    members: Callable[[Asked, Shown], Mapping[str, Any]] = no_members
    others: Callable[[Asked], list[Mapping[str, Any]]] = no_links
