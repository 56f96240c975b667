"""A site whose publisher wants harm, and whose layers are as odd as layers can be."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from datasets import config as configuration
from harvesters import open_sources
from publish.desk import open_desk
from publish.harvests.run import run

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "javascript:alert(3)",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "</script></style></title><svg onload=alert(4)>",
    "' onfocus=alert(5) autofocus='",
    "\u202egnp.exe\u202c ]]> <!-- --> &lt;b&gt;",
    "red;background:url(//evil.example/a)",
    '=HYPERLINK("http://evil.example";"x")',
    "`${alert(6)}` \\u003cscript\\u003e %3Cscript%3E",
)
SHORT = '"><img src=x onerror=alert(9)>'
"""Where a name has few letters."""
CONFIG = {
    "site": {
        "title": f"Напад {PAYLOADS[4]}",
        "title_en": f"Attack {PAYLOADS[4]}",
        "description": f"Опис {PAYLOADS[0]}",
        "description_en": f"Notes {PAYLOADS[0]}",
        "contact": f"a@example.rs?subject={PAYLOADS[1]}",
    },
    "organizations": [
        {
            "name": "napadac",
            "title": f"Општина {PAYLOADS[1]}",
            "title_en": f"Town {PAYLOADS[1]}",
            "description": f"Ми {PAYLOADS[4]} [зло](javascript:alert(1))",
        },
        {"name": "prazan", "title": f"Без података {SHORT}"},
    ],
    "sources": [{"name": "town", "kind": "folder", "path": "data", "organization": "napadac"}],
}
NOTES = (
    "Опис " + "\n\n".join(PAYLOADS) + "\n\n[зло](javascript:alert(1)) ![x](http://evil.example/a)"
)
LETTERLESS = "…!?§ 🙂 —"
LONG = "н" * 100
BIG_BYTES = 10_000_000
EAST = tuple(20.9 + 0.01 * i for i in range(len(PAYLOADS)))


def described(name: str, fields: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A Data Package of one table `data.csv`."""
    resource = {
        "name": name,
        "title": more.pop("resource", name),
        "path": more.pop("path", "data.csv"),
        "schema": {"fields": list(fields), "missingValues": [""]},
    }
    licences = [{"name": "CC-BY-4.0"}]
    return {"name": name, "title": name, "licenses": licences, **more, "resources": [resource]}


def points(*fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a table of points."""
    place = [{"name": name, "type": "number"} for name in ("lat", "lon")]
    return [*fields, *place]


def attack() -> tuple[dict[str, Any], list[list[Any]]]:
    """Payloads wherever a publisher may write words."""
    fields = points(
        {"name": "naziv", "title": f"Назив {PAYLOADS[1]}", "description": PAYLOADS[0]},
        {"name": PAYLOADS[1], "title": PAYLOADS[4], "type": "string"},
        {"name": "vrsta", "title": PAYLOADS[5], "type": "string"},
        {"name": "boja", "title": PAYLOADS[7], "type": "string"},
        {"name": "broj", "title": PAYLOADS[3], "type": "number"},
        {"name": "dan", "title": PAYLOADS[6], "type": "date"},
        {"name": "veza", "title": PAYLOADS[8], "type": "string"},
    )
    rows = [
        [
            word,
            word,
            PAYLOADS[i % 4],
            "url(//evil.example/b)",
            i,
            f"2024-0{1 + i % 9}-01",
            "javascript:alert(7)",
            44.0 + i / 100,
            east,
        ]
        for i, (word, east) in enumerate(zip(PAYLOADS, EAST, strict=True))
    ]
    package = described(
        "napad",
        fields,
        title=f"Скуп {PAYLOADS[1]} {PAYLOADS[4]}",
        title_translated={"en": f"Set {PAYLOADS[1]}"},
        description=NOTES,
        description_translated={"en": NOTES},
        keywords=[PAYLOADS[0], SHORT, "javascript:alert(1)", "{{7*7}}"],
        resource=f"Списак {PAYLOADS[1]}",
        path="<img src=x onerror=alert(8)>.csv",
        contributors=[{"title": SHORT, "role": "author", "path": "javascript:alert(1)"}],
        sources=[{"title": SHORT, "path": "javascript:alert(1)"}],
    )
    return package, rows


def odd() -> Iterable[tuple[dict[str, Any], list[list[Any]]]]:
    """Layers at the edges of what a layer can be."""
    naziv = {"name": "naziv", "type": "string"}
    broj = {"name": "broj", "type": "number"}
    dan = {"name": "dan", "type": "date"}
    yield described("prazno", points(naziv, broj)), []
    yield described("jedan", points(naziv, broj, dan)), [["Сам", 5, "2024-01-01", 44.0, 20.9]]
    nulls = [["", "", "", 44.0 + i / 100, 20.9] for i in range(4)]
    yield described("nista", points(naziv, broj, dan)), nulls
    yield described("bez-koordinata", points(naziv, broj)), [["Негде", 1, "", ""]] * 3
    many = [{"name": f"k{i}", "title": f"Колона {i}", "type": "number"} for i in range(498)]
    wide = [[i * j for j in range(498)] + [44.0 + i / 100, 20.9] for i in range(30)]
    yield described("siroko", points(*many)), wide
    big = [["мали", 1, 44.0, 20.9], ["ж" * (BIG_BYTES // 2), 2, 44.1, 20.9]]
    yield described("golem", points(naziv, broj)), big
    corners = [(90, 0), (-90, 0), (0, 180), (0, -180), (89.9, 179.9), (-89.9, -179.9)]
    world = [[f"Место {i}", i, *corner] for i, corner in enumerate(corners)]
    yield described("polovi", points(naziv, broj)), world
    long = {"name": LONG, "title": LONG.upper(), "type": "string"}
    rows = [[f"{LONG}{i}", 44.0 + i / 100, 20.9] for i in range(3)]
    yield described("n" * 100, points(long), title=LONG * 5), rows
    signs = {"name": "…", "title": "—", "type": "string"}
    rows = [[LETTERLESS, 44.0, 20.9], ["🙂", 44.1, 20.9], ["٣", 44.2, 20.9]]
    yield described("znaci", points(signs), title=LETTERLESS, resource="…"), rows
    bare = [{"name": "naziv", "type": "string"}, {"name": "broj", "type": "number"}]
    yield described("bez-mesta", bare), [[word, i] for i, word in enumerate(PAYLOADS)]


def write(folder: Path) -> Path:
    """Write the site's configuration and data; gives the path of the configuration."""
    for package, rows in (attack(), *odd()):
        into = folder / "data" / str(package["name"])
        into.mkdir(parents=True)
        (into / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
        resource = package["resources"][0]
        with (into / resource["path"]).open("w", encoding="utf-8", newline="") as file:
            names = [field["name"] for field in resource["schema"]["fields"]]
            csv.writer(file).writerows([names, *rows])
    path = folder / "config.yml"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, published: `config.yml`, and its state folder `state`."""
    folder = tmp_path_factory.mktemp("hostile")
    config, document = configuration.load(write(folder))
    desk = open_desk(config, folder / "state")
    for source in open_sources(config, document):
        list(run(source, desk))
    desk.versions.close()
    return folder
