"""Search: 250,000 addresses and 6,000 settlements by name, written well and badly.

CPU time of a question, best of three rounds, and whether what was meant is first. The peer is a
fuzzy comparison of the question with every name in memory (rapidfuzz, in C, one core).
"""

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from rapidfuzz import process

from datasets.model import Column, Layer
from datasets.serbian import to_latin
from datasets.stores.folder import Folder
from publish.layers.features import Features
from publish.places import Index, find, take_in
from publish.places.spelling import words

ADDRESSES, SETTLEMENTS, ASKED, ROUNDS = 250_000, 6_000, 300, 3
STARTS = """
Бе Бу Ва Ви Го Гра До Дра Ђу Жа За Зла Ива Ја
Ка Ко Кра Ла Ле Ли Љу Ма Ми Мо На Ни Нова Њего Ора
""".split()
MIDDLES = """
ба ви го да до ђе же зо ја ка ки ла ље ма ни
ња по ра ре ру са се та ћи фа хо це че ша шу
""".split()
ENDS = """
вац вица град дол ево ина јевац ковац ла
љево мир ница ово поток рац село тин ћевац шево
""".split()
KINDS = """
Краља Кнеза Војводе Светог Доктора Генерала
Бана Учитеља Сестре Браће Хајдук Народног
""".split()


class Given(Features):
    """Features that lie in memory instead of in a folder."""

    def __init__(self, fragments: Sequence[bytes]) -> None:
        self.fragments = fragments

    def page(self, query, *, after=None, offset=0, limit, timeout_s=0.0):
        """Keys and fragments in their order."""
        start = after or 0
        return [(start + i + 1, each) for i, each in enumerate(self.fragments[start:][:limit])]

    @property
    def manifest(self):
        """Only what the index asks."""
        return Sizes(len(self.fragments))

    def ask(self, **question):
        """Everything."""

    counted = feature = keys = candidates = touching = None


@dataclass(frozen=True)
class Sizes:
    """How many features have a geometry."""

    with_geometry: int


def main() -> None:
    """Measure and print."""
    chance = random.Random(7)
    settlements = _settlements(chance)
    addresses = _addresses(chance, settlements)
    Given.__abstractmethods__ = frozenset()
    with tempfile.TemporaryDirectory() as scratch:
        index = Index(Folder(Path(scratch)))
        layers = [
            _taken(index, "naselja", [{"naziv": name} for name in settlements]),
            _taken(index, "adrese", addresses),
        ]
        numbers = index.known(layers)
        public = {numbers[layer.sha]: layer.features for layer in layers}
        size = sum(file.stat().st_size for file in index.path.parent.iterdir())
        print(f"The index: {size / 1e6:.0f} MB\n")
        print("| question | median CPU-ms | worst | meant one is first | among 8 |")
        print("|---|---|---|---|---|")
        for title, asked in _questions(chance, settlements, addresses).items():
            _row(title, asked, lambda q: find(index, q, public))
    names = [" ".join(words(f"{a['ulica']} {a['broj']}")) for a in addresses]
    at = time.process_time()
    process.extract("kralja begovca 12", names, limit=8)
    print(f"\nrapidfuzz over all names: {(time.process_time() - at) * 1000:.0f} CPU-ms")


def _settlements(chance: random.Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < SETTLEMENTS:
        parts = chance.choice(STARTS), chance.choice(MIDDLES), chance.choice(ENDS)
        found[chance.choice(("", "", "", "Горња ", "Нови ")) + "".join(parts)] = None
    return list(found)


def _addresses(chance: random.Random, settlements: Sequence[str]) -> list[dict[str, str]]:
    streets = [
        f"{chance.choice((*KINDS, ''))} {chance.choice(settlements)}".strip() for _ in range(9_000)
    ]
    return [
        {
            "ulica": chance.choice(streets),
            "broj": f"{chance.randint(1, 200)}{chance.choice(('', '', '', 'а', 'б'))}",
            "naselje": chance.choice(settlements),
        }
        for _ in range(ADDRESSES)
    ]


def _taken(index: Index, name: str, rows: Sequence[dict[str, str]]) -> Layer:
    fragments = [
        orjson.dumps(
            {
                "type": "Feature",
                "id": i,
                "geometry": {"type": "Point", "coordinates": [20 + i % 999 / 500, 44]},
                "properties": row,
            }
        )
        for i, row in enumerate(rows)
    ]
    columns = tuple(Column(column, column, "string") for column in rows[0])
    layer = Layer(name, name, name, f"{name}-sha", "Point", len(rows), None, columns)
    at = time.process_time()
    faults = take_in(index, [layer], lambda _: Given(fragments))
    assert faults == []
    print(f"Taking in {len(rows):,} names: {time.process_time() - at:.1f} CPU-s\n")
    return layer


def _questions(
    chance: random.Random, settlements: Sequence[str], addresses: Sequence[dict[str, str]]
) -> dict[str, list[tuple[str, str]]]:
    """What is asked, and what is meant, by kind."""
    towns = chance.sample(settlements, ASKED)
    houses = chance.sample(addresses, ASKED)
    said = [(f"{house['ulica']} {house['broj']}", house["naselje"]) for house in houses]
    return {
        "a settlement as written": [(town, town) for town in towns],
        "in Latin without diacritics": [(" ".join(words(town)), town) for town in towns],
        "its first 4 letters": [(town[:4], town) for town in towns],
        "one mistake": [(_mistaken(chance, to_latin(town)), town) for town in towns],
        "two mistakes": [
            (_mistaken(chance, _mistaken(chance, to_latin(town))), town) for town in towns
        ],
        "an address": [(f"{name}, {town}", name) for name, town in said],
        "an address, one mistake": [
            (f"{_mistaken(chance, name)} {town}", name) for name, town in said
        ],
        "a street without a number": [(house["ulica"], house["ulica"]) for house in houses],
    }


def _mistaken(chance: random.Random, text: str) -> str:
    """A letter is left out, doubled, another, or changes places with the next."""
    i = chance.choice([i for i, letter in enumerate(text[:-1]) if letter.isalpha()])
    return chance.choice(
        (
            text[:i] + text[i + 1 :],
            text[:i] + text[i] + text[i:],
            text[:i] + chance.choice("aeiounrst") + text[i + 1 :],
            text[:i] + text[i + 1] + text[i] + text[i + 2 :],
        )
    )


def _row(title: str, asked: Sequence[tuple[str, str]], ask: Callable[[str], list]) -> None:
    times, first, among = [], 0, 0
    for question, meant in asked:
        best = min(_timed(ask, question) for _ in range(ROUNDS))
        names = [hit.name for hit in ask(question)]
        times.append(best)
        first += bool(names) and names[0].startswith(meant)
        among += any(name.startswith(meant) for name in names)
    times.sort()
    part = [f"{count / len(asked):.0%}" for count in (first, among)]
    print(f"| {title} | {times[len(times) // 2]:.1f} | {times[-1]:.1f} | {part[0]} | {part[1]} |")


def _timed(ask: Callable[[str], list], question: str) -> float:
    at = time.process_time()
    ask(question)
    return (time.process_time() - at) * 1000


if __name__ == "__main__":
    main()
