import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import frictionless
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.config import Limits, Validation
from datasets.model import Column, Dataset, Finding, Layer, Link, Resource, Schema, Version
from datasets.text import Text
from validation.checks._plugin import register
from validation.judge import HOLDING, Checks, validate
from validation.messages import said
from validation.reading import Reading, read
from validation.sandbox import Sandbox, Stopped

SERBIA = (18.8, 41.8, 23.1, 46.3)
STATIONS: Schema = {
    "fields": [
        {"name": "id", "type": "integer", "constraints": {"unique": True}},
        {"name": "назив", "type": "string", "constraints": {"required": True}},
        {"name": "отворено", "type": "date", "format": "%d.%m.%Y"},
        {"name": "lat", "type": "number"},
        {"name": "lon", "type": "number"},
    ],
    "primaryKey": "id",
}
GOOD = (
    "id,назив,отворено,lat,lon\n"
    "1,Београд,05.10.2021,44.81,20.46\n"
    "2,Ниш,31.12.2020,43.32,21.90\n"
    "3,Суботица,,46.10,19.67\n"
)


def reading(folder: Path, text: str, schema: Schema, name: str = "stanice") -> Reading:
    """What reading makes of a plain comma CSV in UTF-8."""
    path = folder / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    labels, *rows = [line.split(",") for line in text.splitlines()]
    return of_rows(Resource(name, path, "csv", path.name), folder, labels, rows, schema)


