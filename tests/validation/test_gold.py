"""Dirty files of offices against the tables they mean: 95 of 100 cells right, none changed unsaid.

Each is read and judged as the pipeline does; then every exact repair that is offered is accepted,
as a clerk may do unseen, until nothing exact is offered any more.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from frictionless import Schema

from datasets.model import Dataset, Finding, Resource, Step
from datasets.text import Text
from tests.validation.gold.exports import EXPORTS
from tests.validation.gold.files import Gold
from tests.validation.gold.layers import LAYERS
from tests.validation.gold.sheets import SHEETS
from tests.validation.gold.texts import TEXTS
from validation import table
from validation.judge import Checks, validate
from validation.reading import Reading, read

GOLD = [*TEXTS, *SHEETS, *LAYERS, *EXPORTS]
ENOUGH = 0.95
ROUNDS = 4

type Judged = tuple[Reading, tuple[Finding, ...]]


@dataclass
class Result:
    """What came of a file: cells that are right, of how many; those that changed unsaid.

    `unrepaired` are those that changed although no repair was accepted.
    """

    right: int
    of: int
    wrong: list[str]
    silent: list[str]
    unrepaired: list[str]


def judged(resource: Resource, sandbox: Any, into: Path) -> Judged:
    dataset = Dataset("zlato", Text("Злато"), "", "test", "1", (resource,))
    [reading] = read(dataset, sandbox, into)
    report = validate(dataset, [reading], None, Checks(), sandbox)
    return reading, report.findings


def mended(resource: Resource, sandbox: Any, into: Path) -> list[Judged]:
    """Read it as it is, then accept every exact offer, round after round."""
    found = [judged(resource, sandbox, into / "0")]
    for number in range(1, ROUNDS):
        offers = [o for f in found[-1][1] for o in f.offers[:1] if o.exact]
        known = {step.id for step in resource.recipe}
        new = {o.step.id: o.step for o in offers if o.step.id not in known}
        if not new:
            break
        resource = replace(resource, recipe=(*resource.recipe, *new.values()))
        found.append(judged(resource, sandbox, into / str(number)))
    return found


def typed(reading: Reading) -> list[tuple[int, list[Any], list[str]]]:
    """Give each row's place, its values, and the text of its cells."""
    cells = table.read_cells(reading.cells)
    fields = table.fields(reading.labels, Schema.from_descriptor(dict(reading.schema)))
    places = cells.column("row").to_pylist()
    texts = [cells.column(f"c{i}").to_pylist() for i in range(len(fields))]
    values = [
        table.typed(cells.column(f"c{i}"), field).to_pylist() for i, field in enumerate(fields)
    ]
    return [
        (place, [v[n] for v in values], [t[n] or "" for t in texts])
        for n, place in enumerate(places)
    ]


def same(value: Any, meant: Any) -> bool:
    """Tell whether a value is what is meant; a blank cell means nothing in either way."""
    if value in (None, "") and meant in (None, ""):
        return True
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, bool) or isinstance(meant, bool):
        return value is meant
    if isinstance(value, int | float) and isinstance(meant, int | float):
        return float(value) == float(meant)
    if isinstance(value, int) and isinstance(meant, str):
        return str(value) == meant
    return bool(value == meant)


def printed(value: Any, text: str, form: str) -> bool:
    """Tell whether a value printed back, in its field's form, is the very text of its cell."""
    match value:
        case None:
            return text == ""
        case bool():
            return text == ("true" if value else "false")
        case float():
            return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None and same(
                float(text), value
            )
        case date() | time() if "%" in form:
            return re.sub(r"\b0", "", value.strftime(form)) == re.sub(r"\b0", "", text)
        case date():
            return text in (value.isoformat(), f"{value.isoformat()}T00:00:00")
        case _:
            return text == str(value)


