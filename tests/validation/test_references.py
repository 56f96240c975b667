"""Whose municipality it is, and which names there are, as config.yml says."""

import json
from dataclasses import replace

import pytest
import shapely

from datasets import config
from datasets.errors import ConfigError
from datasets.model import Dataset, Resource
from datasets.text import Text
from publish import references
from validation.judge import Checks, validate
from validation.reading import read

TOWN = shapely.box(20.8, 43.9, 21.1, 44.2)


@pytest.fixture
def site(tmp_path):
    """Write a config.yml with a boundary and a list beside it, and open it."""

    def written(**of):
        area = {"type": "Feature", "properties": {"mb": 70645, "naziv": "Крагујевац"}}
        area["geometry"] = json.loads(shapely.to_geojson(TOWN))
        whole = {"type": "FeatureCollection", "features": [area]}
        (tmp_path / "opstine.geojson").write_text(json.dumps(whole))
        (tmp_path / "naselja.csv").write_text("naziv,mb\nКрагујевац,1\nГрошница,2\n")
        boundaries = {"path": "opstine.geojson", "column": "mb", "title_column": "naziv"}
        names = {"name": "Насеља", "path": "naselja.csv", "column": "naziv", "columns": ["naselje"]}
        said = {
            "organizations": [{"name": "grad", "title": "Град", "municipality": "70645"}],
            "validation": {"boundaries": {**boundaries, **of}, "lists": [names]},
        }
        path = tmp_path / "config.yml"
        path.write_text(json.dumps(said))
        return config.load(path)[0]

    return written


class Desk:
    """As much of a desk as a boundary needs."""

    def __init__(self, config, root, sandbox, version=None):
        self.config, self.sandbox = config, sandbox
        self.store = type(
            "Store", (), {"cache": lambda _, n: root / n, "blob": lambda _, s: root / s}
        )()
        self.versions = type("Versions", (), {"current": lambda _, name: version})()


def dataset(path, organization="grad"):
    resource = Resource("mesta", path, path.suffix[1:], path.name)
    return Dataset("mesta", Text("Места"), organization, "test", "1", (resource,))


def test_places_are_held_against_their_organizations_municipality(site, tmp_path, here):
    desk = Desk(site(), tmp_path / "state", here)
    places = tmp_path / "mesta.csv"
    places.write_text("naselje,lon,lat\nGrošnica,20.9,44.0\nNiš,21.9,43.3\n")
    kept = dataset(places)
    checks = references.applied(Checks(), kept, desk)
    assert checks.settings["municipality"]["name"].startswith("Крагујевац")
    assert checks.settings["municipality"]["tolerance_m"] == 100
    readings = read(kept, here, tmp_path / "read")
    report = validate(kept, readings, None, checks, here)
    told = {(f.check, f.severity, f.row) for f in report.findings}
    assert told == {
        ("municipality-other", "error", None),
        ("municipality-outside", "warning", 3),
        ("name-unlisted", "warning", 3),
    }


def test_others_are_not_held_against_it(site, tmp_path, here):
    desk = Desk(site(), tmp_path / "state", here)
    checks = references.applied(Checks(), dataset(tmp_path / "a.csv", "drugi"), desk)
    assert "municipality" not in checks.settings
    assert checks.settings["lists"][0]["values"] == ["Крагујевац", "Грошница"]


def test_a_table_is_read_once_and_again_when_it_changed(site, tmp_path, here):
    desk = Desk(site(), tmp_path / "state", here)
    kept = dataset(tmp_path / "a.csv")
    references.applied(Checks(), kept, desk)
    first = {path.name for path in (tmp_path / "state/_references").iterdir()}
    references.applied(Checks(), kept, desk)
    assert {path.name for path in (tmp_path / "state/_references").iterdir()} == first
    assert len(first) == 2
    (tmp_path / "naselja.csv").write_text("naziv\nРака\n")
    checks = references.applied(Checks(), kept, desk)
    assert checks.settings["lists"][0]["values"] == ["Рака"]


def test_a_dataset_that_is_published_here_can_be_the_boundary(site, tmp_path, here):
    of = site(path="", dataset="opstine")
    waiting = Desk(of, tmp_path / "state", here)
    kept = dataset(tmp_path / "a.csv")
    assert "municipality" not in references.applied(Checks(), kept, waiting).settings
    resource = Resource("o", tmp_path, "geojson", "o.geojson", sha256="opstine.geojson")
    version = type("Version", (), {"resources": (resource,)})()
    published = Desk(of, tmp_path, here, version)
    there = references.applied(Checks(), kept, published).settings["municipality"]
    assert shapely.from_wkb(there["boundary"]).equals(TOWN)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ({"path": "nema.geojson"}, "there is no such file"),
        ({"column": "sifra"}, "its columns are mb, naziv"),
        ({"column": "naziv"}, "is not among the 1 of validation.boundaries"),
        ({"path": "naselja.csv"}, "no areas of a known CRS"),
        ({"path": "config.yml"}, "cannot be read"),
    ],
)
def test_a_boundary_that_cannot_be_had_is_a_fault_of_the_configuration(
    site, tmp_path, here, of, said
):
    desk = Desk(site(**of), tmp_path / "state", here)
    with pytest.raises(ConfigError, match=said):
        references.applied(Checks(), dataset(tmp_path / "a.csv"), desk)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('organizations:\n  - {name: a1, title: A, municipality: "70646"}', "check digit"),
        ("validation:\n  boundaries: {column: mb}", "must be given, or `path`"),
        ("validation:\n  boundaries: {path: a, dataset: b, column: mb}", "and not both"),
        ("validation:\n  boundaries: {path: a}", "column: is missing"),
        ("validation:\n  lists: [{name: a, path: b, column: c, columns: []}]", "columns"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path, text, said):
    path = tmp_path / "config.yml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        config.load(path)


def test_all_real_municipalities_can_be_the_boundary(shared, site, tmp_path, here):
    path = shared / "data/serbia/boundaries/opstine_165_fixed.geojson"
    of = site(path=str(path), column="maticni_broj", title_column="name_cyrl")
    desk = Desk(of, tmp_path / "state", here)
    there = references.applied(Checks(), dataset(tmp_path / "a.csv"), desk).settings
    assert there["municipality"]["name"].startswith("Крагујевац")
    assert shapely.from_wkb(there["municipality"]["boundary"]).contains(shapely.Point(20.91, 44.01))
    others = replace(dataset(tmp_path / "a.csv"), organization="drugi")
    assert "municipality" not in references.applied(Checks(), others, desk).settings
