"""Which collections are public now: one immutable view for each revision of the catalog."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ckanapi.errors import NotFound as UnknownOrganization

from datasets import errors
from datasets.model import Layer, Version
from datasets.store import Store
from datasets.template import templates
from datasets.text import Text
from geoportal.palette import Symbol, symbols
from publish.catalog import Embedded
from publish.layers.backends import Backend
from publish.layers.features import Features
from publish.package import text_of
from publish.versions import Versions


@dataclass(frozen=True, slots=True)
class Shown:
    """A collection as the public sees it: a layer of one version of a dataset."""

    layer: Layer
    version: int
    current: bool
    features: Features
    archive: Path | None
    title: Text
    notes: Text
    organization: str
    organization_title: Text
    license_id: str
    license_title: str
    modified: str
    template: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """All public collections at one revision, by collection id, in order of their ids."""

    revision: int
    collections: Mapping[str, Shown]

    def symbols(self, *others: Shown) -> Mapping[str, Symbol]:
        """How each collection is drawn, and how others are that are public no longer."""
        every = {**self.collections, **{shown.layer.id: shown for shown in others}}
        return symbols(every, {name: own for name, each in every.items() if (own := _own(each))})


class Registry:
    """Gives the view of the moment; a request asks once and keeps what it got."""

    def __init__(
        self, versions: Versions, catalog: Embedded, store: Store, layers: Backend
    ) -> None:
        self.versions, self.catalog, self.store, self.layers = versions, catalog, store, layers
        self._view = View(-1, {})
        self._building = threading.Lock()

    def view(self) -> View:
        """The view of the catalog's present revision."""
        if self._view.revision != self.versions.revision():
            with self._building:
                if self._view.revision != self.versions.revision():
                    self._view = self._built()
        return self._view

    def pinned(self, collection: str, version: int) -> Shown | None:
        """A collection as it was in a version; None when that is gone or was never there."""
        shown = self.view().collections.get(collection)
        if shown is None or shown.version == version:
            return shown
        try:
            old = self.versions.get(shown.layer.dataset, version)
        except errors.NotFound:
            return None
        layers = [layer for layer in old.layers if layer.id == collection]
        if not layers or not self.store.layer(collection, layers[0].sha).is_dir():
            return None
        return self._shown(old, layers[0], self.versions.archives(), {}, current=False)

    def _built(self) -> View:
        revision, versions = self.versions.public()
        archives = self.versions.archives()
        organizations: dict[str, Text] = {}
        listed = set(self.catalog.as_user(None).call_action("package_list"))
        shown = {
            layer.id: self._shown(version, layer, archives, organizations, current=True)
            for version in versions
            if version.dataset in listed  # not deleted or made private by the API
            for layer in version.layers
        }
        return View(revision, dict(sorted(shown.items())))

    def _shown(
        self,
        version: Version,
        layer: Layer,
        archives: Mapping[str, str],
        organizations: dict[str, Text],
        *,
        current: bool,
    ) -> Shown:
        package = version.package
        name = package["owner_org"]
        if name not in organizations:
            organizations[name] = self._organization(name)
        archive = archives.get(layer.sha)
        whole = text_of(package, "title")
        if layer.id != version.dataset:
            whole = Text(f"{whole.own} – {layer.resource}", _each(whole, layer.resource))
        return Shown(
            layer=layer,
            version=version.number,
            current=current,
            features=self.layers.features(self.store.layer(layer.id, layer.sha)),
            archive=self.store.tiles(layer.sha) / archive if archive else None,
            title=whole,
            notes=text_of(package, "notes"),
            organization=name,
            organization_title=organizations[name],
            license_id=package.get("license_id") or "",
            license_title=self.catalog.license_title(package.get("license_id") or ""),
            modified=version.created,
            template=str(version.schemas.get(layer.resource, {}).get("template", "")),
        )

    def _organization(self, name: str) -> Text:
        try:
            return text_of(self.catalog.call_action("organization_show", {"id": name}), "title")
        except UnknownOrganization:
            return Text(name)


def _each(text: Text, resource: str) -> dict[str, str]:
    return {language: f"{words} – {resource}" for language, words in text.translated.items()}


def _own(shown: Shown) -> Symbol | None:
    """The symbol that the template of a layer has, if it follows one."""
    found = templates().get(shown.template)
    return Symbol(found.style["colour"], found.style["shape"]) if found else None
