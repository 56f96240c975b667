"""A folder of Data Packages: what is a dataset, whose, and what is never believed gone."""

import json
import unicodedata
from pathlib import Path

import pytest

from datasets.errors import HarvestError
from harvesters.folder import Folder


def package(folder, **described):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "podaci.csv").write_text("назив\nШабац\n", encoding="utf-8")
    described = {"resources": [{"name": "podaci", "path": "podaci.csv"}], **described}
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def harvested(path, http, into=Path(), **keys):
    return list(Folder(name="grad", kind="folder", path=path, **keys).harvest(http, into))


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
    with pytest.raises(HarvestError, match=r"is the disk\s+mounted"):
        harvested(root, http)


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
    source = Folder(name="grad", kind="folder", path=tmp_path)
    with pytest.raises(HarvestError, match="sabac: cannot be listed: Permission denied"):
        next(source.harvest(http, tmp_path))


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


def test_two_datasets_of_one_name_are_told_apart(tmp_path, http):
    package(tmp_path / "nis/parking", name="parking")
    package(tmp_path / "sabac/parking", name="parking")
    first, second = harvested(tmp_path, http)
    assert (first.name, first.findings) == ("parking", ())
    assert second.name != "parking" and second.name.startswith("parking-")
    [finding] = second.findings
    assert finding.check == "name-twice"
    assert dict(finding.values) == {"name": "parking", "first": "nis/parking"}
    assert "'nis/parking'" in finding.note


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