def is_told(
    label: str, findings: Sequence[Finding], reading: Reading, recipe: Sequence[Step]
) -> bool:
    """Tell whether a change in a column is covered: by its field's form, a note or a repair."""
    field = next((f for f in reading.schema["fields"] if f["name"] == label), {})
    form = {"decimalChar", "groupChar", "bareNumber", "trueValues", "falseValues", "missingValues"}
    declared = form & field.keys() or field.get("format", "default") != "default"
    noted = any(
        f.field in (label, "") and f.check.startswith(("locale", "repaired")) for f in findings
    )
    return bool(declared and noted) or any(step.field in (label, "") for step in recipe)


def silent(
    reading: Reading, original: Reading, findings: Sequence[Finding], recipe: Sequence[Step]
) -> Iterator[str]:
    """Yield cells whose value, printed back, is not what stands in the file, with no word of it."""
    before = {place: texts for place, _, texts in typed(original)}
    labels = list(original.labels)
    forms = {field["name"]: field.get("format", "") for field in reading.schema["fields"]}
    there = set()
    for place, values, _ in typed(reading):
        there.add(place)
        for label, value in zip(reading.labels, values, strict=True):
            if label in labels:
                text = before[place][labels.index(label)]
                form = forms.get(label, "")
                if not printed(value, text, form) and not is_told(label, findings, reading, recipe):
                    yield f"{label}, row {place}: {text!r} became {value!r}"
    lost = before.keys() - there
    if lost and not any(step.repair.startswith(("drop", "headings")) for step in recipe):
        yield f"rows {sorted(lost)} are gone"


def measured(gold: Gold, reading: Reading) -> tuple[int, int, list[str]]:
    """Compare a reading with what is meant, cell by cell; a wrong label makes its column wrong."""
    rows = typed(reading)
    of = max(len(rows), len(gold.rows)) * max(len(reading.labels), len(gold.labels))
    right, wrong = 0, []
    if tuple(reading.labels) != gold.labels:
        wrong.append(f"labels {reading.labels}")
    if len(rows) != len(gold.rows):
        wrong.append(f"{len(rows)} rows, not {len(gold.rows)}")
    for (place, values, _), meant in zip(rows, gold.rows, strict=False):
        found = dict(zip(reading.labels, values, strict=True))
        for label, value in zip(gold.labels, meant, strict=True):
            if label in found and same(found[label], value):
                right += 1
            else:
                wrong.append(f"{label}, row {place}: {found.get(label)!r}, not {value!r}")
    return right, of, wrong


@pytest.fixture(scope="module")
def results(here, tmp_path_factory) -> dict[str, Result]:
    """Read every gold file, with all exact repairs accepted."""
    found = {}
    for gold in GOLD:
        folder = tmp_path_factory.mktemp("zlato")
        path = folder / gold.file
        gold.make(path)
        resource = Resource(path.stem, path, path.suffix[1:], path.name)
        rounds = mended(resource, here, folder)
        (original, first), (reading, last) = rounds[0], rounds[-1]
        assert original.ok, [f.note for f in original.findings]
        found[gold.file] = Result(
            *measured(gold, reading),
            list(silent(reading, original, last, reading.resource.recipe)),
            list(silent(original, original, first, ())),
        )
    return found


def test_there_are_enough_gold_files():
    assert len(GOLD) >= 40
    assert len({gold.file for gold in GOLD}) == len(GOLD)


def test_nearly_all_cells_are_what_their_authors_mean(results):
    right = sum(result.right for result in results.values())
    of = sum(result.of for result in results.values())
    wrong = {file: result.wrong for file, result in results.items() if result.wrong}
    assert right / of >= ENOUGH, (right, of, wrong)


@pytest.mark.parametrize("gold", GOLD, ids=str)
def test_no_cell_is_changed_without_a_word(gold, results):
    assert results[gold.file].silent == []


@pytest.mark.parametrize("gold", GOLD, ids=str)
def test_no_cell_is_changed_where_no_repair_is_accepted(gold, results):
    assert results[gold.file].unrepaired == []
