"""Who publishes: the organizations of the catalog, read once for each of its revisions."""

import threading
from collections.abc import Mapping
from typing import Any

from datasets.text import Text
from publish.catalog import Embedded
from publish.package import text_of
from publish.versions import Versions


class Publishers:
    """Gives the organizations of the moment, as anybody may see them."""

    def __init__(self, catalog: Embedded, versions: Versions) -> None:
        self.catalog, self.versions = catalog.as_user(None), versions
        self._known: tuple[int, Mapping[str, Mapping[str, Any]]] = (-1, {})
        self._reading = threading.Lock()

    def by_id(self) -> Mapping[str, Mapping[str, Any]]:
        """CKAN's documents of the organizations with their extras, in the catalog's order."""
        revision = self.versions.revision()
        if self._known[0] != revision:
            with self._reading:
                if self._known[0] != revision:
                    self._known = (revision, self._read())
        return self._known[1]

    def titles(self) -> Mapping[str, Text]:
        """The title of each organization, by name."""
        each = self.by_id().values()
        return {one["name"]: text_of(one, "title") or Text(one["name"]) for one in each}

    def _read(self) -> Mapping[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        while True:
            asked = {"all_fields": True, "include_extras": True, "offset": len(found)}
            page = {e["id"]: e for e in self.catalog.call_action("organization_list", asked)}
            if not page.keys() - found.keys():
                return found
            found |= page