def of_rows(
    resource: Resource,
    folder: Path,
    labels: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    schema: Schema,
    **more: Any,
) -> Reading:
    columns = {
        f"c{i}": pa.array([row[i] if i < len(row) else None for row in rows], pa.string())
        for i in range(len(labels))
    }
    first = more.get("header_row", 1) + 1
    columns["row"] = pa.array(range(first, first + len(rows)), pa.int64())
    geometries = more.pop("geometries", None)
    if geometries is not None:
        columns["geometry"] = pa.array(shapely.to_wkb(geometries).tolist(), pa.binary())
    table = pa.table(columns)
    cells = folder / f"{resource.name}.cells.arrow"
    with pa.OSFile(str(cells), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    understood = {"encoding": "utf-8", "header_row": 1, **more}
    if resource.format == "csv":
        understood["dialect"] = {"csv": {"delimiter": ","}}
    return Reading(
        resource,
        cells,
        folder / f"{resource.name}.table.arrow",
        tuple(labels),
        len(rows),
        schema=schema,
        spatial=geometries is not None,
        **understood,
    )


def layer(folder: Path, geometries: Sequence[Any], crs: str = "OGC:CRS84") -> Reading:
    resource = Resource("sloj", folder / "sloj.gpkg", "gpkg", "sloj.gpkg")
    resource.path.touch()
    rows = [[str(i)] for i, _ in enumerate(geometries, 1)]
    schema = {"fields": [{"name": "број", "type": "integer"}]}
    return of_rows(
        resource, folder, ["број"], rows, schema, header_row=0, geometries=geometries, crs=crs
    )


def dataset(*readings: Reading, findings: tuple[Finding, ...] = ()) -> Dataset:
    resources = tuple(r.resource for r in readings)
    return Dataset("stanice", Text("Станице"), "grad", "demo", "1", resources, findings=findings)


def judged(here: Sandbox, *readings: Reading, **more: Any):
    checks = Checks(extent=more.pop("extent", SERBIA))
    previous = more.pop("previous", None)
    return validate(dataset(*readings, **more), readings, previous, checks, here)


def seen(report) -> list[tuple[str, int | None, str]]:
    return [(f.check, f.row, f.cell) for f in report.findings]


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    report = json.loads(json.dumps(report))
    for stats in (report["stats"], *(task["stats"] for task in report["tasks"])):
        stats.pop("seconds")
    return report


def version(rows: dict[str, int], columns: Sequence[str] = ()) -> Version:
    layers = (
        Layer(
            id="stanice",
            dataset="stanice",
            resource="stanice",
            sha="0" * 64,
            geometry_type="Point",
            features=3,
            bbox_lonlat=None,
            columns=tuple(Column(c, c, "string") for c in columns),
        ),
    )
    return Version(
        dataset="stanice",
        number=1,
        fingerprint="f",
        created="2026-01-01",
        source="demo",
        resources=(),
        layers=layers,
        rows=rows,
        tables={},
        package={},
    )


def arrow(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def test_a_clean_table_gets_a_valid_report_and_its_typed_table(tmp_path, sandbox):
    stations = reading(tmp_path, GOOD, STATIONS)
    report = judged(sandbox, stations)
    assert report.ok
    assert report.findings == ()
    assert report.frictionless["valid"]
    table = arrow(stations.table)
    assert table.column_names == ["id_", "naziv", "otvoreno", "lat", "lon", "__row", "__geometry"]
    assert table.column("naziv").to_pylist() == ["Београд", "Ниш", "Суботица"]
    assert str(table.column("otvoreno").to_pylist()[0]) == "2021-10-05"
    assert table.column("__row").to_pylist() == [2, 3, 4]
    assert shapely.from_wkb(table.column("__geometry")[0].as_py()) == shapely.Point(20.46, 44.81)
    said = json.loads(table.schema.metadata[b"emap"])
    assert said["primary_key"] == ["id_"]
    assert said["geometry_type"] == "Point"
    assert said["columns"][1] == {"name": "naziv", "title": "назив", "type": "string"}


def test_the_demo_faults_are_all_found_with_their_cells(tmp_path, here):
    text = GOOD + "3,,2021-05-10,42.10,16.50\n"
    stations = reading(tmp_path, text, STATIONS)
    report = judged(here, stations)
    assert seen(report) == [
        ("constraint-error", 5, "B5"),
        ("type-error", 5, "C5"),
        ("unique-error", 5, "A5"),
        ("primary-key", 5, ""),
        ("coordinates-outside", 5, ""),
    ]
    assert not report.ok
    assert not report.frictionless["valid"]
    assert not stations.table.exists()


def test_the_report_is_a_frictionless_report_with_our_errors_in_it(tmp_path, here):
    report = judged(here, reading(tmp_path, GOOD + "4,Море,,42.10,16.50\n", STATIONS))
    [task] = report.frictionless["tasks"]
    assert [(e["type"], e["rowNumber"]) for e in task["errors"]] == [("coordinates-outside", 5)]
    assert report.frictionless["stats"]["errors"] == 1
    register()
    assert (
        frictionless.Report.from_descriptor(report.frictionless).tasks[0].errors[0].row_number == 5
    )


def test_a_publishers_table_is_judged_like_the_file(tmp_path, here):
    text = GOOD + "3,,x,44,20\n"
    report = judged(here, reading(tmp_path, text, STATIONS))
    schema = frictionless.Schema.from_descriptor(dict(STATIONS))
    theirs = frictionless.validate("stanice.csv", basepath=str(tmp_path), schema=schema)
    assert timeless(report.frictionless) == timeless(theirs.to_descriptor())


def test_a_spreadsheet_is_judged_by_its_cells_at_their_own_places(tmp_path, here):
    resource = Resource("tabela", tmp_path / "tabela.xlsx", "xlsx", "tabela.xlsx")
    resource.path.touch()
    schema = {
        "fields": [
            {"name": "шифра", "type": "string", "constraints": {"unique": True}},
            {"name": "број", "type": "integer"},
        ]
    }
    rows = [["а", "1"], ["б", "два"], ["а", None]]
    sheet = of_rows(
        resource, tmp_path, ["шифра", "број"], rows, schema, header_row=3, first_column=2
    )
    report = judged(here, sheet)
    assert seen(report) == [("type-error", 5, "C5"), ("unique-error", 6, "B6")]
    assert report.findings[1].values["other"] == "4"
    [task] = report.frictionless["tasks"]
    assert task["place"] == "tabela.xlsx"
    assert "sha256" not in task["stats"]


def test_a_layer_in_metres_is_brought_to_degrees_by_a_named_operation(tmp_path, sandbox):
    belgrade = layer(tmp_path, [shapely.Point(7457718.2, 4962967.6), None], "EPSG:6316")
    report = judged(sandbox, belgrade)
    assert seen(report) == [("geometry-missing", 2, "")]
    assert report.ok
    assert report.frictionless["valid"]
    table = arrow(belgrade.table)
    point = shapely.from_wkb(table.column("__geometry")[0].as_py())
    assert (point.x, point.y) == pytest.approx((20.46, 44.81), abs=1e-6)
    assert table.column("__geometry")[1].as_py() is None
    said = json.loads(table.schema.metadata[b"emap"])
    assert said["crs"] == "EPSG:6316"
    assert "MGI 1901 to SRB-ETRS89 (8)" in said["operation"]


def test_a_layer_without_attributes_is_judged_too(tmp_path, here):
    resource = Resource("sloj", tmp_path / "sloj.gpkg", "gpkg", "sloj.gpkg")
    resource.path.touch()
    bare = of_rows(
        resource,
        tmp_path,
        [],
        [[], []],
        {"fields": []},
        header_row=0,
        geometries=[shapely.Point(20, 44), shapely.Point(0, 0)],
        crs="OGC:CRS84",
    )
    assert seen(judged(here, bare)) == [("null-island", 2, "")]


def test_errors_of_the_crs_come_before_those_of_the_table(tmp_path, here):
    metres = layer(tmp_path, [shapely.Point(7457718.2, 4962967.6)], "")
    bad = dataclasses.replace(metres, schema={"fields": [{"name": "број", "type": "date"}]})
    report = judged(here, bad)
    assert [f.check for f in report.findings] == ["crs-missing", "type-error"]
    assert report.findings[0].values["likely"] == "EPSG:6316"


def test_findings_stand_in_the_order_in_which_they_arose(tmp_path, here):
    stations = reading(tmp_path, GOOD + "4,Море,,42.10,16.50\n", STATIONS)
    stations = dataclasses.replace(stations, findings=(Finding("title-rows", "warning"),))
    report = judged(
        here,
        stations,
        findings=(Finding("file-missing", note="there is no file 'x'"),),
        previous=version({"stanice": 100}),
    )
    assert [f.check for f in report.findings] == [
        "file-missing",
        "title-rows",
        "coordinates-outside",
        "rows-lost",
    ]
    assert [e["note"][:13] for e in report.frictionless["errors"]] == [
        "there is no f",
        "stanice: 100 ",
    ]
    assert report.frictionless["stats"]["errors"] == 3


def test_a_dataset_with_nothing_to_read_is_an_error(here):
    report = judged(here)
    assert [f.check for f in report.findings] == ["nothing-readable"]
    assert not report.ok


@pytest.mark.parametrize(
    "parts",
    [
        {"links": (Link("k", "wms", "https://example.rs/wms"),)},
        {"resources": (Resource("zip", Path("g.zip"), "gtfs", "g.zip", as_is=True),)},
    ],
)
def test_a_dataset_of_links_or_of_files_as_they_are_need_not_be_read(here, parts):
    bare = Dataset("vrtici", Text("Вртићи"), "sabac", "folder", "vrtici", **parts)
    assert validate(bare, [], None, Checks(extent=SERBIA), here).ok


def test_a_resource_that_could_not_be_read_keeps_only_its_own_finding(tmp_path, here):
    resource = Resource("slika", tmp_path / "slika.csv", "csv", "slika.csv")
    unread = Reading(
        resource, tmp_path / "none", tmp_path / "table", findings=(Finding("format-mismatch"),)
    )
    report = judged(here, unread, reading(tmp_path, GOOD, STATIONS))
    assert [f.check for f in report.findings] == ["format-mismatch"]
    assert [task["valid"] for task in report.frictionless["tasks"]] == [True]
    assert not report.frictionless["valid"]


def test_a_dataset_that_lost_more_than_allowed_is_held(tmp_path, here):
    report = judged(here, reading(tmp_path, GOOD, STATIONS), previous=version({"stanice": 5}))
    assert [f.check for f in report.findings] == ["rows-lost"]
    assert {f.check for f in report.of("error")} <= HOLDING
    assert report.findings[0].values["share"] == "40%"


def test_a_pattern_that_table_schema_does_not_have_is_refused(tmp_path, here):
    field = {"name": "id", "type": "string", "constraints": {"pattern": r"(?=\d)\d+"}}
    schema = {"fields": [field, {"name": "број", "type": "integer"}]}
    report = judged(here, reading(tmp_path, "id,број\n1,два\n", schema))
    assert [(f.check, f.field) for f in report.findings] == [
        ("pattern-unsafe", "id"),
        ("type-error", "број"),
    ]


def test_a_foreign_key_looks_into_the_other_resource(tmp_path, here):
    lines = reading(
        tmp_path,
        "linija,stanica\n7,1\n8,9\n",
        {
            "fields": [
                {"name": "linija", "type": "string"},
                {"name": "stanica", "type": "integer"},
            ],
            "foreignKeys": [
                {"fields": "stanica", "reference": {"resource": "stanice", "fields": "id"}}
            ],
        },
        name="linije",
    )
    report = judged(here, lines, reading(tmp_path, GOOD, STATIONS))
    [finding] = report.findings
    assert (finding.check, finding.row, finding.field) == ("foreign-key", 3, "stanica")
    assert finding.values["value"] == "9"
    assert finding.values["reference"] == "stanice"


def test_a_report_of_many_errors_is_cut_and_says_so(tmp_path, here):
    text = "id\n" + "x\n" * 1500
    report = judged(here, reading(tmp_path, text, {"fields": [{"name": "id", "type": "integer"}]}))
    assert len(report.of("error")) == 1000
    assert [f.check for f in report.of("note")] == ["errors-cut"]


def test_a_child_that_is_stopped_is_a_finding(tmp_path, monkeypatch):
    def out_of_time(*_: object, **__: object) -> None:
        raise Stopped("time")

    box = Sandbox(Limits())
    monkeypatch.setattr(box, "run", out_of_time)
    report = judged(box, reading(tmp_path, GOOD, STATIONS))
    assert [f.check for f in report.findings] == ["judge-stopped"]
    assert not report.ok


def test_a_schema_may_narrow_the_extent(tmp_path, here):
    schema = {**STATIONS, "bbox": [19.0, 44.0, 21.0, 47.0]}
    report = judged(here, reading(tmp_path, GOOD, schema))
    assert seen(report) == [("coordinates-outside", 3, "")]


def test_the_checks_come_from_the_configuration():
    checks = Checks.of(Validation(extent=SERBIA, max_loss=0.5))
    assert (checks.extent, checks.max_loss) == (SERBIA, 0.5)
    assert checks.settings.keys() == {"privacy", "references"}


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["id", "date"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELD = st.fixed_dictionaries(
    {"name": st.sampled_from(["id", "a", "b"])},
    optional={
        "type": st.sampled_from(
            ["string", "integer", "number", "date", "array", "list", "geopoint"]
        ),
        "format": JUNK,
        "constraints": JUNK
        | st.dictionaries(st.sampled_from(["minimum", "pattern", "enum", "maxLength"]), JUNK),
        "missingValues": JUNK,
        "trueValues": JUNK,
    },
)
SCHEMA = st.fixed_dictionaries(
    {"fields": JUNK | st.lists(FIELD | JUNK, max_size=3)},
    optional={
        "primaryKey": JUNK,
        "foreignKeys": JUNK,
        "missingValues": JUNK,
        "fieldsMatch": JUNK,
        "bbox": JUNK,
        "$schema": JUNK,
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(schema=SCHEMA)
def test_whatever_stands_in_a_schema_the_judge_answers(tmp_path, here, schema):
    report = judged(here, reading(tmp_path, "id,a,b\n1,2020-01-01,x\n[1],,3\n", schema))
    assert report.ok == report.frictionless["valid"]
    for finding in report.findings:
        assert said(finding, "sr-Latn").what


def test_belgrade_with_its_axes_swapped_is_found(shared, sandbox, tmp_path):
    path = shared / "data/serbia/derived-traps/beograd_swapped_latlon.geojson"
    resource = Resource("beograd", path, "geojson", path.name)
    swapped = Dataset("beograd", Text("Београд"), "grad", "demo", "1", (resource,))
    readings = read(swapped, sandbox, tmp_path)
    report = validate(swapped, readings, None, Checks(SERBIA), sandbox)
    assert {f.check for f in report.findings} == {"coordinates-swapped"}
    assert len(report.findings) == readings[0].rows
