"""A folder of Data Packages: what is a dataset, whose, and what is never believed gone."""

import json
import os
import unicodedata
import zipfile
from pathlib import Path

import pytest

from datasets.errors import HarvestError
from datasets.formats import READABLE
from datasets.names import is_name
from harvesters.folder import Folder


def package(folder, **described):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "podaci.csv").write_text("назив\nШабац\n", encoding="utf-8")
    described = {"resources": [{"name": "podaci", "path": "podaci.csv"}], **described}
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def source(path, **keys):
    return Folder(name="grad", kind="folder", path=path, **keys)


def records(source, http):
    return [record for page in source.harvest(http) for record in page.records]


def harvested(path, http, into=Path(), **keys):
    """Every dataset as it is taken, which is as it was described."""
    grad = source(path, **keys)
    datasets = []
    for record in records(grad, http):
        dataset = grad.collect(record, {}, http, into).dataset
        assert (dataset.remote_id, dataset.name) == (record.remote_id, record.name)
        assert (dataset.title, dataset.organization) == (record.title, record.organization)
        datasets.append(dataset)
    return datasets


def test_the_demo_is_harvested_whole(project, http):
    datasets = harvested(project / "datasets/demo", http)
    assert [d.remote_id for d in datasets] == sorted(
        p.parent.relative_to(project / "datasets/demo").as_posix()
        for p in (project / "datasets/demo").glob("*/*/datapackage.yaml")
    )
    for dataset in datasets:
        assert dataset.findings == ()
        assert dataset.organization == dataset.remote_id.partition("/")[0]
        assert dataset.resources and all(r.path.is_file() for r in dataset.resources)
        assert dataset.title.said("en") != dataset.title.own
        assert dataset.license_id


def test_the_first_folder_names_the_organization(tmp_path, http):
    package(tmp_path / "Шабац" / "parking", name="gradski-parking")
    [dataset] = harvested(tmp_path, http)
    assert (dataset.organization, dataset.name) == ("sabac", "gradski-parking")
    assert dataset.remote_id == "Шабац/parking"


def test_an_organization_of_the_source_comes_first(tmp_path, http):
    package(tmp_path / "2024" / "parking", name="parking")
    [dataset] = harvested(tmp_path, http, organization="nis")
    assert dataset.organization == "nis" and not dataset.findings


@pytest.mark.parametrize("place", ["parking", "."])
def test_a_dataset_of_nobody_is_a_finding(tmp_path, http, place):
    package(tmp_path / place, name="parking")
    [dataset] = harvested(tmp_path, http)
    assert [(f.check, f.severity) for f in dataset.findings] == [("organization-missing", "error")]
    [owned] = harvested(tmp_path, http, organization="nis")
    assert not owned.findings


def test_folders_are_looked_into_three_deep(tmp_path, http):
    package(tmp_path / "a1/b1/c1", name="in-reach")
    package(tmp_path / "a1/b1/d1/e1", name="too-deep")
    assert [d.name for d in harvested(tmp_path, http)] == ["in-reach"]


def test_what_lies_in_a_dataset_belongs_to_it(tmp_path, http):
    package(tmp_path / "nis/parking", name="parking")
    package(tmp_path / "nis/parking/2024", name="inner")
    assert [d.name for d in harvested(tmp_path, http)] == ["parking"]


def test_hidden_folders_are_nobodys_data(tmp_path, http):
    for place in (".git/x1", "nis/.trash", "__MACOSX/x1", "nis/~$x"):
        package(tmp_path / place, name="hidden")
    package(tmp_path / "nis/parking", name="parking")
    assert [d.name for d in harvested(tmp_path, http)] == ["parking"]


@pytest.mark.parametrize("prepare", ["missing", "empty", "file", "no dataset"])
def test_a_disk_that_is_not_mounted_is_no_deletion(tmp_path, http, prepare):
    root = tmp_path / "share"
    if prepare == "file":
        root.touch()
    elif prepare != "missing":
        root.mkdir()
    if prepare == "no dataset":
        (root / "lost+found").mkdir()
        (root / "readme.txt").touch()
    with pytest.raises(HarvestError, match=r"is the disk\s+mounted") as told:
        harvested(root, http)
    assert told.value.fault in ("folder-missing", "folder-empty")


