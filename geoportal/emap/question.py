"""What somebody searches on the map: a position, places by name, layers, datasets."""

import math
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from datasets.errors import PublishError
from datasets.model import BBox
from datasets.serbian import fold, to_latin
from datasets.stemming import stems
from datasets.text import CYRILLIC, LANGUAGES
from geoportal.emap.coordinates import coordinates
from geoportal.pages import listing
from geoportal.portal import Portal
from geoportal.registry import Shown, View
from publish.places import Hit, find
from publish.places.spelling import exact

MOST_PLACES = 8
MOST_LAYERS = 4
MOST_DATASETS = 4
MOST_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A feature that was found by its name; `where` is what it says of its place.

    `others` are as many of the layer called so; `layers` are other layers in which it is too.
    `likeness` is that of `publish.places.Hit`.
    """

    shown: Shown
    id: str
    name: str
    where: str
    lonlat: tuple[float, float]
    bbox_lonlat: BBox
    likeness: int
    others: int
    layers: int = 0

    @property
    def is_guess(self) -> bool:
        """True when it is not what was written, only like it."""
        return self.likeness > GUESSED

    @property
    def zoom(self) -> float:
        """How near it is looked at: so that some of its layer are in view, a town from far."""
        box, features = self.shown.layer.bbox_lonlat, self.shown.layer.features
        if box is None or features < 2:  # noqa: PLR2004 - one is no distance from others
            return CLOSEST
        apart = math.sqrt(max((box[2] - box[0]) * (box[3] - box[1]), 1e-9) / features)
        return round(min(max(math.log2(360 / apart / 0.7), FARTHEST), CLOSEST), 1)


GUESSED = 3
FARTHEST, CLOSEST = 9.0, 16.5
SAME_DEG = 0.03
"""So near to each other, two of one name in two layers are the same place."""


@dataclass(frozen=True, slots=True)
class Answer:
    """All that was found; `is_whole` is false while names of some layers are being taken in."""

    text: str
    position: tuple[float, float] | None
    places: Sequence[Place]
    layers: Sequence[Shown]
    datasets: Sequence[listing.Card]
    is_whole: bool = True

    @property
    def count(self) -> int:
        """How many things were found."""
        return bool(self.position) + len(self.places) + len(self.layers) + len(self.datasets)


def answer(portal: Portal, view: View, text: str, on: Sequence[str] = ()) -> Answer:
    """Search everything that a map's search field is for; `on` are the layers that it shows."""
    text = text[:MOST_LETTERS]
    if not fold(text):
        return Answer(text, None, (), (), ())
    position = coordinates(text)
    if position:
        return Answer(text, position, (), (), ())
    layers = titled(view, text)
    found, is_whole = places(portal, view, text, limit=2 * MOST_PLACES)
    found = once(found, on)[:MOST_PLACES]
    datasets = listing.search(portal, q=fold(text), sort="score desc", rows=MOST_DATASETS)
    return Answer(text, None, found, layers, datasets.cards, is_whole)


def places(
    portal: Portal, view: View, text: str, among: Sequence[str] = (), limit: int = MOST_PLACES
) -> tuple[list[Place], bool]:
    """The places of a name, of all layers or `among` some, and whether all names are known yet.

    A word may be said by the title of a layer: "вртић Пчелица" is Пчелица of Вртићи.
    """
    try:
        public = {id: (each.layer, each.features) for id, each in view.collections.items()}
        numbers = portal.places.numbers(public)
    except PublishError:  # the index is damaged or busy: it is made anew; layers are found
        return [], False
    is_whole = len(numbers) == len(public)
    if among:
        numbers = {number: id for number, id in numbers.items() if id in among}
    sizes = {number: view.collections[id].layer.features for number, id in numbers.items()}
    hits = find(portal.places.index, text, sizes, limit)
    if not hits or hits[0].likeness > GUESSED:
        said = list(_of_kind(portal, view, text, numbers, limit))
        hits = [*said, *(hit for hit in hits if hit not in said)][:limit]
    return [_place(view.collections[numbers[hit.layer]], hit) for hit in hits], is_whole


def once(found: Sequence[Place], on: Sequence[str]) -> list[Place]:
    """Each place once that several layers have: of a layer that is `on`, else of the largest."""
    groups: list[list[Place]] = []
    for place in found:
        same = next((group for group in groups if _is_same(group[0], place)), None)
        if same is None:
            groups.append([place])
        elif place.shown not in [each.shown for each in same]:
            same.append(place)
    return [
        replace(
            max(group, key=lambda each: (each.shown.layer.id in on, each.shown.layer.features)),
            layers=len(group) - 1,
        )
        for group in groups
    ]


def _is_same(one: Place, other: Place) -> bool:
    (x, y), (x2, y2) = one.lonlat, other.lonlat
    near = abs(x - x2) < SAME_DEG and abs(y - y2) < SAME_DEG
    alike = one.likeness == other.likeness and exact(one.name) == exact(other.name)
    return near and alike and one.where == other.where


def _of_kind(
    portal: Portal, view: View, text: str, numbers: Mapping[int, str], limit: int
) -> Iterator[Hit]:
    """What is found where some words say the layer and the others the name."""
    words = fold(text).split()
    for number, id in numbers.items():
        title = _titles(view)[id]
        rest = [word for word in words if not _says(title, word)]
        if rest and len(rest) < len(words):
            size = {number: view.collections[id].layer.features}
            yield from find(portal.places.index, " ".join(rest), size, limit)


def titled(view: View, text: str) -> list[Shown]:
    """The layers whose title or publisher holds all words, those that begin so first."""
    words = fold(text).split()
    found = [
        (not title.text.startswith(words[0]), title.text, view.collections[id])
        for id, title in _titles(view).items()
        if all(_says(title, word) for word in words)
    ]
    return [shown for *_, shown in sorted(found, key=lambda each: each[:2])][:MOST_LAYERS]


@dataclass(frozen=True, slots=True)
class _Title:
    """A layer's title in all languages, folded, and the stems of its words."""

    text: str
    words: frozenset[str]
    stems: frozenset[str]


_kept: weakref.WeakKeyDictionary[Shown, _Title] = weakref.WeakKeyDictionary()


def _titles(view: View) -> Mapping[str, _Title]:
    return {id: _title(shown) for id, shown in view.collections.items()}


def _title(shown: Shown) -> _Title:
    if shown not in _kept:
        said = [fold(shown.title.said(language)) for language in LANGUAGES]
        words = frozenset(" ".join(said).split())
        _kept[shown] = _Title(said[0], words, frozenset(stems(" ".join(words))))
    return _kept[shown]


def _says(title: _Title, word: str) -> bool:
    """Whether a word stands in a title, in any form or as the beginning of one."""
    if len(word) <= 2:  # noqa: PLR2004 - "у", "of" begin too much
        return word in title.words
    return any(each.startswith(word) for each in title.words) or stems(word)[0] in title.stems


def _place(shown: Shown, hit: Hit) -> Place:
    return Place(
        shown, hit.fid, hit.name, hit.place, hit.lonlat, hit.bbox_lonlat, hit.likeness, hit.others
    )


def in_script(language: str, name: str) -> str:
    """A name as the readers of a language read it: in Latin, unless in Cyrillic."""
    return name if language == CYRILLIC else to_latin(name)
