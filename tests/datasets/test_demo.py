"""Facts about the demo data, read with other people's readers."""

import re
from pathlib import Path
from typing import Any

import geopandas
import pytest
import yaml
from frictionless import Package

from datasets import config
from datasets.demo import programmes
from datasets.serbian import is_cyrillic, to_latin
from datasets.text import Text

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "datasets/demo"
DESCRIPTORS = sorted(DEMO.glob("*/*/datapackage.yaml"))
WHOLE = [path for path in DESCRIPTORS if path.parent.name != "javne-cesme"]

# As published, in their order; "Vladimirac" included.
PUBLISHED = {
    "Lokalne e-usluge": "Aleksandrovac, Babušnica, Bela Palanka, Bojnik, Bor, Čačak, Ćuprija,"
    " Dimitrovgrad, Golubac, Ivanjica, Jagodina, Kosjerić, Kragujevac, Kraljevo, Krupanj, Loznica,"
    " Mali Zvornik, Medveđa, Nova Varoš, Novi Pazar, Osečina, Rača, Ražanj, Rekovac, Šabac,"
    " Smederevska Palanka, Sokobanja, Surdulica, Svilajnac, Tutin, Vladimirac, Vlasotince,"
    " Vrnjačka Banja, Žagubica, Zaječar",
    "Otvoreni podaci": "Aleksinac, Aranđelovac, Arilje, Bujanovac, Despotovac, Gornji Milanovac,"
    " Knjaževac, Kruševac, Kuršumlija, Lajkovac, Lebane, Leskovac, Lučani, Mionica, Negotin, Niš,"
    " Paraćin, Petrovac na Mlavi, Požarevac, Priboj, Prokuplje, Raška, Sjenica, Smederevo, Topola,"
    " Trstenik, Užice, Valjevo, Velika Plana, Veliko Gradište",
    "eUprava za sve": "Beočin, Bela Palanka, Čačak, Despotovac, Ćuprija, Kragujevac, Niš, Pirot,"
    " Veliko Gradište, Vranje",
    "Pametni gradovi na klaud infrastrukturi": "Petrovac na Mlavi, Bečej, Šid",
}


def descriptor(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.parent.name}"


def layer(path: str) -> geopandas.GeoDataFrame:
    return geopandas.read_file(DEMO / path)


