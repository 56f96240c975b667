"""Synthetic datasets of municipalities, always the same; words as uneven as real ones."""

from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np

from datasets.config import Site
from datasets.stores.folder import Folder
from publish.catalog import Embedded
from publish.catalog.call import Outside
from publish.database import open_database
from publish.migrations import prepare

STEMS = (
    "вртић школа општина ваздух паркинг улица гробље пијаца отпад буџет раскрсница дрво џамија "
    "њива апотека жупа чесма аутобус становник предузеће зграда саобраћај библиотека здравље "
    "квалитет вода река књига мрежа линија станица болница мерење стајалиште терен клуб насеље "
    "заједница земљиште дозвола расвета површина кућа ученик лекар установа превоз споменик "
    "култура музеј позориште гаража бицикл стаза зона план регистар попис списак преглед број износ"
).split()
FIRST = (
    "нови стари јавни градски сеоски месни зимски летњи главни мали велики горњи доњи други "
    "северни јужни источни западни централни бивши будући укупни просечни месечни годишњи дневни"
).split()
LAST = (
    "а о и у ом има ски ска ско ски ник ница ство ост ање ење ија изам ист ар ач иште ина ица"
).split()
FORMATS = ("CSV", "XLSX", "GeoJSON", "JSON", "SHP", "PDF", "WMS", "XML")
LICENSES = ("cc-by", "cc-zero", "odc-odbl", "other-open")
ORGANIZATIONS = 25
TAGS = 800
AT_ONCE = 1_000

WORDS = STEMS + FIRST + [a + b for a, b in islice(product(STEMS, LAST), 1_200)]
SMALL = "и у на за се од са је по о из до или као који".split()  # every fourth word is one of these


class Words:
    """Draws words of a list by Zipf's law: a few stand in a third of all texts, most nowhere."""

    def __init__(self, rng: np.random.Generator, words: list[str]) -> None:
        self.rng, self.words = rng, words
        weights = 1 / np.arange(20, len(words) + 20)
        self.upto = np.cumsum(weights / weights.sum())

    def draw(self, count: int) -> list[str]:
        places = np.searchsorted(self.upto, self.rng.random(count))
        return [self.words[min(place, len(self.words) - 1)] for place in places.tolist()]


def datasets(count: int) -> Iterator[dict[str, Any]]:
    """Datasets with 4 tags, 3 resources, 2 extras and 60 words each, for package_create."""
    rng = np.random.default_rng(2026)
    shuffled = list(WORDS)
    rng.shuffle(shuffled)
    words = Words(rng, shuffled)
    small = Words(rng, SMALL)
    tags = Words(rng, [f"{word} {n}" for n in range(4) for word in WORDS][:TAGS])
    formats = Words(rng, list(FORMATS))
    for number in range(count):
        west, south = 19 + 3 * rng.random(), 42.3 + 3.5 * rng.random()
        yield {
            "name": f"skup-{number:06}",
            "title": " ".join(words.draw(4)).capitalize(),
            "notes": " ".join(text(words, small, 44)),
            "owner_org": f"opstina-{int(ORGANIZATIONS * rng.random() ** 2)}",
            "license_id": LICENSES[int(4 * rng.random() ** 2)],
            "tags": [{"name": name} for name in set(tags.draw(8))][:4],
            "resources": [
                {
                    "url": f"https://podaci.example.rs/{number}/{place}.dat",
                    "name": " ".join(words.draw(2)),
                    "description": " ".join(words.draw(2)),
                    "format": kind,
                }
                for place, kind in enumerate(formats.draw(3))
            ],
            "extras": [
                {"key": "frequency", "value": ("дневно", "месечно", "годишње")[number % 3]},
                {"key": "spatial", "value": box(west, south, west + 0.2, south + 0.1)},
            ],
        }


def text(words: Words, small: Words, count: int) -> Iterator[str]:
    """Words in a row, every fourth of them a small one."""
    found, between = iter(words.draw(count)), iter(small.draw(count))
    return (next(between if place % 4 == 3 else found) for place in range(count))


def box(west: float, south: float, east: float, north: float) -> str:
    """A box as GeoJSON."""
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    points = ",".join(f"[{x:.4f},{y:.4f}]" for x, y in ring)
    return f'{{"type":"Polygon","coordinates":[[{points}]]}}'


def load(state: Path, count: int, url: str = "") -> None:
    """Load datasets into the catalog of a state folder, by the catalog's own action."""
    engine = open_database(url, state)
    prepare(engine)
    catalog = Embedded(engine, Site(), "", Outside(Folder(state)))
    for number in range(ORGANIZATIONS):
        organization = {"name": f"opstina-{number}", "title": f"Општина {WORDS[number]}"}
        catalog.call_action("organization_create", organization)
    coming = datasets(count)
    while some := list(islice(coming, AT_ONCE)):
        with catalog.transaction() as within:
            for dataset in some:
                within.call_action("package_create", dataset)
    engine.dispose()