def test_a_folder_that_cannot_be_listed_stops_the_source(tmp_path, http, monkeypatch):
    """Else its datasets would look gone, and be withdrawn."""
    package(tmp_path / "nis/parking", name="parking")
    closed = package(tmp_path / "sabac/putevi", name="putevi").parent
    listing = Path.iterdir

    def iterdir(path):
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    with pytest.raises(HarvestError, match="sabac: cannot be listed: Permission denied"):
        next(source(tmp_path).harvest(http))


def test_identity_is_the_place_in_one_spelling(tmp_path, http):
    """A Mac writes č as c and a mark; the dataset stays the same."""
    ids = []
    for form in ("NFC", "NFD"):
        root = tmp_path / form
        package(root / unicodedata.normalize(form, "Čačak/đaci"), name="djaci")
        [dataset] = harvested(root, http)
        ids.append((dataset.remote_id, dataset.id, dataset.organization))
    assert ids[0] == ids[1]
    assert ids[0][0] == "Čačak/đaci"


def test_order_and_ids_are_the_same_on_every_run(tmp_path, http):
    for place in ("b/y", "a/z", "c/x"):
        package(tmp_path / place, name=f"skup-{place[-1]}")
    first, second = (harvested(tmp_path, http, organization="nis") for _ in range(2))
    assert first == second
    assert [d.remote_id for d in first] == ["a/z", "b/y", "c/x"]


def test_two_datasets_of_one_name_are_two(tmp_path, http):
    """Names are made unique where all datasets of the site are known."""
    package(tmp_path / "nis/parking", name="parking")
    package(tmp_path / "sabac/parking", name="parking")
    first, second = harvested(tmp_path, http)
    assert (first.name, second.name) == ("parking", "parking")
    assert first.id != second.id


def test_a_link_out_of_the_folder_is_not_followed(tmp_path, http):
    outside = package(tmp_path / "outside/secret", name="secret")
    root = tmp_path / "root"
    package(root / "nis/parking", name="parking")
    (root / "nis/tajna").symlink_to(outside)
    (root / "svi").symlink_to(tmp_path / "outside")
    parking, link = harvested(root, http)
    assert parking.name == "parking"
    assert (link.resources, [f.check for f in link.findings]) == ((), ["file-outside"])


def test_the_folder_itself_may_be_a_link(tmp_path, http):
    package(tmp_path / "disk/nis/parking", name="parking")
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    [dataset] = harvested(tmp_path / "link", http)
    assert dataset.name == "parking" and not dataset.findings


def test_a_broken_descriptor_refuses_its_dataset_and_no_other(tmp_path, http):
    package(tmp_path / "nis/parking", name="parking")
    broken = package(tmp_path / "nis/putevi", name="putevi")
    (broken / "datapackage.json").write_text('{"name": "putevi", ')
    parking, putevi = harvested(tmp_path, http)
    assert not parking.findings
    assert (putevi.name, putevi.remote_id) == ("putevi", "nis/putevi")
    [finding] = putevi.findings
    assert finding.check == "descriptor" and "datapackage.json is not a plain" in finding.note


def test_a_broken_descriptor_does_not_change_who_the_dataset_is(tmp_path, http):
    folder = package(tmp_path / "nis/f2024", name="putevi")
    [whole] = harvested(tmp_path, http)
    (folder / "datapackage.json").write_text("{")
    [broken] = harvested(tmp_path, http)
    assert whole.id == broken.id


def test_big_files_stay_where_they_are(tmp_path, http):
    folder = package(tmp_path / "nis/parking", name="parking")
    into = tmp_path / "into"
    into.mkdir()
    [dataset] = harvested(tmp_path, http, into)
    assert dataset.resources[0].path == folder / "podaci.csv"
    assert list(into.iterdir()) == []


def test_real_boundaries_are_taken_where_they_lie(shared, tmp_path, http):
    boundaries = shared / "data/serbia/boundaries/opstine_165_fixed.geojson"
    folder = tmp_path / "srbija/granice"
    folder.mkdir(parents=True)
    (folder / boundaries.name).write_bytes(boundaries.read_bytes())
    (folder / "datapackage.yaml").write_text(
        f"title: Границе општина\nresources: [{{path: {boundaries.name}}}]\n", encoding="utf-8"
    )
    [dataset] = harvested(tmp_path, http)
    [resource] = dataset.resources
    assert dataset.findings == ()
    assert (dataset.name, resource.name, resource.format) == (
        "granice",
        "opstine_165_fixed",
        "geojson",
    )
    assert resource.size_bytes == boundaries.stat().st_size


