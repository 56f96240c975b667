"""Both ways of judging, compared whole on random schemas, files, dialects and encodings."""

import csv
import io
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from frictionless import FrictionlessException, Package
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from validation.fast import judging, keys, references, text, values
from validation.schemas import BREAKS

POOL = {
    "integer": [
        *("1", "2", "-5", "+7", " 8 ", "1_000", "0x1F", "007", "1.0", "", "abc", "٣", "NA", "-"),
        *("99999999999999999999", "1e3", "12 345", "1.234", "–5", "１２", "9" * 18, "9" * 19),
    ],
    "number": [
        *("1.5", "1,5", "1.234,56", "1 234,5", "-0", "0.0", "1e5", "inf", "NaN", ".5", "5.", "+3"),
        *(" 2.5 ", "1_0.5", "0x1p3", "abc", "", "NA", "100000000000000000000.1", "10", "12 din"),
        *(
            "10.0000000000000001",
            "€5",
            "１.5",
            "infinity",
            "-.5e-3",
            "sNaN",
            "1e999",
            "1.50",
            "1,2,3",
        ),
    ],
    "date": [
        *("2024-01-05", "2024-1-5", "31.12.2020", "31.12.2020.", "2024-02-30", "0000-01-01", ""),
        *("2024-02-29", "2023-02-29", "24-01-01", "NA", "2024/01/05", " 2024-01-05", "2024- 1-5 "),
        *("01/02/2024", "20240105", "٢٠٢٤-01-05", "1.2.2024", "05.10.2021", "5.10.2021"),
    ],
    "datetime": [
        *(
            "2024-01-05T10:20:30",
            "2024-01-05 10:20:30",
            "2024-01-05T24:00:00",
            "2024-13-05T10:20:30",
        ),
        *("2024-01-05T10:20:60", "2024-01-05T10:20:30Z", "2024-01-05T10:20", "", "20240105102030"),
        *(
            "2024- 1-05T10:20:30",
            "2024-01-05T10:20:30.123",
            "2024-01-05T10:20:30+01:00",
            "05.10.2021 10:20",
        ),
    ],
    "boolean": ["true", "false", "True", "1", "0", "DA", "da", "ne", "", "NA", "TRUE ", "yes"],
    "string": [
        *(
            "a",
            "b",
            "xb",
            "č",
            "Ж",
            "đak",
            "",
            "NA",
            " ",
            "a,b",
            "x;y",
            'he said "hi"',
            "multi\nline",
        ),
        *(
            "crlf\r\nin",
            "tab\there",
            "'q'",
            "-",
            "abc123",
            "Ä‡",
            "a\u00a0b",
            "🙂",
            "123/4",
            "x" * 16,
        ),
        *("#c", "ivan@grad.rs", "IVAN@grad.rs", "a@b", "http://grad.rs/a", "http://", "a\n"),
        *("123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000"),
    ],
    "time": ["10:20:30", "10:20", "25:00:00", "", "abc", "10:20:30Z", "102030"],
    "year": ["2024", "24", "abcd", "", "-024", "20 4"],
    "yearmonth": ["2024-01", "2024-13", "2024-1", "", "x"],
    "geopoint": ["20.4,44.8", "44.8", "200,10", "", "x,y", "10, 20", "NaN,1", "sNaN,1"],
    "any": ["x", "", "1"],
    "array": ["[1,2]", "[", "", "{}"],
    "object": ['{"a":1}', "[]", ""],
    "duration": ["P1Y", "x", ""],
    "geojson": ['{"type":"Point","coordinates":[1,2]}', "{}", ""],
}
FORMATS = {
    "date": ["default", "%d.%m.%Y", "%d.%m.%Y.", "any", "%d/%m/%Y", "%Y-%m-%d", "%Y%m%d", "%d.%m."],
    "datetime": ["default", "any", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%Y%m%d%H%M%S"],
    "time": ["default", "%H:%M", "%H%M%S", "any"],
    "string": ["default", "email", "uri", "uuid"],
    "geopoint": ["default", "array"],
}
LOWEST = {"%d.%m.%Y": "01.01.2000", "%d.%m.%Y.": "01.01.2000.", "%d/%m/%Y": "01/01/2000"}
PATTERNS = [
    *("[0-9]+/[0-9]+", "a|b", "[a-zčćžšđ]+", r"\w+", ".*", "[^,]*", "x{2,}", r"\d+.*", r"(?i)A|B"),
    *(r"[\d/]+", r"\S+", "^a", r"(a)\1?", "[^a]", r"a\b", "(?:ab?c?)*[0-9]*", "x{201}"),
]
BROKEN = ['"broken,x\n', 'a"b,c\n', '"a"b,c\n', "x\0y\n", "\n\n", '""\n']
FIELD_NAMES = "abcdef"


@st.composite
def fields(draw: Any, name: str) -> dict[str, Any]:
    usual = ["string", "integer", "number", "date", "datetime"]
    kind = draw(st.sampled_from([*usual * 4, *POOL]))
    field: dict[str, Any] = {"name": name, "type": kind}
    if kind in FORMATS and draw(st.booleans()):
        field["format"] = draw(st.sampled_from(FORMATS[kind]))
    rules = draw(st.fixed_dictionaries({}, optional=_rules(field)))
    if draw(st.integers(0, 3)) == 0 and kind not in ("array", "object", "geojson"):
        rules["unique"] = True
    if kind == "number":
        field |= draw(st.sampled_from([{}, {"decimalChar": ","}, {"groupChar": ","}]))
        if "decimalChar" in field and draw(st.booleans()):
            field["groupChar"] = draw(st.sampled_from([".", " "]))
        field |= draw(st.sampled_from([{}, {}, {"floatNumber": True}]))
    if kind in ("integer", "number"):
        field |= draw(st.sampled_from([{}, {}, {"bareNumber": False}]))
    if kind == "boolean" and draw(st.booleans()):
        field |= {"trueValues": ["DA", "da", "true"], "falseValues": ["NE", "ne", "false"]}
    lists = [["", "NA"], ["-"], ["NA", "-", "", " "], ["1"], []]
    field |= draw(st.sampled_from([{}, {}, {}, {"missingValues": draw(st.sampled_from(lists))}]))
    return field | ({"constraints": rules} if rules else {})


def _rules(field: dict[str, Any]) -> dict[str, st.SearchStrategy[Any]]:
    rules: dict[str, st.SearchStrategy[Any]] = {"required": st.booleans()}
    match field["type"]:
        case "integer":
            rules["minimum"] = st.sampled_from([0, 1, "2", -5, 10**20])
            rules["maximum"] = st.sampled_from([5, 10**20, "100"])
            rules["enum"] = st.just(["1", "2", "8"])
        case "number":
            rules["minimum"] = st.sampled_from([0, 1.5, -1])
            rules["exclusiveMaximum"] = st.sampled_from([10, 1000])
        case "date":
            rules["minimum"] = st.just(LOWEST.get(field.get("format", ""), "2000-01-01"))
        case "datetime" if field.get("format", "default") == "default":
            lowest = ["2024-01-05T10:20:30", "2024-01-05T10:20:30.5", "2024-01-05T10:20:30Z"]
            rules["exclusiveMinimum"] = st.sampled_from(lowest)
        case "string":
            rules["pattern"] = st.sampled_from(PATTERNS)
            rules["enum"] = st.just(["a", "b", "č", "NA"])
            rules["minLength"], rules["maxLength"] = st.sampled_from([1, 2]), st.just(5)
    return rules


@st.composite
def schemas(draw: Any) -> dict[str, Any]:
    count = draw(st.integers(1, len(FIELD_NAMES)))
    schema: dict[str, Any] = {"fields": [draw(fields(name)) for name in FIELD_NAMES[:count]]}
    names = st.sampled_from(FIELD_NAMES[:count])
    if draw(st.booleans()):
        schema["primaryKey"] = draw(st.lists(names, min_size=1, max_size=2, unique=True))
    if draw(st.integers(0, 2)) == 0:
        schema["missingValues"] = ["", "NA"]
    if draw(st.integers(0, 2)) == 0:
        ways = ["equal", "subset", "superset", "partial", "exact"]
        schema["fieldsMatch"] = draw(st.sampled_from(ways))
    if draw(st.integers(0, 2)) == 0:
        reference = draw(st.sampled_from(["ref", "ref", "", "t"]))
        column = draw(st.sampled_from(["id", "number"])) if reference == "ref" else draw(names)
        key = {"fields": [draw(names)], "reference": {"resource": reference, "fields": [column]}}
        schema["foreignKeys"] = [key]
    return schema


DIALECTS = st.fixed_dictionaries(
    {},
    optional={
        "skipBlankRows": st.sampled_from([True, False, False]),
        "headerRows": st.sampled_from([[1], [1], [1, 2], [2]]),
        "header": st.sampled_from([True, True, False]),
        "headerCase": st.sampled_from([True, True, False]),
        "commentChar": st.just("#"),
    },
)


def cell(r: random.Random, kind: str, spread: int) -> str:
    if r.random() < 0.8:
        match kind:
            case "integer":
                return str(r.randrange(spread))
            case "number":
                return f"{r.random() * spread:.2f}"
            case "date":
                return f"20{r.randrange(30):02}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
            case "string":
                number = str(r.randrange(spread))
                return r.choice(["ulica %d", "%d/3", "a", "ivan%d@grad.rs"]).replace("%d", number)
    return r.choice(POOL[kind])


def header(r: random.Random, names: list[str]) -> list[str]:
    labels = list(names)
    match r.randrange(20):
        case 0:
            labels[0] = "wrong"
        case 1:
            labels = labels[:-1] or labels
        case 2:
            labels.append("extra")
        case 3 if len(names) > 1:
            labels[1] = labels[0]
        case 4:
            labels[-1] = ""
        case 5:
            r.shuffle(labels)
    return labels


def table(r: random.Random, schema: dict[str, Any], encoding: str, delimiter: str) -> bytes:
    """A CSV with ragged, blank, broken and badly encoded rows."""
    spread, newline = r.choice([5, 100, 10**6]), r.choice(["\n", "\r\n"] * 6 + ["\r"])
    made = io.StringIO(newline="")
    quoting = r.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    out = csv.writer(made, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    out.writerow(header(r, [field["name"] for field in schema["fields"]]))
    if newline == "\r" and r.random() < 0.8:
        newline = "\n"
    for _ in range(r.choice([0, 1, 5, 40, 40, 150, 150])):
        row = [cell(r, field["type"], spread) for field in schema["fields"]]
        match r.randrange(100):
            case 0 | 1:
                row = row[:-1]
            case 2 | 3:
                row = row + ["ex", "tra"][: r.randint(1, 2)]
            case 4:
                row = [""] * len(row)
            case 5:
                row = []
            case 6:
                row = [""]
        if row:
            out.writerow(row)
        else:
            made.write(newline)
        if r.random() < 0.002:
            made.write(r.choice(BROKEN))
    whole = made.getvalue()
    if r.random() < 0.2:
        whole = whole.rstrip("\r\n")
    raw = whole.encode(encoding, "replace")
    if r.random() < 0.02 and len(raw) > 20:
        at = r.randrange(len(raw))
        raw = raw[:at] + b"\xff\xfe\x81" + raw[at:]
    return raw


@st.composite
def cases(draw: Any) -> tuple[dict[str, Any], bytes, int]:
    """A package of a table and one that it may refer to, the table's bytes, a limit of errors."""
    schema = draw(schemas())
    usual = ["utf-8", "utf-8", "utf-8", "utf-8-sig"]
    encoding = draw(st.sampled_from([*usual, "cp1250", "cp1251", "utf-16", "iso8859-2", "ascii"]))
    delimiter = draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    # Drawn numbers are often 0; with the schema in it, the seed is another each time.
    seed = f"{draw(st.integers(0, 2**32))} {json.dumps(schema)} {encoding}"
    raw = table(random.Random(seed), schema, encoding, delimiter)
    ending = draw(st.sampled_from(["csv", "csv", "csv", "tsv"]))
    resource: dict[str, Any] = {"name": "t", "path": f"t.{ending}", "schema": schema}
    resource |= draw(st.sampled_from([{}, {"encoding": encoding}]))
    dialect = draw(DIALECTS) if draw(st.booleans()) else {}
    if draw(st.integers(0, 3)):
        dialect.pop("commentChar", None)
    if draw(st.booleans()):
        dialect["csv"] = {"delimiter": delimiter}
    known = {
        "name": "ref",
        "path": "ref.csv",
        "schema": {
            "fields": [{"name": "id", "type": "string"}, {"name": "number", "type": "integer"}]
        },
    }
    resource |= {"dialect": dialect} if dialect else {}
    return {"resources": [resource, known]}, raw, draw(st.sampled_from([1000, 100_000, 7]))


def outcome(folder: Path, package: dict[str, Any], limit: int, *, fast: bool) -> tuple[Any, str]:
    """Everything that a report says but its `seconds`, and which way it was made."""
    said = json.loads(json.dumps(package))
    try:
        resource = Package.from_descriptor(said, basepath=str(folder)).get_resource("t")
        way = ""
        if fast:
            report, way = judging.validate(resource, limit_errors=limit)
        else:
            report = resource.validate(limit_errors=limit)
    except (FrictionlessException, AssertionError, *BREAKS) as error:  # both must fail alike
        return (type(error).__name__, str(error)[:200]), "raises"
    made = report.to_descriptor()
    for stats in (made["stats"], *(task["stats"] for task in made["tasks"])):
        stats.pop("seconds")
    return made, way


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first tier work on tables of a few rows, in parts of a few bytes."""
    monkeypatch.setattr(judging, "HEAD", 3)
    monkeypatch.setattr(judging, "LEAST_CELLS", -(10**9))
    monkeypatch.setattr(judging, "WORTH", 10**9)
    monkeypatch.setattr(text, "BLOCK_BYTES", 3000)
    monkeypatch.setattr(keys, "AT_ONCE", 20)
    monkeypatch.setattr(keys, "READ_AT_ONCE", 7)
    monkeypatch.setattr(references, "LEAST_BYTES", 0)
    monkeypatch.setattr(values, "MOST_RARE", 1000)


def compared(folder: Path, case: tuple[dict[str, Any], bytes, int]) -> tuple[str, int]:
    package, raw, limit = case
    (folder / package["resources"][0]["path"]).write_bytes(raw)
    known = "id,number\n1,1\n2, 2\na,100\n5,x\nč,7\nulica 3,\nulica 4\n,3\n"
    (folder / "ref.csv").write_text(known, encoding="utf-8")
    theirs, _ = outcome(folder, package, limit, fast=False)
    ours, way = outcome(folder, package, limit, fast=True)
    assert ours == theirs, json.dumps([package, raw.decode("latin-1"), limit])
    return way, len(theirs["tasks"][0]["errors"]) if isinstance(theirs, dict) else 0


SLOW = list(HealthCheck)


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW, database=None)
@given(case=cases())
def test_the_report_is_that_of_frictionless(eager, tmp_path, case):
    compared(tmp_path, case)


@pytest.mark.long
def test_the_report_is_that_of_frictionless_in_thousands_of_cases(eager, tmp_path):
    ways: Counter[str] = Counter()
    errors = 0

    @settings(max_examples=6000, deadline=None, suppress_health_check=SLOW, database=None)
    @given(case=cases())
    def each(case):
        nonlocal errors
        way, more = compared(tmp_path, case)
        ways[way.partition(":")[0]] += 1
        errors += more

    each()
    assert ways["rows that are not proved clean"] > sum(ways.values()) / 4
    assert errors > 50_000