def degrees(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """WGS 84 by way of SRB_ETRS89, as the rule for EPSG:6316 is."""
    return frame.to_crs(8685).to_crs(4326)


@pytest.fixture(scope="module")
def settlements() -> list[dict[str, Any]]:
    package = Package(str(DEMO / "srbija/naselja/datapackage.yaml"))
    return [row.to_dict() for row in package.resources[0].read_rows()]


@pytest.fixture(scope="module")
def programme_rows() -> list[dict[str, Any]]:
    package = Package(str(DEMO / "srbija/opstinski-programi/datapackage.yaml"))
    return [row.to_dict() for row in package.get_resource("spisak").read_rows()]


def test_all_five_formats_are_there():
    formats = {r["format"] for path in DESCRIPTORS for r in descriptor(path)["resources"]}
    assert formats == {"csv", "xlsx", "geojson", "gpkg", "shp"}


def test_the_whole_is_under_three_megabytes():
    files = (f for f in DEMO.rglob("*") if f.is_file() and f.suffix != ".pyc")
    assert sum(f.stat().st_size for f in files) < 3_000_000


def test_the_demo_config_is_read_and_names_every_folder():
    demo, _ = config.load(DEMO / "config.yml")
    assert {o.name for o in demo.organizations} == {path.parent.parent.name for path in DESCRIPTORS}
    assert demo.sources == ({"name": "demo", "kind": "folder", "path": "."},)


@pytest.mark.parametrize("path", DESCRIPTORS, ids=name)
def test_a_package_names_its_licence_source_and_makers(path):
    package = descriptor(path)
    assert package["name"] == path.parent.name
    assert package["licenses"][0]["name"] in {"CC-BY-4.0", "MIT", "CC0-1.0"}
    assert all(licence["path"] and licence["title"] for licence in package["licenses"])
    assert all(source["title"] for source in package["sources"])
    assert all(contributor["title"] for contributor in package["contributors"])


@pytest.mark.parametrize("path", DESCRIPTORS, ids=name)
def test_a_package_speaks_cyrillic_and_english(path):
    package = descriptor(path)
    for key in ("title", "description"):
        words = Text(package[key], package[f"{key}_translated"])
        assert is_cyrillic(words.own)
        assert not is_cyrillic(words.said("en"))
        assert not is_cyrillic(words.said("sr-Latn"))
    fields = [f for r in package["resources"] for f in r["schema"]["fields"]]
    assert all(is_cyrillic(field["title"]) for field in fields)


@pytest.mark.parametrize("path", DESCRIPTORS, ids=name)
def test_frictionless_knows_every_key_of_a_package(path):
    assert list(Package.metadata_validate(descriptor(path))) == []


# Frictionless 5.21 leaves the file of a zipped Shapefile open, and Python warns of it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("path", WHOLE, ids=name)
def test_frictionless_finds_a_package_valid(path):
    report = Package(str(path)).validate()
    assert report.flatten(["type", "rowNumber", "note"]) == []
    assert report.valid


def test_frictionless_finds_the_faults_of_the_fountains():
    report = Package(str(DEMO / "nis/javne-cesme/datapackage.yaml")).validate()
    assert report.flatten(["rowNumber", "fieldName", "type"]) == [
        [5, "испитано", "type-error"],
        [6, "назив", "constraint-error"],
        [8, "испитано", "type-error"],
        [11, None, "primary-key"],
        [12, "испитано", "type-error"],
    ]


def test_one_fountain_is_in_the_sea():
    demo, _ = config.load(DEMO / "config.yml")
    west, south, east, north = demo.validation.extent
    rows = Package(str(DEMO / "nis/javne-cesme/datapackage.yaml")).resources[0].read_rows()
    outside = [
        row["шифра"]
        for row in rows
        if not (west < row["дужина"] < east and south < row["ширина"] < north)
    ]
    assert outside == ["Ч-008"]


@pytest.mark.parametrize("path", DESCRIPTORS, ids=name)
def test_no_word_mixes_two_scripts(path):
    texts = [path.read_text("utf-8")]
    for resource in descriptor(path)["resources"]:
        if resource["format"] in {"csv", "geojson"}:
            text = (path.parent / resource["path"]).read_text(resource["encoding"])
            texts.append(text.replace("\\n", " "))
    words = re.findall(r"[^\W\d_]+", " ".join(texts))
    mixed = [w for w in words if re.search("[Ѐ-ӿ]", w) and re.search("[A-Za-zÀ-ɏ]", w)]
    assert mixed == []


def test_settlements_read_the_same_in_both_scripts(settlements):
    assert len(settlements) == 491
    unknown = [s["naziv_lat"] for s in settlements if not s["naziv"]]
    assert len(unknown) == 5
    assert [s for s in settlements if s["naziv"] and to_latin(s["naziv"]) != s["naziv_lat"]] == []
    assert all(bool(s["naziv"]) == bool(s["poreklo_naziva"]) for s in settlements)


def test_an_unknown_population_is_an_empty_cell(settlements):
    assert sum(s["stanovnistvo"] is None for s in settlements) > 0
    assert min(s["stanovnistvo"] for s in settlements if s["stanovnistvo"]) > 0


def test_post_codes_are_text_under_a_title_row():
    package = Package(str(DEMO / "srbija/postanski-brojevi/datapackage.yaml"))
    rows = package.resources[0].read_rows()
    assert len(rows) == 1171
    assert rows[0].to_dict() == {"Поштански број": "11000", "Место": "Beograd"}
    raw = Package(str(DEMO / "srbija/postanski-brojevi/datapackage.yaml")).resources[0]
    raw.dialect = raw.dialect.from_descriptor({"header": False})
    raw.schema = raw.schema.from_descriptor(
        {"fields": [{"name": "a", "type": "any"}, {"name": "b", "type": "any"}]}
    )
    cells = [row.to_list() for row in raw.read_rows(size=3)]
    assert cells[0][0] == "Списак поштанских бројева у Републици Србији"
    assert cells[-1] == ["Поштански број", "Место"]


def test_programmes_are_the_published_lists_word_for_word(programme_rows):
    lists: dict[str, list[str]] = {}
    for row in programme_rows:
        lists.setdefault(to_latin(row["програм"]), []).append(to_latin(row["општина"]))
    assert lists == {title: names.split(", ") for title, names in PUBLISHED.items()}
    assert [len(names) for names in lists.values()] == [35, 30, 10, 3]


def test_programmes_name_holder_and_time_only_where_the_lists_do(programme_rows):
    said = {(r["програм"], r["носилац"], r["година"], r["месец"]) for r in programme_rows}
    assert said == {
        ("Локалне е-услуге", "Swiss PRO", 2021, 10),
        ("Отворени подаци", "Swiss PRO", 2021, 10),
        ("еУправа за све", None, 2025, None),
        ("Паметни градови на клауд инфраструктури", None, 2023, None),
    }


def test_the_points_are_the_table_and_only_babusnica_has_no_place(programme_rows):
    points = layer("srbija/opstinski-programi/opstinski-programi.geojson")
    assert list(zip(points["општина"], points["програм"], strict=True)) == [
        (row["општина"], row["програм"]) for row in programme_rows
    ]
    assert list(points[points.geometry.isna()]["општина"]) == ["Бабушница"]
    assert list(programmes.HEAD) == [c for c in points.columns if c != "geometry"]


def test_a_municipality_lies_where_its_settlement_does(settlements):
    points = layer("srbija/opstinski-programi/opstinski-programi.geojson").dropna(subset="geometry")
    places = {(s["naziv"], float(s["lon"]), float(s["lat"])) for s in settlements}
    other = {"Петровац на Млави": "Петровац", "Владимирац": "Владимирци"}
    assert [
        name
        for name, at in zip(points["општина"], points.geometry, strict=True)
        if (other.get(name, name), at.x, at.y) not in places
    ] == []


def test_catchments_are_polygons_in_the_states_system_each_around_its_settlement(settlements):
    areas = layer("srbija/gravitaciona-podrucja/gravitaciona-podrucja.gpkg")
    assert (areas.crs.to_epsg(), len(areas)) == (6316, 491)
    assert areas.is_valid.all()
    assert set(areas.geom_type) == {"Polygon"}
    points = geopandas.GeoSeries.from_xy(
        [float(s["lon"]) for s in settlements], [float(s["lat"]) for s in settlements], crs=4326
    )
    assert list(areas["id"]) == [s["id"] for s in settlements]
    assert degrees(areas).contains(points).all()


def test_cacaks_shapefile_says_its_system_and_its_encoding():
    places = layer("cacak/naselja-oko-cacka/naselja-oko-cacka.zip")
    assert (places.crs.to_epsg(), len(places)) == (32634, 22)
    assert "Горњи Милановац" in set(places["NAZIV"])
    assert list(places["NAZIV_LAT"]) == [to_latin(n) for n in places["NAZIV"]]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("kragujevac/naselja-oko-kragujevca/naselja-oko-kragujevca.geojson", "id"),
        ("cacak/naselja-oko-cacka/naselja-oko-cacka.zip", "ID"),
    ],
)
def test_a_citys_cut_holds_the_places_of_the_whole(path, key, settlements):
    whole = {s["id"]: (float(s["lon"]), float(s["lat"])) for s in settlements}
    cut = layer(path).to_crs(4326)
    for place, at in zip(cut[key], cut.geometry, strict=True):
        assert (at.x, at.y) == pytest.approx(whole[place], abs=1e-7)


