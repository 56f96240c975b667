"""Aggregate: how many points lie in each polygon, and the sum or mean of what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from datasets.model import Column
from datasets.text import ENGLISH, Text
from publish.processes import _inputs
from publish.processes._process import (
    Bounds,
    Given,
    Here,
    Input,
    Made,
    Output,
    Process,
    Published,
    TooMuch,
    Work,
)
from publish.processes._widened import Widened, saved, titles

if TYPE_CHECKING:
    import pyarrow as pa
    from geopandas import GeoDataFrame
    from pandas import Series

MAX_STATISTICS = 20
MAX_POLYGONS = 100_000
FUNCTIONS: Mapping[str, Text] = {
    "sum": Text("збир", {ENGLISH: "sum"}),
    "mean": Text("просек", {ENGLISH: "mean"}),
    "min": Text("најмање", {ENGLISH: "minimum"}),
    "max": Text("највише", {ENGLISH: "maximum"}),
}
COUNT = Text("Број објеката", {ENGLISH: "Number of features"})

type Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Statistic:
    """One number a polygon: a function of a property of the points that lie in it."""

    function: str
    property: str


def statistic(value: Any, _here: Here) -> Statistic:
    """A statistic as {"function": …, "property": …} or `function property`."""
    if isinstance(value, str):
        function, _, name = value.strip().partition(" ")
        value = {"function": function, "property": name.strip()}
    if not isinstance(value, Mapping) or value.keys() != {"function", "property"}:
        raise ValueError('must be {"function": …, "property": …}')
    function, name = str(value["function"]), str(value["property"])
    if function not in FUNCTIONS:
        raise ValueError(f"{function[:80]!r} is not one of {', '.join(FUNCTIONS)}")
    return Statistic(function, name)


class Aggregate(Process):
    """Joins points to the polygons that hold them, by geopandas."""

    title = Text("Тачке по полигонима", {ENGLISH: "Points per polygon"})
    description = Text(
        "Колико тачака лежи у сваком полигону, и збир или просек њихових вредности.",
        {ENGLISH: "How many points lie in each polygon, and sums or means of their values."},
    )
    inputs = (
        _inputs.layer_of(
            "points",
            Text("Тачке", {ENGLISH: "Points"}),
            Text("колекција тачака", {ENGLISH: "a collection of points"}),
        ),
        _inputs.layer_of(
            "polygons",
            Text("Полигони", {ENGLISH: "Polygons"}),
            Text("колекција полигона", {ENGLISH: "a collection of polygons"}),
        ),
        Input(
            "statistics",
            Text("Шта се рачуна", {ENGLISH: "Statistics"}),
            Text(
                "функција и својство тачака, на пример: sum stanovnistvo",
                {ENGLISH: "a function and a property of the points, such as: sum population"},
            ),
            {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["function", "property"],
                        "properties": {
                            "function": {"type": "string", "enum": list(FUNCTIONS)},
                            "property": {"type": "string"},
                        },
                    },
                    {"type": "string"},
                ]
            },
            statistic,
            "text",
            required=False,
            most=MAX_STATISTICS,
            default=(),
        ),
        _inputs.form_of(
            Text("формат полигона", {ENGLISH: "the format of the polygons"}), "geojson", titles
        ),
    )
    outputs = (
        Output(
            "polygons",
            Text("Полигони", {ENGLISH: "Polygons"}),
            Text("са бројем тачака и вредностима", {ENGLISH: "with counts and values"}),
            {"type": "object", "contentMediaType": "application/geo+json"},
        ),
        _inputs.report_of(
            Text(
                "колико тачака је у полигонима, ван њих и без места",
                {ENGLISH: "how many points are in polygons, outside, and without a place"},
            ),
        ),
    )

    def check(self, given: Given, bounds: Bounds) -> None:
        """Look at the kinds of both layers, at their sizes, and at the columns."""
        points, polygons = given["points"], given["polygons"]
        _is_of(points, "points", ("Point", "MultiPoint"))
        _is_of(polygons, "polygons", ("Polygon", "MultiPolygon"))
        for name, layer, most in (
            ("points", points, bounds.features),
            ("polygons", polygons, min(MAX_POLYGONS, bounds.features)),
        ):
            if (there := layer.features.manifest.features) > most:
                raise TooMuch(f"inputs: {name}: {layer.id} has {there} features, more than {most}")
        for each in given["statistics"]:
            _number_of(points, each)

    def run(self, given: Given, work: Work) -> tuple[Made, ...]:
        """Count, and write the polygons."""
        self.check(given, work.bounds)
        wanted: tuple[Statistic, ...] = given["statistics"]
        points = _frame(given["points"], [each.property for each in wanted], work, 0.3)
        polygons = _frame(given["polygons"], ["id"], work, 0.5)
        pairs = holding(points, polygons)
        work.go_on(0.6)
        found = reduced(points, pairs, wanted, len(polygons))
        there = int((~(points.geometry.isna() | points.geometry.is_empty)).sum())
        inside = int(pairs.nunique())
        report = {
            "points": len(points),
            "inside": inside,
            "outside": there - inside,
            "without_place": len(points) - there,
            "polygons": len(polygons),
            "empty_polygons": int((found[:, 0] == 0).sum()),
        }
        widened = _widened(given, work, dict(zip(polygons["id"], found, strict=True)))
        media_type, path = saved(widened, given, work)
        told = work.folder / "report.json"
        told.write_bytes(orjson.dumps(report))
        return Made("polygons", media_type, path), Made("report", "application/json", told)


def holding(points: "GeoDataFrame", polygons: "GeoDataFrame") -> "Series[int]":
    """The numbers of points, each under the number of a polygon in which it lies.

    A point on the border of several lies in the first of them, so that sums stay sums; where
    polygons overlap, it lies in each that holds it.
    """
    import pandas as pd  # noqa: PLC0415 - large

    areas, places = polygons[["geometry"]], points[["geometry"]]
    areas = areas.set_geometry(areas.geometry.make_valid())
    within, touched = (
        areas.sjoin(places, predicate=predicate)["index_right"]
        for predicate in ("contains_properly", "intersects")
    )
    bordering = touched[~touched.isin(within)]
    first = bordering.sort_index(kind="stable").drop_duplicates()
    pairs: Series[int] = pd.concat((within, first))
    return pairs


def reduced(
    points: "GeoDataFrame", pairs: "Series[int]", wanted: Sequence[Statistic], polygons: int
) -> Numbers:
    """A row a polygon: how many points it holds, and each statistic of the values they have.

    It is NaN where no point has a value.
    """
    values = points.take(pairs.to_numpy()).set_axis(pairs.index)
    groups, each_polygon = values.groupby(level=0), range(polygons)
    found = [groups.size().reindex(each_polygon, fill_value=0)]
    for each in wanted:
        column = groups[each.property]
        number = column.sum(min_count=1) if each.function == "sum" else column.agg(each.function)
        found.append(number.reindex(each_polygon))
    return np.stack(found, axis=1).astype(np.float64)


def _is_of(layer: Published, name: str, kinds: tuple[str, ...]) -> None:
    kind = layer.features.manifest.geometry_type
    if kind not in kinds:
        raise ValueError(f"inputs: {name}: {layer.id} has {kind}, not {' or '.join(kinds)}")


def _number_of(layer: Published, each: Statistic) -> Column:
    """The column of a statistic; raises ValueError for none, or one without numbers."""
    columns = {c.name: c for c in layer.features.manifest.columns}
    numbers = [name for name, column in columns.items() if column.type in ("integer", "number")]
    if each.property not in numbers:
        there = ", ".join(numbers) or "none"
        raise ValueError(
            f"inputs: statistics: {layer.id} has no numbers {each.property[:80]!r}; it has {there}"
        )
    return columns[each.property]


def _frame(layer: Published, names: Sequence[str], work: Work, done: float) -> "GeoDataFrame":
    """The features of a layer: their shapes in degrees, and the columns `names`."""
    import geopandas  # noqa: PLC0415 - pandas is large, and other jobs go without it
    import pandas as pd  # noqa: PLC0415

    parts = []
    for rows in layer.features.rows():
        work.go_on(done)
        parts.append(rows.select([*dict.fromkeys(names), "geometry"]).to_pandas())
    frame = pd.concat(parts, ignore_index=True)
    return geopandas.GeoDataFrame(frame, geometry=geopandas.GeoSeries.from_wkb(frame["geometry"]))


def _widened(given: Given, work: Work, found: Mapping[Any, Numbers]) -> Widened:
    import pyarrow as pa  # noqa: PLC0415 - large

    layer: Published = given["polygons"]
    language, points = work.language, given["points"]
    taken = {column.name for column in layer.features.manifest.columns} | {"id", "geometry"}
    added = [Column(_free("count", taken), COUNT.said(language), "integer")]
    for each in given["statistics"]:
        of = _number_of(points, each)
        title = f"{of.title or of.name} ({FUNCTIONS[each.function].said(language)})"
        added.append(Column(_free(f"{each.function}_{each.property}", taken), title, "number"))

    def values(rows: "pa.Table") -> "list[pa.Array]":
        table = np.array([found[fid] for fid in rows["id"].to_pylist()]).reshape(-1, len(added))
        counts = pa.array(table[:, 0].astype(np.int64))
        return [counts, *(pa.array(table[:, i], from_pandas=True) for i in range(1, len(added)))]

    return Widened(
        features=layer.features,
        language=language,
        title=layer.title.said(language) or layer.id,
        progress=lambda _read: work.go_on(0.8),
        added=tuple(added),
        values=values,
    )


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it where a column has it already."""
    made, number = name, 1
    while made in taken:
        number += 1
        made = f"{name}_{number}"
    taken.add(made)
    return made
