"""Packages as nobody should write them, one that is well described, and a judge of documents."""

import functools
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyshacl
from rdflib import Graph

from publish.dcat import Syntax

SITE_URL = "https://podaci.example.rs"
PARSED = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "n3": "n3", "jsonld": "json-ld"}
"""The name under which rdflib reads what has an ending."""

BREAKS_OUT = '" . <https://evil.example/s> <https://evil.example/p> <https://evil.example/o> . "'
MARKUP = "</script><script>alert(1)</script><!-- ]]> --> &amp; <rdf:Description/>"
CONTROL = "a\x01\x0b\x1f\x7f\u2028\u202e\ufffe\r\nb\tc\\n\\"
SPATIAL = {"type": "Point", "coordinates": [21.9, 43.3]}
WHOLE = {
    "name": "drvece",
    "title": "Дрвеће у граду",
    "notes": "Свако **дрво**.\n\nСа врстом и висином.",
    "version": "3",
    "url": "https://nis.example/drvece",
    "license_id": "cc-by",
    "maintainer": "Служба за зеленило",
    "maintainer_email": "zelenilo@nis.example",
    "tags": [{"name": "екологија"}, {"name": "drveće"}],
    "resources": [
        {
            "url": "/data/drvece/files/drvece.csv",
            "name": "Попис дрвећа",
            "description": "Сва стабла",
            "format": "CSV",
            "mimetype": "text/csv",
            "size": 1234,
            "hash": "AB" * 32,
            "resource_type": "file",
        },
        {
            "url": "/ogc/collections/drvece",
            "name": "OGC API – Features: drvece",
            "format": "OGC API - Features",
            "resource_type": "api",
        },
    ],
    "extras": [
        {"key": key, "value": value}
        for key, value in {
            "title_translated": json.dumps({"en": "City trees"}),
            "spatial": json.dumps(SPATIAL),
            "spatial_uri": "http://publications.europa.eu/resource/authority/country/SRB",
            "temporal_start": "2020",
            "temporal_end": "2025-12-31",
            "frequency": "годишње",
            "language": "sr",
            "conforms_to": "https://inspire.ec.europa.eu/schemas/",
            "version_notes": "Додата висина",
            "provenance": "Снимљено на терену",
            "harvest_source_url": "https://gis.example.rs/zapis/7",
            "harvest_fetched": "2026-03-01T02:10:00.000000",
            "hvd_category": '["http://data.europa.eu/bna/c_ac64a52d"]',
        }.items()
    ],
}
ODD: Mapping[str, Mapping[str, Any]] = {
    "nothing": {},
    "no-resources": {"title": "Празно", "resources": []},
    "empty-resource": {"resources": [{}]},
    "markup": {"title": MARKUP, "notes": MARKUP, "author": MARKUP, "version": MARKUP},
    "breaks-out": {"title": BREAKS_OUT, "notes": BREAKS_OUT, "license_id": BREAKS_OUT},
    "breaks-out-of-an-address": {
        "url": f"https://x.rs/> . {BREAKS_OUT}",
        "resources": [{"url": f"https://x.rs/a b'\"<>{{}}|\\^`{BREAKS_OUT}", "format": BREAKS_OUT}],
    },
    "control-characters": {"title": CONTROL, "notes": CONTROL, "resources": [{"name": CONTROL}]},
    "only-control-characters": {"title": "\x01\x02", "notes": "\x03"},
    "foreign-schemes": {
        "url": "javascript:alert(1)",
        "resources": [
            {"url": url}
            for url in (
                "javascript:alert(1)",
                "data:text/html,x",
                "file:///etc/passwd",
                "http://",
                "x",
            )
        ],
    },
    "not-ascii": {
        "resources": [
            {"url": "https://пример.срб/подаци о граду.csv?упит=ж#део"},
            {"url": "https://user:secret@x.rs:8080/%zz/%C5%A1#a#b"},
            {"url": "https://[::1"},
            {"url": "https://[2001:db8::1]/x.csv"},
        ]
    },
    "no-dates": {
        "extras": {"temporal_start": "јуче", "temporal_end": "2026-02-31", "issued": "0000-00-00"}
    },
    "odd-dates": {"extras": {"temporal_start": "0001-01-01T00:00:00+14:00", "issued": "2026-05"}},
    "no-vocabulary": {
        "license_id": "наша лиценца",
        "extras": {
            "frequency": "кад стигнемо",
            "theme": "ништа",
            "language": "xx",
            "hvd_category": "x",
        },
        "resources": [{"url": "https://x.rs/a", "format": "Наш формат", "mimetype": "није/тип"}],
    },
    "licence-without-address": {
        "license_id": "other-open",
        "resources": [{"url": "http://x.rs/a"}],
    },
    "licence-is-a-dataset": {"license_id": f"{SITE_URL}/dataset/x", "url": f"{SITE_URL}/dataset/x"},
    "odd-area": {"extras": {"spatial": '{"type": "Point", "coordinates": [1e400, 5]}'}},
    "far-area": {"extras": {"spatial": '{"type": "Point", "coordinates": [500, 500]}'}},
    "broken-area": {"extras": {"spatial": '{"type": "Polygon", "coordinates": "x"}'}},
    "area-of-words": {"extras": {"spatial": "Ниш"}},
    "translations": {
        "title": "Наслов",
        "extras": {
            "title_translated": json.dumps(
                {"en": "T", "EN": "x", "sr-Latn": "N", 'x" .': "y", "de": " ", "a" * 50: "z"}
            ),
            "notes_translated": "[" * 10_000,
        },
    },
    "mail": {"maintainer": "<a>", "maintainer_email": "a+b@x-y.rs"},
    "digests": {
        "resources": [
            {"url": f"http://x.rs/{i}.csv", "hash": value}
            for i, value in enumerate(("x" * 64, "md5:" + "0" * 32, "0" * 40, "sha256:", "0"))
        ]
    },
}


def odd_package(name: str) -> dict[str, Any]:
    """One of ODD as package_create takes it."""
    said = dict(ODD[name])
    extras = said.pop("extras", {})
    listed = [{"key": key, "value": value} for key, value in extras.items()]
    return {"name": name, "owner_org": "grad-nis", "extras": listed, **said}


def read(syntax: Syntax | str, text: str) -> Graph:
    """Read a document as another program does."""
    ending = syntax if isinstance(syntax, str) else syntax.ending
    with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):  # rdflib's own
        return Graph().parse(data=text, format=PARSED[ending])


@functools.cache
def shapes() -> Graph:
    """What DCAT-AP asks, beside this file."""
    return Graph().parse(Path(__file__).with_name("shapes.ttl"))


def faults(graph: Graph, *, warnings: bool = False) -> str:
    """What a graph has against DCAT-AP, in words; empty if nothing."""
    ok, _, words = pyshacl.validate(graph, shacl_graph=shapes(), allow_warnings=not warnings)
    return "" if ok else str(words)
