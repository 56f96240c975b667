"""pygeoapi's handlers, called with a request of ours and a view of their own."""

from collections.abc import Callable
from typing import Any

import pygeoapi.api
from pygeoapi import l10n

from geoportal.ogc.asked import JSON, Asked
from geoportal.ogc.problems import Problem


class Query(pygeoapi.api.APIRequest):  # type: ignore[misc]
    """A request as pygeoapi's handlers want it, always for JSON.

    The language is set as it was asked for: pygeoapi's own choice forgets the script, and would
    give Cyrillic for sr-Latn.
    """

    def __init__(self, asked: Asked, more: dict[str, str]) -> None:
        self._data = asked.body
        self._args = {**dict(asked.query), **more, "f": JSON}
        self._path_info = f"ogc{asked.path}"
        self._raw_locale = asked.language
        self._locale = l10n.str2locale(asked.language)
        self._format = JSON
        self._headers = {"prefer": asked.request.headers.get("prefer", "")}


def call(
    handler: Callable[..., Any], asked: Asked, api: Any, *names: str, **more: str
) -> tuple[dict[str, str], dict[str, Any]]:
    """Run a handler of pygeoapi; gives its headers and document, raises Problem for an error."""
    headers, status, document = handler(api, Query(asked, more), *names)
    if int(status) >= 400:
        raise Problem(int(status), document["description"], document["code"])
    return headers, document
