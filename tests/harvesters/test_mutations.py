"""Answers that were cut, bent and swapped at random: a harvest ends with records or a reason.

The chances are seeded, so that a failure comes again; `make test-long` tries many more.
"""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.harvesters.played import outcome
from tests.upstream import PAGE, Asked, Reply

BOX = {"type": "Polygon", "coordinates": [[[19, 44], [20, 44], [20, 45], [19, 44]]]}
PLACE = {"type": "Point", "coordinates": [19.7, 44.7]}
CKAN = {
    "id": "a-1",
    "name": "drvece",
    "title": "Дрвеће",
    "notes": "Стабла",
    "metadata_modified": "2024-01-02T03:04:05",
    "license_id": "cc-by",
    "tags": [{"name": "паркови"}],
    "organization": {"name": "grad", "title": "Град"},
    "extras": [{"key": "spatial", "value": json.dumps(BOX)}, {"key": "a", "value": "b"}],
    "resources": [
        {
            "id": "r-1",
            "name": "Стабла",
            "url": "https://a.rs/a.csv",
            "format": "CSV",
            "size": 12,
            "hash": "a" * 32,
            "mimetype": "text/csv",
            "last_modified": "2024-01-02",
        }
    ],
}
UDATA = {
    "id": "5e",
    "slug": "drvece",
    "title": "Дрвеће",
    "description": "<p>Стабла</p>",
    "tags": ["паркови"],
    "license": "cc-by",
    "frequency": "monthly",
    "temporal_coverage": {"start": "2020-01-01", "end": "2021-01-01"},
    "spatial": {"geom": BOX},
    "page": "https://a.rs/d/5e",
    "extras": {"a": "b"},
    "harvest": {"remote_url": "https://b.rs"},
    "archived": None,
    "deleted": None,
    "private": False,
    "last_modified": "2024-01-02T03:04:05",
    "organization": {"id": "7", "name": "Град", "slug": "grad"},
    "resources": [
        {
            "id": "r-1",
            "title": "Стабла",
            "url": "https://a.rs/a.csv",
            "latest": "https://a.rs/r/1",
            "filetype": "file",
            "type": "main",
            "format": "csv",
            "mime": "text/csv",
            "filesize": 12,
            "checksum": {"type": "sha1", "value": "a" * 40},
        }
    ],
}
DATA_JSON = {
    "identifier": "d-1",
    "title": "Дрвеће",
    "description": "Стабла",
    "accessLevel": "public",
    "keyword": ["паркови"],
    "modified": "2024-01-02",
    "accrualPeriodicity": "R/P1Y",
    "spatial": "19,44,20,45",
    "temporal": "2020-01-01/2021-01-01",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "publisher": {"name": "Град", "subOrganizationOf": {"name": "Земља"}},
    "landingPage": "https://a.rs/d",
    "references": ["https://a.rs/r"],
    "distribution": [
        {"downloadURL": "https://a.rs/a.csv", "mediaType": "text/csv", "title": "Стабла"},
        {"accessURL": "https://a.rs/wms", "format": "WMS"},
    ],
}
ODS = {
    "dataset_id": "drvece",
    "has_records": True,
    "features": ["geo"],
    "fields": [{"name": "vrsta", "type": "text"}, {"name": "mesto", "type": "geo_point_2d"}],
    "attachments": [{"id": "a", "title": "А", "mimetype": "application/pdf", "url": "odsfile://a"}],
    "alternative_exports": [{"id": "b", "title": "Б", "url": "https://a.rs/b.zip"}],
    "metas": {
        "default": {
            "title": "Дрвеће",
            "description": "<p>Стабла</p>",
            "keyword": ["паркови"],
            "theme": ["Природа"],
            "license": "CC BY",
            "license_url": "https://creativecommons.org/licenses/by/4.0/",
            "modified": "2024-01-02T03:04:05+00:00",
            "publisher": "Град",
            "geographic_reference": ["rs"],
            "bbox": BOX,
        }
    },
}
SOCRATA = {
    "resource": {
        "id": "aaaa-0001",
        "name": "Дрвеће",
        "description": "Стабла",
        "type": "dataset",
        "updatedAt": "2024-01-02T03:04:05.000Z",
        "columns_field_name": ["vrsta", "mesto"],
        "columns_datatype": ["Text", "Point"],
        "columns_name": ["Врста", "Место"],
        "attribution": "Град",
        "attribution_link": "https://a.rs",
    },
    "classification": {"categories": ["a"], "tags": ["b"], "domain_tags": ["паркови"]},
    "metadata": {"domain": "a.rs", "license": "CC BY"},
    "permalink": "https://a.rs/d/aaaa-0001",
    "link": "https://a.rs/x",
    "owner": {"display_name": "Град"},
}
FEATURE = {"type": "Feature", "id": "1", "geometry": PLACE, "properties": {"vrsta": "липа"}}
COLLECTION = {
    "id": "drvece",
    "title": "Дрвеће",
    "description": "Стабла",
    "keywords": ["паркови"],
    "extent": {"spatial": {"bbox": [[19, 44, 20, 45]]}, "temporal": {"interval": [[None, None]]}},
    "links": [{"rel": "items", "type": "application/geo+json", "href": "/x/drvece/items"}],
}
RECORD = {
    "type": "Feature",
    "id": "z-1",
    "time": {"interval": ["2020-01-01", ".."]},
    "geometry": BOX,
    "properties": {
        "title": "Дрвеће",
        "description": "Стабла",
        "keywords": ["паркови"],
        "themes": [{"concepts": [{"id": "a"}], "scheme": "https://a.rs/s"}],
        "language": {"code": "sr"},
        "license": "CC-BY-4.0",
        "updated": "2024-01-02T03:04:05Z",
        "contacts": [
            {
                "organization": "Град",
                "roles": ["publisher"],
                "emails": [{"value": "info@a.rs"}],
            }
        ],
    },
    "links": [{"rel": "enclosure", "href": "https://a.rs/a.csv", "type": "text/csv", "length": 9}],
}
THING = {
    "@iot.id": 1,
    "name": "Мост",
    "description": "На реци",
    "Locations": [{"name": "Мост", "location": PLACE}],
}
STREAM = {
    "@iot.id": 2,
    "name": "Водостај",
    "unitOfMeasurement": {"name": "cm", "symbol": "cm"},
    "ObservedProperty": {"name": "Водостај"},
    "Thing": THING,
    "Observations": [{"phenomenonTime": "2024-01-02T03:04:05Z", "result": 112.5}],
}
LAYER = {
    "id": 0,
    "name": "Дрвеће",
    "type": "Feature Layer",
    "geometryType": "esriGeometryPoint",
    "description": "Стабла",
    "objectIdField": "OBJECTID",
    "fields": [
        {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"},
        {"name": "SADJENO", "type": "esriFieldTypeDate", "alias": "Сађено"},
        {
            "name": "STANJE",
            "type": "esriFieldTypeSmallInteger",
            "domain": {"type": "codedValue", "codedValues": [{"name": "суво", "code": 2}]},
        },
    ],
    "extent": {"xmin": 19, "ymin": 44, "xmax": 20, "ymax": 45, "spatialReference": {"wkid": 4326}},
    "maxRecordCount": 10,
    "capabilities": "Query",
    "advancedQueryCapabilities": {"supportsPagination": True},
    "editingInfo": {"lastEditDate": 1600000000000},
}
ROWS = {
    "count": 1,
    "objectIdFieldName": "OBJECTID",
    "objectIds": [1],
    "spatialReference": {"wkid": 4326},
    "features": [
        {
            "attributes": {"OBJECTID": 1, "SADJENO": 1600000000000, "STANJE": 2},
            "geometry": {"x": 19.7, "y": 44.7},
        }
    ],
}
# By kind: the documents that a small server of it answers, by the end of their paths.
SERVERS: dict[str, dict[str, Any]] = {
    "arcgis": {
        "/query": ROWS,
        "/FeatureServer": {"layers": [{"id": 0, "name": "Дрвеће"}], "tables": []},
        "/0": LAYER,
    },
    "ckan": {"/package_search": {"success": True, "result": {"count": 1, "results": [CKAN]}}},
    "datajson": {"/x": {"conformsTo": "https://a.rs", "dataset": [DATA_JSON]}},
    "ogc_features": {
        "/items": {"type": "FeatureCollection", "features": [FEATURE], "numberMatched": 1},
        "/x": {"collections": [COLLECTION], "links": []},
    },
    "ogc_records": {
        "/items": {"type": "FeatureCollection", "features": [RECORD], "numberMatched": 1},
        "/x": {"collections": [COLLECTION | {"itemType": "record"}], "links": []},
    },
    "opendatasoft": {"/datasets": {"total_count": 1, "results": [ODS]}},
    "sensorthings": {
        "/x": {"value": [{"name": "Things", "url": "a"}, {"name": "Datastreams", "url": "b"}]},
        "/Things": {"value": [THING]},
        "/Datastreams": {"value": [STREAM]},
    },
    "socrata": {
        "/v1": {"results": [SOCRATA], "resultSetSize": 1},
        ".geojson": {"type": "FeatureCollection", "features": [FEATURE]},
    },
    "udata": {"/datasets/": {"data": [UDATA], "next_page": None, "total": 1}},
}
ODD = (
    "null", "[]", "{}", '""', "-1", "0", "true", "1e400", "NaN", "-Infinity", "9" * 400,
    '"\\ud800"', '"a\\u0000b"', f'"{"ш" * 100_000}"', "[" * 200_000 + "]" * 200_000,
    '{"a":' * 2_000 + "1" + "}" * 2_000, '"99999-13-45T25:61:61Z"', '"0000-00-00"',
    "[20, 45, 19, 44]", "[1e400, null, 0, -1e308]", '[[["x"]], {"a": null}]', "[[], [[]]]",
    '"http://[::1"', '"http://a.rs:99999999/"', '"javascript:alert(1)"', '"file:///etc/passwd"',
    '"http://user:secret@a.rs/?token=1"', '{"@id": {}}', '[null, 1, "", {}]', "1e18", "0.1",
    '"<b>&#55296;</b>"', '"\\u202e\\u200b"', '"/../.."', '{"": "", "sr": {"en": []}}',
)  # fmt: skip
HOLE = "\ue000"
PICKED, PICKED_LONG = 90, 1_500  # of the ways to bend the answers of one kind


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values of a document."""
    yield way
    inside: Any = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    for key, each in inside:
        yield from places(each, (*way, key))


def bent(document: Any, way: tuple[Any, ...], token: str) -> bytes:
    """The document with something odd at a place; without what is there where it is nothing."""
    made = {"": json.loads(json.dumps(document))}
    above: Any = made
    *before, last = ("", *way)
    for key in before:
        above = above[key]
    if token:
        above[last] = HOLE
    else:
        del above[last]
    whole = json.dumps(made.get("", {}), ensure_ascii=False)
    return whole.replace(f'"{HOLE}"', token).encode()


def broken(body: bytes, chance: random.Random) -> bytes:
    """Bytes that came otherwise than they were sent."""
    place = chance.randrange(len(body) + 1)
    ways: list[Callable[[], bytes]] = [
        lambda: body[:place],
        lambda: body[place:],
        lambda: body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :],
        lambda: body[:place] + b"\0" + body[place:],
        lambda: body + body,
        lambda: b"\xef\xbb\xbf" + body,
        lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + body.replace(b"\n", b"\r\n"),
        lambda: body.decode("utf-8", "replace").encode("utf-16"),
        lambda: body.decode("utf-8", "replace").encode("cp1251", "replace"),
        lambda: gzip.compress(body),
        lambda: PAGE,
        lambda: b"",
        lambda: b" \n",
        lambda: b"callback(" + body + b");",
    ]
    return chance.choice(ways)()


def of(server: dict[str, bytes]) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        found = next((body for end, body in server.items() if asked.path.endswith(end)), None)
        return Reply(b"", 404) if found is None else Reply(found)

    return answer


def cases(kind: str, picked: int) -> Iterator[tuple[dict[str, bytes], str]]:
    """Servers of which one answer is bent, and what was done to it."""
    whole = {
        end: json.dumps(said, ensure_ascii=False).encode() for end, said in SERVERS[kind].items()
    }
    ways = [
        (end, way, token)
        for end, said in SERVERS[kind].items()
        for way in places(said)
        for token in ("", *ODD)
    ]
    chance = random.Random(f"{kind} 2026")
    for end, way, token in chance.sample(ways, min(picked, len(ways))):
        body = bent(SERVERS[kind][end], way, token)
        yield whole | {end: body}, f"{end} {way} {token[:60]}"
    for number in range(picked // 3):
        end = chance.choice(list(whole))
        yield whole | {end: broken(whole[end], chance)}, f"{end} broken {number}"


@pytest.mark.parametrize("kind", sorted(SERVERS))
def test_a_server_as_it_should_be_is_harvested(upstream, kind):
    server = {end: json.dumps(said).encode() for end, said in SERVERS[kind].items()}
    records, _ = outcome(kind, upstream, of(server))
    assert len(records) == 1
    assert not records[0].findings


def tried(kind: str, upstream: Any, picked: int) -> None:
    failed = []
    for server, what in cases(kind, picked):
        try:
            outcome(kind, upstream, of(server))
        except Exception as error:
            error.add_note(f"{kind}: {what}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("answers that are not borne", failed)


@pytest.mark.parametrize("kind", sorted(SERVERS))
def test_odd_values_and_broken_bytes_end_with_records_or_a_reason(upstream, kind):
    tried(kind, upstream, PICKED)


@pytest.mark.long
@pytest.mark.parametrize("kind", sorted(SERVERS))
def test_many_odd_values_end_with_records_or_a_reason(upstream, kind):
    tried(kind, upstream, PICKED_LONG)