def test_nothing_but_descriptors_is_read_to_describe(tmp_path, http, monkeypatch):
    folder = package(tmp_path / "nis/parking", name="parking")
    opened, opening = [], Path.open

    def noted(path, *words, **keys):
        opened.append(path.name)
        return opening(path, *words, **keys)

    monkeypatch.setattr(Path, "open", noted)
    [record] = records(source(tmp_path), http)
    assert opened == ["datapackage.json"] and (folder / "podaci.csv").is_file()
    assert (record.title.own, record.modified != "") == ("parking", True)


@pytest.mark.parametrize("change", ["size", "time", "new file", "gone", "renamed"])
def test_a_stamp_tells_that_something_changed(tmp_path, http, change):
    folder = package(tmp_path / "nis/parking", name="parking")
    data, other = folder / "podaci.csv", folder / "sema.json"
    other.write_text("{}")
    [before] = records(source(tmp_path), http)
    assert records(source(tmp_path), http) == [before]
    if change == "size":
        data.write_text("x")
    elif change == "time":
        os.utime(data, ns=(1, 1))
    elif change == "new file":
        (folder / "nov.csv").touch()
    elif change == "gone":
        other.unlink()
    else:
        other.rename(folder / "shema.json")
    [after] = records(source(tmp_path), http)
    assert after.modified != before.modified


def test_litter_and_other_datasets_change_no_stamp(tmp_path, http):
    folder = package(tmp_path / "nis/parking", name="parking")
    [before] = records(source(tmp_path), http)
    (folder / "podaci.csv.part").touch()
    (folder / "~$podaci.xlsx").touch()
    package(tmp_path / "nis/putevi", name="putevi")
    assert records(source(tmp_path), http)[0] == before


def test_a_dataset_that_is_being_written_waits(tmp_path, http):
    folder = package(tmp_path / "nis/parking", name="parking")
    grad = source(tmp_path)
    [record] = records(grad, http)
    with (folder / "podaci.csv").open("a") as file:
        file.write("Ni")
    with pytest.raises(HarvestError, match="it is being written") as told:
        grad.collect(record, {}, http, tmp_path)
    assert told.value.transient
    for path in folder.iterdir():
        os.utime(path, (1, 1))  # it was written long ago
    assert grad.collect(record, {}, http, tmp_path).dataset.resources
    assert source(tmp_path, settle_s=0).collect(record, {}, http, tmp_path).dataset.resources


def test_a_dataset_that_goes_away_in_between_is_no_dataset(tmp_path, http):
    folder = package(tmp_path / "nis/parking", name="parking")
    package(tmp_path / "nis/putevi", name="putevi")
    grad = source(tmp_path)
    [record, _] = records(grad, http)
    (folder / "datapackage.json").unlink()
    with pytest.raises(HarvestError, match="it went away") as told:
        grad.collect(record, {}, http, tmp_path)
    assert told.value.transient


def test_many_datasets_come_in_pages_that_can_be_resumed(tmp_path, http, monkeypatch):
    monkeypatch.setattr("harvesters.folder.PAGE", 2)
    for place in "abcde":
        package(tmp_path / f"nis/skup-{place}", name=f"skup-{place}")
    pages = list(source(tmp_path).harvest(http))
    assert [(len(page.records), page.total) for page in pages] == [(2, 5), (2, 5), (1, 5)]
    assert [page.next for page in pages] == ["nis/skup-b", "nis/skup-d", ""]
    assert list(source(tmp_path).harvest(http, at="nis/skup-b")) == pages[1:]
    assert [page.records for page in source(tmp_path).harvest(http, at="nis/skup-e")] == [()]


