"""Invented data of the example cities: kindergartens, works in streets, houses, air.

They look like what offices send and are true of nobody: names, numbers and places are drawn by
lot, the same ones at each run.
"""

import csv
import io
import json
import math
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

CENTRE = (20.9114, 44.0128)  # longitude and latitude of the middle of Kragujevac
CACAK = (20.3495, 43.8914)
LOT = 1818

KINDERGARTENS = (
    "Пчелица", "Лептирић", "Бубамара", "Невен", "Зека", "Ђурђевак", "Полетарац", "Сунце",
    "Маслачак", "Шврћа", "Цврчак", "Љиљан", "Њихаљка", "Весељко", "Ћирилица", "Јежић",
    "Жирић", "Дуга", "Чаролија", "Звончић", "Ластавица", "Облачић", "Растко", "Уранак",
)  # fmt: skip
STREETS = (
    "Липова", "Кестенова", "Јабланова", "Брезова", "Храстова", "Јасенова", "Врбова", "Борова",
    "Трешњева", "Дуњина", "Орахова", "Крушкова", "Вишњева", "Јаворова", "Зовина", "Шљивина",
)  # fmt: skip
INSTITUTIONS = ("ПУ „Пример“", "ПУ „Узор“")
WORKS = ("асфалтирање", "замена водовода", "топловод", "расвета", "тротоар", "бициклистичка стаза")
STATES = ("у току", "завршено", "планирано")

STATIONS = ("Парк", "Стара болница", "Кружни ток", "Игралиште", "Брдо")
MICROGRAMS = {"PM10": 38.0, "PM2.5": 24.0, "NO2": 19.0}
"""What is measured, and about how much of it there is in a cubic metre in October."""
DAYS = 45


def kindergartens() -> bytes:
    """A table as an office sends it: semicolons, yes and no in Serbian, addresses."""
    lot = random.Random(LOT)  # noqa: S311 - invented data, no secret
    rows = []
    for number, name in enumerate(KINDERGARTENS, 1):
        x, y = place(lot, 3200)
        places = lot.randrange(40, 240, 5)
        rows.append(
            {
                "Шифра објекта": f"ВР-{number:02}",
                "Назив": f"Вртић „{name}“",
                "Установа": lot.choice(INSTITUTIONS),
                "Оснивач": lot.choice(("јавни", "јавни", "јавни", "приватни")),
                "Адреса": f"{lot.choice(STREETS)} {lot.randint(1, 90)}",
                "Насеље": "Крагујевац",
                "Капацитет": places,
                "Уписане деце": round(places * lot.uniform(0.7, 1.05)),
                "Јаслене групе": lot.choice(("да", "не")),
                "Веб-страна": f"https://example.rs/vrtici/{number:02}",
                "Географска ширина": f"{y:.5f}",
                "Географска дужина": f"{x:.5f}",
            }
        )
    return table(rows)


def works() -> bytes:
    """Works in streets as lines, each from a day to a day; some have no end yet."""
    lot = random.Random(LOT + 1)  # noqa: S311
    features = []
    for _ in range(48):
        begin = date(2026, 1, 12) + timedelta(days=lot.randrange(0, 400))
        end = begin + timedelta(days=lot.randrange(6, 90))
        state = STATES[1] if end < date(2026, 11, 1) else STATES[0]
        state = STATES[2] if begin > date(2026, 12, 1) else state
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "назив": f"{lot.choice(STREETS)}: {(kind := lot.choice(WORKS))}",
                    "врста_радова": kind,
                    "стање": state,
                    "почетак": begin.isoformat(),
                    "крај": None if state == STATES[2] else end.isoformat(),
                    "вредност_дин": lot.randrange(400_000, 24_000_000, 50_000),
                },
                "geometry": {"type": "LineString", "coordinates": list(street(lot))},
            }
        )
    return collection(features)


def houses() -> bytes:
    """Blocks of houses with their heights in metres."""
    lot = random.Random(LOT + 2)  # noqa: S311
    features: list[dict[str, Any]] = []
    for row in range(14):
        for column in range(14):
            if lot.random() < 0.22:
                continue  # a yard
            storeys = max(1, round(lot.lognormvariate(1.0, 0.7)))
            features.append(
                {
                    "type": "Feature",
                    "properties": {
                        "ознака": f"З-{row + 1:02}-{column + 1:02}",
                        "намена": lot.choice(("становање", "становање", "пословање", "јавна")),
                        "спратови": storeys,
                        "висина": round(storeys * 3.1 + lot.random(), 1),
                    },
                    "geometry": {"type": "Polygon", "coordinates": [house(lot, row, column)]},
                }
            )
    return collection(features)


def air() -> bytes:
    """Means of days at the same places, a row for each matter.

    The air is worse towards winter and better on a hill; one station tells nothing for a week.
    """
    lot = random.Random(LOT + 3)  # noqa: S311
    places = [place(lot, 2600, CACAK) for _ in STATIONS]
    rows = []
    for number in range(DAYS):
        day, weather = date(2026, 9, 20) + timedelta(days=number), lot.lognormvariate(0, 0.3)
        for station, (x, y) in zip(STATIONS, places, strict=True):
            if station == "Игралиште" and 20 <= number < 27:
                continue
            share = weather * (0.6 + number / DAYS) * (0.55 if station == "Брдо" else 1.0)
            rows += [
                {
                    "Станица": station,
                    "Време": f"{day}T00:00:00",
                    "Материја": matter,
                    "Вредност": f"{usual * share * lot.uniform(0.8, 1.25):.1f}",
                    "Јединица": "µg/m³",
                    "Усредњено (h)": 24,
                    "Проверено": "да" if number < 40 else "не",
                    "Географска ширина": f"{y:.5f}",
                    "Географска дужина": f"{x:.5f}",
                }
                for matter, usual in MICROGRAMS.items()
            ]
    return table(rows)


def place(
    lot: random.Random, reach_m: float, centre: tuple[float, float] = CENTRE
) -> tuple[float, float]:
    """A place about the centre, nearer ones more likely."""
    return moved(centre, lot.gauss(0, reach_m / 2), lot.gauss(0, reach_m / 2))


def moved(start: Sequence[float], east_m: float, north_m: float) -> tuple[float, float]:
    """A place so many metres from another."""
    longitude, latitude = start
    north = latitude + north_m / 111_320
    east = longitude + east_m / (111_320 * math.cos(math.radians(latitude)))
    return round(east, 6), round(north, 6)


def street(lot: random.Random) -> Iterator[tuple[float, float]]:
    """A line of some hundred metres that bends a little."""
    at, direction = place(lot, 3600), lot.uniform(0, 2 * math.pi)
    yield at
    for _ in range(lot.randint(2, 5)):
        direction += lot.gauss(0, 0.25)
        length = lot.uniform(80, 180)
        at = moved(at, length * math.cos(direction), length * math.sin(direction))
        yield at


def house(lot: random.Random, row: int, column: int) -> list[tuple[float, float]]:
    """A rectangle in a grid of blocks, its ring closed, against the clock."""
    west, south = (column - 7) * 42.0 + 700, (row - 7) * 42.0 - 500
    wide, deep = lot.uniform(14, 30), lot.uniform(12, 28)
    ring = ((0.0, 0.0), (wide, 0.0), (wide, deep), (0.0, deep), (0.0, 0.0))
    return [moved(CENTRE, west + x, south + y) for x, y in ring]


def table(rows: Sequence[dict[str, Any]]) -> bytes:
    """Rows as a CSV with semicolons."""
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def collection(features: Sequence[dict[str, Any]]) -> bytes:
    """Features as GeoJSON, one a line."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'.encode()
