"""Which route a path belongs to: the first one that fits, found without trying them all."""

import re
from collections.abc import Iterable, Mapping

from starlette.routing import compile_path

from geoportal.ogc.part import Route
from geoportal.ogc.problems import Problem

PLACE = 4
"""The part of a path that tells most: `items` in /ogc/collections/trees/items."""

type Fit = tuple[re.Pattern[str], Route]


class Table:
    """All routes, in the order in which they are tried."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._all = [(compile_path(address(route))[0], route) for route in routes]
        words = {word for _, route in self._all if "{" not in (word := _word(address(route)))}
        self._by_word = {word: self._told(word) for word in words}
        self._other = self._told("{}")

    def find(self, path: str, method: str) -> tuple[Route, Mapping[str, str]]:
        """The route for a path and a method, and the values in the path.

        Raises Problem 405 where the path takes other methods only, 404 where there is none.
        """
        allowed: set[str] = set()
        for pattern, route in self._by_word.get(_word(path), self._other):
            if fit := pattern.match(path):
                if takes(route, method):
                    return route, fit.groupdict()
                allowed.update(route.methods)
        if allowed:
            there = ", ".join(
                sorted(allowed | {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set()))
            )
            wrong = f"{method} is not for this address; allowed: {there}"
            raise Problem(405, wrong, headers={"Allow": there})
        raise Problem(404, f"there is nothing at {path[:100]!r}; begin at /ogc")

    def _told(self, word: str) -> list[Fit]:
        """The routes that a path with a word at PLACE can belong to; `{}` is no route's word."""
        return [
            (pattern, route)
            for pattern, route in self._all
            if (own := _word(address(route))) == word or "{" in own or ":path" in route.path
        ]


def address(route: Route) -> str:
    """The path of a route from the root, with its placeholders."""
    return route.path.removeprefix("/") if route.path.startswith("//") else f"/ogc{route.path}"


def takes(route: Route, method: str) -> bool:
    """Tell whether a route answers a method; HEAD is a GET of which the head alone goes out."""
    return ("GET" if method == "HEAD" else method) in route.methods


def _word(path: str) -> str:
    parts = path.split("/", PLACE + 1)
    return parts[PLACE] if len(parts) > PLACE else ""
