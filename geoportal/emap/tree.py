"""The layers to choose from, by publisher or by theme, narrowed down by a search."""

import difflib
import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from datasets.serbian import fold, sort_key
from datasets.text import ENGLISH, Text
from geoportal.emap.state import State
from geoportal.registry import Shown, View
from publish.dcat.vocabularies import Entry

MOST_LISTED = 150  # layers on a page; of more, one branch at a time is open
MOST_LETTERS = 100  # of a search
CLOSE = 0.72  # of 1: how alike two words are when one is a mistyped other


@dataclass(frozen=True, slots=True)
class Branch:
    """Layers that belong together; `title` is empty for those of no theme.

    Where not `listed`, the layers are shown when the branch is asked for.
    """

    name: str
    title: Text
    layers: Sequence[Shown]
    listed: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """All branches, and what they were narrowed down by."""

    by: str
    find: str
    branches: Sequence[Branch]

    @property
    def count(self) -> int:
        """How many layers there are; one with two themes counts once."""
        return len({each.layer.id for branch in self.branches for each in branch.layers})

    @property
    def listed(self) -> frozenset[str]:
        """The layers that have a box on the page."""
        open_ = [branch.layers for branch in self.branches if branch.listed]
        return frozenset(each.layer.id for each in itertools.chain(*open_))


def tree(view: View, state: State, language: str, find: str = "", branch: str = "") -> Tree:
    """The layers whose names have each word that is looked for, mistyped or not."""
    find = find[:MOST_LETTERS].strip()
    found = search(view.collections.values(), find)
    by = state.tree or "organization"
    groups = _by_theme(found) if by == "theme" else _by_organization(found)
    everything = len(found) <= MOST_LISTED
    branches = [
        Branch(name, title, _sorted(layers, language), everything or name == branch)
        for name, (title, layers) in groups.items()
    ]
    in_order = sorted(branches, key=lambda each: _place(each, language))
    return Tree(by, find, in_order)


def _place(branch: Branch, language: str) -> tuple[bool, list[int]]:
    title = branch.title.said(language)
    return not title, list(sort_key(title))


def _sorted(layers: Iterable[Shown], language: str) -> list[Shown]:
    return sorted(layers, key=lambda shown: sort_key(shown.title.said(language)))


def _by_organization(layers: Iterable[Shown]) -> Mapping[str, tuple[Text, list[Shown]]]:
    found: dict[str, tuple[Text, list[Shown]]] = {}
    for shown in layers:
        found.setdefault(shown.organization, (shown.organization_title, []))[1].append(shown)
    return found


def _by_theme(layers: Iterable[Shown]) -> Mapping[str, tuple[Text, list[Shown]]]:
    """Under each theme of the EU's table that a layer has; under none where it has none."""
    found: dict[str, tuple[Text, list[Shown]]] = {}
    for shown in layers:
        for theme in dict.fromkeys(map(_code, shown.themes)) or [""]:
            entry = next((each for each in shown.themes if _code(each) == theme), None)
            found.setdefault(theme, (_title(entry), []))[1].append(shown)
    return found


def _code(entry: Entry) -> str:
    return entry.address.rpartition("/")[2]


def _title(entry: Entry | None) -> Text:
    if entry is None:
        return Text("")
    return Text(entry.labels["sr"], {ENGLISH: entry.labels["en"]})


def search(layers: Iterable[Shown], find: str) -> list[Shown]:
    """The layers that have each word of a search in their names; nearly, where none has."""
    every = list(layers)
    wanted = fold(find).split()
    found = [shown for shown in every if all(word in _names(shown) for word in wanted)]
    if found or not wanted:
        return found
    known = {word for shown in every for word in _names(shown).split()}
    meant = [set(difflib.get_close_matches(word, known, 8, CLOSE)) for word in wanted]
    return [s for s in every if all(words & set(_names(s).split()) for words in meant)]


@functools.lru_cache(10_000)
def _names(shown: Shown) -> str:
    """Each word by which a layer may be called, folded."""
    titles = [shown.title, shown.organization_title, *map(_title, shown.themes)]
    said = [each for title in titles for each in (title.own, *title.translated.values())]
    return fold(" ".join([*said, *shown.keywords, shown.layer.id]))


def nearest(view: View, gone: str) -> Shown | None:
    """The layer whose name is most like one that is not there any more; None where none is."""
    ids = difflib.get_close_matches(gone, view.collections, 1, 0.5)
    return view.collections[ids[0]] if ids else None
