"""A search among names: first what is called so, then what begins so, then what holds the words.

Where nothing holds them, words are read as if mistyped, and at last house numbers are left out.
Each question reads a bounded number of rows, whatever is asked and however many names there are.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson

from datasets.model import BBox
from datasets.stemming import stem
from publish.places.index import Index
from publish.places.mistakes import LEAST, apart, meant, pieces
from publish.places.spelling import exact, words

MOST_WORDS = 8
MOST_LETTERS = 200
BEGINNING = 80  # names that begin so, of which the best are chosen
HOLDING = 300
SMALL = 20_000  # features of a layer
LOOKED_AT = 20_000  # of what holds the words: so many may belong to layers that are not public
STEM = 4  # letters of a stem by which words are found
MENDED = 4
WIDE = 2  # so many characters are enough to look for the beginnings of words

COLUMNS = "layer, fid, name, place, folded, west, south, east, north"
NAMED, ANY = "{folded} : ", ""
_NUMBER = re.compile(r"\d+")
PUBLIC = "+layer in (select value from json_each(:layers))"
CALLED = f"""
select {COLUMNS}, count(*), min(pk) from place indexed by place_folded
where folded = :text and {PUBLIC} group by folded, layer, name, place limit :limit"""
BEGINS = f"""
select {COLUMNS}, count(*), min(pk) from place indexed by place_folded
where folded > :text and folded < :text || char(0x10ffff) and {PUBLIC}
group by folded, layer, name limit :limit"""
HOLDS = f"""
with held as materialized (select rowid from said where said match :match limit :most)
select {COLUMNS}, 1, pk from held cross join place on pk = held.rowid
where {PUBLIC} limit :limit"""
CANDIDATES = """
select distinct word from word where pk in (
    select word from piece where piece in (select value from json_each(:pieces)))"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that was found: a feature of the layer with this number.

    `likeness` says how: 0 is called so, 1 begins so, 2 holds the words, 3 holds them in part of
    what it says of its place, 4 with a typing mistake, 5 without the numbers of the question.
    `others` are as many of the same layer and name.
    """

    layer: int
    fid: str
    name: str
    place: str
    bbox_lonlat: BBox
    likeness: int
    others: int = 0

    @property
    def lonlat(self) -> tuple[float, float]:
        """The middle of the feature's box."""
        west, south, east, north = self.bbox_lonlat
        return (west + east) / 2, (south + north) / 2


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question in the spelling of the index; who may answer, all and the small, as JSON."""

    text: str
    words: tuple[str, ...]
    layers: str
    small: str
    ended: bool

    def bound(self, limit: int, **others: str | int) -> dict[str, str | int]:
        bound: dict[str, str | int] = {"layers": self.layers, "limit": limit}
        return bound | others


def find(index: Index, text: str, layers: Mapping[int, int], limit: int = 8) -> list[Hit]:
    """The places that a question means, the likeliest first, each name of a layer once.

    `layers` are the numbers of those that may answer, with how many features they have: of two
    that are as like, the one of the smaller layer is first (a town before a house).
    """
    said = words(text[:MOST_LETTERS])[:MOST_WORDS]
    if not said or not layers:
        return []
    small = [number for number, features in layers.items() if features <= SMALL]
    every, few = (orjson.dumps(each).decode() for each in (list(layers), small))
    asked = _Asked(text, said, every, few, ended=text[-1:].isspace())
    found: dict[tuple[int, str, str], Hit] = {}
    for stages in (_plainly, _leniently):
        for hits in stages(index.reading(), asked):
            for hit in hits:
                key = hit.layer, hit.name, hit.place
                found[key] = min(hit, found.get(key, hit), key=lambda each: each.likeness)
            if len(found) >= limit:
                break
        if found:
            break
    return _ranked(found.values(), text, layers)[:limit]


def _plainly(connection: sqlite3.Connection, asked: _Asked) -> Iterator[list[Hit]]:
    """What is called so, and what holds the words; the next is asked only if too little was."""
    yield _called(connection, asked)
    if asked.words[-1][0].isdigit() and not asked.ended:  # number 12 before 120
        yield _holding(connection, asked, _plain(replace(asked, ended=True)))
    if len(asked.words) > 1 or len(asked.text) >= WIDE:
        yield _holding(connection, asked, _plain(asked))


def _leniently(connection: sqlite3.Connection, asked: _Asked) -> Iterator[list[Hit]]:
    """What may be meant where nothing holds the words."""
    if match := _mended(connection, asked):
        for columns in (NAMED, ANY):  # a town that is meant, rather than all houses in it
            rows = _held(connection, asked, columns, match)
            yield [_hit(row, MENDED) for row in rows]
            if rows:
                return
    without = tuple(word for word in asked.words if not word[0].isdigit())
    if not without or without == asked.words:
        return
    fewer = replace(asked, text=" ".join(without), words=without, ended=True)
    for stages in (_plainly, _leniently):
        found = [hit for hits in stages(connection, fewer) for hit in hits]
        yield [replace(hit, likeness=5) for hit in found]
        if found:
            return


def _called(connection: sqlite3.Connection, asked: _Asked) -> list[Hit]:
    """What is called so, and what begins so."""
    whole = " ".join(asked.words)
    same = connection.execute(CALLED, asked.bound(BEGINNING, text=whole)).fetchall()
    text = f"{whole} " if asked.ended else whole
    more = [  # a few letters begin more addresses than can be looked at: towns come first
        row
        for layers in (asked.small, asked.layers)
        for row in connection.execute(BEGINS, asked.bound(BEGINNING, text=text, layers=layers))
    ]
    return [_hit(row, 0) for row in same] + [_hit(row, 1) for row in more]


def _holding(connection: sqlite3.Connection, asked: _Asked, match: str) -> list[Hit]:
    """What holds the words anywhere; those whose name holds them before the others."""
    rows = _held(connection, asked, NAMED, match)
    if len(rows) < HOLDING:
        rows += _held(connection, asked, ANY, match)
    return [_hit(row, 2 if _in_name(row[4], asked.words) else 3) for row in rows]


def _held(
    connection: sqlite3.Connection, asked: _Asked, columns: str, match: str
) -> list[Sequence[object]]:
    bound = asked.bound(HOLDING, most=LOOKED_AT, match=f"{columns}({match})")
    return connection.execute(HOLDS, bound).fetchall()


def _in_name(folded: object, plain: Sequence[str]) -> bool:
    there = str(folded).split()
    return all(any(word.startswith(asked) for word in there) for asked in plain)


def _plain(asked: _Asked) -> str:
    """Every word as it is written, or with another ending; the last one may be unfinished."""
    last = len(asked.words) - 1
    return " AND ".join(
        _either(_written(word, unfinished=i == last and not asked.ended))
        for i, word in enumerate(asked.words)
    )


def _written(word: str, *, unfinished: bool) -> Iterator[str]:
    """The terms for one word."""
    if word[0].isdigit():
        yield f'"{word}"*' if unfinished else f'"{word}"'
        return
    yield f'"{word}"*' if unfinished or len(word) > WIDE else f'"{word}"'
    bare = stem(word)
    if STEM <= len(bare) < len(word):
        yield f'"{bare}"*'


def _mended(connection: sqlite3.Connection, asked: _Asked) -> str:
    """Every word as it may be meant; empty where there is nothing to mend."""
    terms, mended = [], False
    last = len(asked.words) - 1
    for i, word in enumerate(asked.words):
        unfinished = i == last and not asked.ended
        meant_ = _meant(connection, word, unfinished=unfinished)
        mended = mended or bool(meant_)
        terms.append(_either([*_written(word, unfinished=unfinished), *meant_]))
    return " AND ".join(terms) if mended else ""


def _meant(connection: sqlite3.Connection, word: str, *, unfinished: bool) -> list[str]:
    under = pieces(word) if len(word) >= LEAST else ()
    if not under:
        return []
    rows = connection.execute(CANDIDATES, {"pieces": orjson.dumps(list(under)).decode()})
    found = meant(word, (each for (each,) in rows), unfinished=unfinished)
    return [f'"{each}"' for each in found if each != word]


def _either(terms: Iterable[str]) -> str:
    return f"({' OR '.join(terms)})"


def _hit(row: Sequence[object], likeness: int) -> Hit:
    layer, fid, name, place, _, west, south, east, north, same, _ = row
    box: BBox = (west, south, east, north)  # type: ignore[assignment]
    return Hit(int(str(layer)), str(fid), str(name), str(place), box, likeness, int(str(same)) - 1)


def _ranked(hits: Iterable[Hit], text: str, layers: Mapping[int, int]) -> list[Hit]:
    """The likeliest first: written just so, then of small layers, then short."""
    wanted, asked = exact(text), words(text)

    def order(hit: Hit) -> tuple[object, ...]:
        just_so = exact(hit.name).startswith(wanted)
        said = words(hit.name)
        is_guess = hit.likeness >= MENDED
        unlike = apart(asked, said) if is_guess else len(set(asked) - set(said))
        return hit.likeness, not just_so, unlike, _size(layers[hit.layer]), *_in_order(said)

    return sorted(hits, key=order)


def _in_order(said: Sequence[str]) -> tuple[int, int, str]:
    """Short names first, and numbers by their size: 12, 12а, 120."""
    letters = sum(len(word) for word in said if not word[0].isdigit())
    return len(said), letters, _NUMBER.sub(lambda digits: digits[0].zfill(6), " ".join(said))


def _size(features: int) -> int:
    """The order of magnitude of a layer."""
    return len(str(features))
