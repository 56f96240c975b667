"""Which collections are public now: one immutable view for each revision of the catalog."""

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ckanapi.errors import NotFound as UnknownOrganization

from datasets import errors
from datasets.model import Layer, Schema, Version
from datasets.store import Store
from datasets.template import templates
from datasets.text import Text
from geoportal.palette import Symbol, symbols
from publish.catalog import Embedded
from publish.dcat.dataset import themes
from publish.dcat.vocabularies import THEME, Entry
from publish.dcat.words import extras_of
from publish.layers.backends import Backend
from publish.layers.features import Features
from publish.layers.integrity import Broken, BrokenArchive
from publish.package import text_of
from publish.versions import Versions

type Publisher = Callable[[str], Text]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Shown:
    """A collection as the public sees it: a layer of one version of a dataset.

    Each is equal to itself only, so that what is made of it can be kept by it.
    """

    layer: Layer
    version: int
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
    schema: Schema = field(default_factory=dict)
    themes: tuple[Entry, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class View:
    """All public collections at one revision, by collection id, in order of their ids.

    `lost` counts the layers that were set aside since the process began; `first` are those that
    a map shows when nobody said which.
    """

    revision: int
    collections: Mapping[str, Shown]
    lost: int = 0
    first: Sequence[str] = ()

    def symbols(self, *others: Shown) -> Mapping[str, Symbol]:
        """How each collection is drawn, and how others are that are public no longer."""
        every = {**self.collections, **{shown.layer.id: shown for shown in others}}
        return symbols(every, {name: own for name, each in every.items() if (own := _own(each))})


@dataclass(frozen=True, slots=True)
class Made:
    """What the public sees of a dataset's version: kept from view to view while it stays so."""

    version: Version
    archives: tuple[str | None, ...]
    publisher: Text
    shown: tuple[Shown, ...]


class Registry:
    """Gives the view of the moment; a request asks once and keeps what it got."""

    def __init__(
        self,
        versions: Versions,
        catalog: Embedded,
        store: Store,
        layers: Backend,
        first: Sequence[str] = (),
    ) -> None:
        self.versions, self.catalog, self.store, self.layers = versions, catalog, store, layers
        self.first = first
        self._view = View(-1, {})
        self._made: dict[str, Made] = {}
        self._lost = 0
        self._building = threading.Lock()

    def view(self) -> View:
        """The view of the catalog's present revision."""
        if not self._is_present():
            with self._building:
                if not self._is_present():
                    self._view = self._built()
        return self._view

    def glimpse(self) -> View | None:
        """The present view, where that is known without a question to the database."""
        view = self._view
        known = view.lost == self._lost and view.revision == self.versions.glimpse()
        return view if known else None

    def _is_present(self) -> bool:
        return self._view.lost == self._lost and self._view.revision == self.versions.revision()

    def lose(self, broken: Broken) -> None:
        """Set aside what is not whole: a layer's former version takes its place.

        Of a layer without its archive, tiles are made as they are asked for until it is built.
        """
        with self._building:
            self.store.set_aside(broken.folder)
            if isinstance(broken, BrokenArchive):
                self.versions.untiled(broken.folder.name)
            self._lost += 1

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
        if not layers or not self._is_here(layers[0]):
            return None
        publisher = self._organization(old.package["owner_org"])
        return self._shown(old, layers[0], self.versions.archives().get(layers[0].sha), publisher)

    def _built(self) -> View:
        lost = self._lost
        revision, numbers = self.versions.numbers()
        archives = self.versions.archives()
        publisher = functools.cache(self._organization)
        listed = set(self.catalog.as_user(None).call_action("package_list"))
        self._made = {
            dataset: self._kept(dataset, number, archives, publisher)
            or self._new(self.versions.get(dataset, number), archives, publisher)
            for dataset, number in numbers.items()
            if dataset in listed  # not deleted or made private by the API
        }
        shown = {each.layer.id: each for made in self._made.values() for each in made.shown}
        first = [name for name in self.first if name in shown]
        return View(revision, dict(sorted(shown.items())), lost, first)

    def _kept(
        self, dataset: str, number: int, archives: Mapping[str, str], publisher: Publisher
    ) -> Made | None:
        """What was made of a version before, if nothing about it is another now."""
        made = self._made.get(dataset)
        if made is None or made.version.number != number:
            return None
        layers = made.version.layers
        same = (
            made.archives == tuple(archives.get(layer.sha) for layer in layers)
            and made.publisher == publisher(made.version.package["owner_org"])
            and all(map(self._is_here, layers))
            and [each.version for each in made.shown] == [number] * len(layers)
        )
        return made if same else None

    def _new(self, version: Version, archives: Mapping[str, str], publisher: Publisher) -> Made:
        title = publisher(version.package["owner_org"])
        shown = []
        for layer in version.layers:
            if there := self._whole(version, layer):
                here, own = there
                shown.append(self._shown(here, own, archives.get(own.sha), title))
        files = tuple(archives.get(layer.sha) for layer in version.layers)
        return Made(version, files, title, tuple(shown))

    def _whole(self, version: Version, layer: Layer) -> tuple[Version, Layer] | None:
        """The version and its layer, or the last ones before whose files are here."""
        if self._is_here(layer):
            return version, layer
        before = [v for v in self.versions.history(version.dataset) if v.number < version.number]
        for old in reversed(before):
            for own in old.layers:
                if own.id == layer.id and self._is_here(own):
                    return old, own
        return None

    def _is_here(self, layer: Layer) -> bool:
        return self.store.layer(layer.id, layer.sha).is_dir()

    def _shown(self, version: Version, layer: Layer, archive: str | None, publisher: Text) -> Shown:
        package = version.package
        whole = text_of(package, "title")
        if layer.id != version.dataset:
            whole = Text(f"{whole.own} – {layer.resource}", _each(whole, layer.resource))
        return Shown(
            layer=layer,
            version=version.number,
            features=self.layers.features(self.store.layer(layer.id, layer.sha)),
            archive=self.store.tiles(layer.sha) / archive if archive else None,
            title=whole,
            notes=text_of(package, "notes"),
            organization=package["owner_org"],
            organization_title=publisher,
            license_id=package.get("license_id") or "",
            license_title=self.catalog.license_title(package.get("license_id") or ""),
            modified=version.created,
            template=str(version.schemas.get(layer.resource, {}).get("template", "")),
            schema=version.schemas.get(layer.resource, {}),
            themes=_themes(package),
            keywords=tuple(tag["name"] for tag in package.get("tags", ())),
        )

    def _organization(self, name: str) -> Text:
        try:
            return text_of(self.catalog.call_action("organization_show", {"id": name}), "title")
        except UnknownOrganization:
            return Text(name)


def _each(text: Text, resource: str) -> dict[str, str]:
    return {language: f"{words} – {resource}" for language, words in text.translated.items()}


def _themes(package: Mapping[str, Any]) -> tuple[Entry, ...]:
    """What a dataset is about, by the EU's table of themes."""
    found = map(THEME.find, themes(package, extras_of(package)))
    return tuple({entry.address: entry for entry in found if entry}.values())


def _own(shown: Shown) -> Symbol | None:
    """The symbol that the template of a layer has, if it follows one."""
    found = templates().get(shown.template)
    return Symbol(found.style["colour"], found.style["shape"]) if found else None