def test_niss_table_is_windows_1251_with_decimal_commas(settlements):
    text = (DEMO / "nis/naselja-oko-nisa/naselja-oko-nisa.csv").read_bytes().decode("cp1251")
    assert "787657;Ниш;250000;43,32472;21,90333\r\n" in text
    rows = Package(str(DEMO / "nis/naselja-oko-nisa/datapackage.yaml")).resources[0].read_rows()
    whole = {s["id"]: (s["naziv"], s["lon"], s["lat"]) for s in settlements}
    assert len(rows) == 25
    assert all(whole[r["шифра"]] == (r["назив"], r["дужина"], r["ширина"]) for r in rows)


def keys(section: type[config.Section]) -> set[str]:
    """Every key that a section and the sections in it know."""
    found = set(section.model_fields)
    for field in section.model_fields.values():
        for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, config.Section):
                found |= keys(inner)
    return found


def test_the_example_config_shows_every_key_there_is():
    shown = set(re.findall(r"^[ #-]*([a-z_]+):", (ROOT / "config.yml").read_text("utf-8"), re.M))
    assert keys(config.Config) <= shown


def test_the_example_config_is_read_and_its_defaults_are_the_ones_it_claims():
    example, _ = config.load(ROOT / "config.yml")
    default = config.Config()
    assert example.http == default.http
    assert example.validation.limits == default.validation.limits
    assert example.validation.max_loss == default.validation.max_loss
    assert example.catalog == default.catalog
    assert {s["organization"] for s in example.sources} == {o.name for o in example.organizations}