def loose(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_loose_files_are_datasets_when_asked(tmp_path, http):
    package(tmp_path / "nis/parking", name="parking")
    loose(
        tmp_path,
        {
            "nis/putevi.csv": "a\n1\n",
            "nis/putevi.yml": "title: Путеви\nlicenses: [{name: CC-BY-4.0}]\nencoding: utf-8\n"
            "schema: {fields: [{name: a, type: integer}]}\n",
            "nis/2024/skole.geojson": "{}",
            "nis/procitaj.txt": "ово није скуп",
            "nis/slika.png": "",
            "nis/beleske.csv.part": "",
        },
    )
    assert [d.name for d in harvested(tmp_path, http)] == ["parking"]
    schools, parking, roads = harvested(tmp_path, http, loose=True)
    assert (schools.name, schools.remote_id) == ("nis-2024-skole", "nis/2024/skole.geojson")
    assert (schools.organization, str(schools.title)) == ("nis", "skole")
    assert parking.name == "parking"
    assert (roads.name, roads.remote_id) == ("nis-putevi", "nis/putevi.csv")
    assert (str(roads.title), roads.license_id) == ("Путеви", "cc-by")
    [resource] = roads.resources
    assert (resource.format, resource.encoding) == ("csv", "utf-8")
    assert resource.schema == {"fields": [{"name": "a", "type": "integer"}]}
    assert not any(d.findings for d in (schools, parking, roads))


def test_a_loose_file_of_nobody_is_a_finding(tmp_path, http):
    loose(tmp_path, {"putevi.csv": "a\n1\n"})
    [dataset] = harvested(tmp_path, http, loose=True)
    assert [f.check for f in dataset.findings] == ["organization-missing"]


def test_words_beside_a_file_that_cannot_be_read_are_a_finding(tmp_path, http):
    loose(tmp_path, {"nis/putevi.csv": "a\n", "nis/putevi.yml": "title: [\n"})
    [dataset] = harvested(tmp_path, http, loose=True)
    assert [f.check for f in dataset.findings] == ["descriptor"]


def test_the_parts_of_a_shapefile_are_one_resource(tmp_path, http):
    into = tmp_path / "into"
    into.mkdir()
    names = ("Putevi.shp", "putevi.SHX", "putevi.dbf", "Putevi.prj", "putevi.cpg", "drugi.dbf")
    loose(tmp_path / "root", {f"nis/{name}": name for name in names})
    first, second = (harvested(tmp_path / "root", http, into, loose=True) for _ in range(2))
    [dataset] = first
    [resource] = dataset.resources
    assert (dataset.name, resource.format) == ("nis-putevi", "shp")
    with zipfile.ZipFile(resource.path) as archive:
        assert sorted(archive.namelist()) == sorted(names[:5])
    bytes_of = [datasets[0].resources[0].path.read_bytes() for datasets in (first, second)]
    assert bytes_of[0] == bytes_of[1]


def test_a_loose_link_out_of_the_folder_is_not_followed(tmp_path, http):
    (tmp_path / "tajna.csv").write_text("a\n")
    (tmp_path / "root/nis").mkdir(parents=True)
    (tmp_path / "root/nis/putevi.csv").symlink_to(tmp_path / "tajna.csv")
    (tmp_path / "root/nis/krug").symlink_to(tmp_path / "root")
    [dataset] = harvested(tmp_path / "root", http, loose=True)
    assert (dataset.resources, [f.check for f in dataset.findings]) == ((), ["file-outside"])


def test_hostile_names_stay_in_the_folder(tmp_path, http):
    names = ["a\nb.csv", "…_\u202e.csv", "-rf.csv", "x" * 240 + ".csv", "{path}.csv", "con.csv"]
    loose(tmp_path, {f"nis/{name}": "a\n1\n" for name in names})
    (tmp_path / "nis" / os.fsdecode(b"\xff\xfe.csv")).write_text("a\n1\n")
    datasets = harvested(tmp_path, http, loose=True)
    assert len(datasets) == 7 and len({d.id for d in datasets}) == 7
    for dataset in datasets:
        dataset.remote_id.encode()
        assert is_name(dataset.name)
        assert [r.path.parent for r in dataset.resources] == [tmp_path / "nis"]


def test_real_messy_files_are_datasets_or_findings(shared, tmp_path, http):
    """Nothing of what people call a table or a map makes the harvester fail."""
    datasets = harvested(shared / "data/messy", http, tmp_path, loose=True, organization="nis")
    assert len(datasets) > 100
    assert {r.format for d in datasets for r in d.resources} <= set(READABLE)
    assert all(d.resources or d.findings for d in datasets)
