"""What is told of how a column was understood, and what a person is asked about it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from datasets.model import Finding, Offer, Sample, Step
from validation.reading.ways import STAYS_TEXT, Field, Way

SAMPLES = 5
SHOWN = 80
BEHIND = re.compile(r"[\s\u00a0]*([^\d\s\u00a0][^\d]*[23²³]?(/\S+)?)$")
TEXT: Field = {"type": "string"}

type Places = Sequence[tuple[int, str]]
"""Rows and what stands there."""


def described(way: Way, first: Places) -> Field:
    """Give the field of a way; a unit that is not in the number goes to the description."""
    unit = _unit(first) if way.kind == "locale-units" else ""
    return {**way.field, "description": f"({unit})"} if unit else dict(way.field)


def _unit(first: Places) -> str:
    found = BEHIND.search(first[0][1])
    return found[1].strip() if found else ""


def told(name: str, way: Way, first: Places) -> list[Finding]:
    """Tell of a way that all cells follow, or ask which one is meant."""
    example = first[0][1][:SHOWN]
    meant = shown(example, way.field)
    note = f"{example!r} in {name!r} is understood as {meant}"
    values = {"value": example, "meant": meant}
    match way.kind:
        case "plain":
            return []
        case "ask" | "unit" | "signs" | "guessed-signs":
            return [_open(name, way, first)]
        case "locale-numbers":
            return [Finding("locale-numbers", "note", field=name, note=note, values=values)]
        case "locale-units":
            return [Finding("locale-units", "note", field=name, note=note, values=values)]
        case "locale-dates":
            return [Finding("locale-dates", "note", field=name, note=note, values=values)]


def _open(name: str, way: Way, first: Places) -> Finding:
    """Ask, or offer, what has to be answered before the cells are more than text."""
    match way.kind:
        case "ask":
            return _asked(name, way, first)
        case "unit":
            return _units(name, first)
        case _:
            return _signs(name, exact=way.kind == "signs")


def booleans(name: str, field: Field) -> list[Finding]:
    """Tell of yes and no in words."""
    if "trueValues" not in field:
        return []
    true, false = field["trueValues"][0], field["falseValues"][0]
    return [
        Finding(
            "locale-booleans",
            "note",
            field=name,
            note=f"{true!r} and {false!r} in {name!r} are understood as true and false",
            values={"true": true, "false": false},
        )
    ]


def _asked(name: str, way: Way, first: Places) -> Finding:
    """Ask which of two ways is meant; until then the cells are text."""
    fields = (way.field, *way.others)
    value = first[0][1][:SHOWN]
    meant = [shown(value, field) for field in fields]
    note = f"{value} in {name!r} may mean {' or '.join(meant)}; it is text until one is chosen"
    values = {"value": value, "meant": meant[0], "other": meant[-1]}
    made = (None, name, "", note, values, "", tuple(_set_type(name, f, first) for f in fields))
    if way.layout:
        return Finding("date-ambiguous", "warning", "", *made)
    return Finding("number-ambiguous", "warning", "", *made)


def _set_type(name: str, field: Field, first: Places) -> Offer:
    samples = tuple(Sample(row, text[:SHOWN], shown(text, field)) for row, text in first)
    said = {key: _option(value) for key, value in field.items()}
    return Offer(Step("set-type", name, said), len(first), samples, exact=False)


def _option(value: object) -> str:
    """Write an option of a field as the repair takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _units(name: str, first: Places) -> Finding:
    """Offer to take a unit off the numbers, where no schema can say that it is there."""
    unit = _unit(first)
    samples = tuple(Sample(row, text, text.removesuffix(unit).rstrip()) for row, text in first)
    return Finding(
        "units-in-cells",
        "warning",
        field=name,
        note=f"the numbers in {name!r} have {unit!r} behind them and stay text",
        values={"value": first[0][1][:SHOWN], "unit": unit},
        offers=(Offer(Step("units", name, {"unit": unit}), len(first), samples),),
    )


def _signs(name: str, *, exact: bool) -> Finding:
    """Offer to write the minus before the number, where no program reads it elsewhere."""
    values = {} if exact else {"guess": "true"}
    return Finding(
        "signs-written",
        "warning",
        field=name,
        note=f"numbers in {name!r} have their sign behind them, or brackets for it; they stay text",
        offers=(Offer(Step("signs", name, values), exact=exact),),
    )


def missing(name: str, words: Mapping[str, int]) -> list[Finding]:
    """Offer to empty the cells that hold a word for no value."""
    said = "|".join(sorted({word.strip().lower() for word in words if "|" not in word}))
    samples = tuple(Sample(None, word, "") for word in list(words)[:SAMPLES])
    count = sum(words.values())
    return [
        Finding(
            "missing-words",
            "warning",
            field=name,
            note=f"{count} cells of {name!r} hold {said!r} where others have a value; it is text",
            values={"words": said.replace("|", ", "), "count": str(count)},
            offers=(Offer(Step("missing", name, {"words": said}), count, samples, exact=False),),
        )
    ]


def odd(name: str, way: Way, count: int, examples: Places) -> list[Finding]:
    """Name the cells that keep a column from being what nearly all of it is."""
    said = "; ".join(f"{row}: {text[:SHOWN]}" for row, text in examples[:SAMPLES])
    typed = _set_type(name, way.field, examples[:SAMPLES])
    kept = _set_type(name, TEXT, examples[:SAMPLES])
    return [
        Finding(
            "odd-cells",
            "warning",
            row=examples[0][0],
            field=name,
            note=f"{count} cells of {name!r} are not like most others, which are "
            f"{way.field['type']}: {said}",
            values={
                "value": examples[0][1][:SHOWN],
                "type": str(way.field["type"]),
                "count": str(count),
                "cells": said,
            },
            offers=() if way.kind in STAYS_TEXT else (typed, kept),
        )
    ]


def shown(text: str, field: Field) -> str:
    """Give what a text means by a field, as programs write it; the text where it means nothing.

    >>> shown("1.234", {"type": "number", "decimalChar": ",", "groupChar": "."})
    '1234'
    >>> shown("5.10.21.", {"type": "date", "format": "%d.%m.%y."})
    '2021-10-05'
    """
    return next(_meanings(text, field), text)[:SHOWN]


def _meanings(text: str, field: Field) -> Iterator[str]:
    if field["type"] in ("date", "datetime") and "format" in field:
        try:
            day = datetime.strptime(text, field["format"])  # noqa: DTZ007 - only shown
        except ValueError:
            return
        yield (day.date() if field["type"] == "date" else day).isoformat()
    if field["type"] == "time" and "format" in field:
        try:
            yield datetime.strptime(text, field["format"]).time().isoformat()  # noqa: DTZ007
        except ValueError:
            return
    if field["type"] == "number":
        bare = text if field.get("bareNumber", True) else re.sub(r"^[^-\d]*|\D*$", "", text)
        plain = bare.replace(field.get("groupChar", "\0"), "")
        plain = plain.replace(field.get("decimalChar", "."), ".")
        if re.fullmatch(r"-?\d+(\.\d+)?", plain):
            yield str(Decimal(plain))
