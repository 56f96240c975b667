"""The store: what is kept is whole, whenever its writer is killed and whatever the disk says."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from datasets.errors import NotFound, PublishError
from datasets.model import Dataset, Resource
from datasets.stores import folder as stores
from datasets.stores.folder import Folder
from datasets.text import Text

BYTES = "назив;дужина\nЈугово;3,5\n".encode() * 100_000  # 4 MB: several chunks
SHA = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def roads(tmp_path):
    path = tmp_path / "putevi.csv"
    path.write_bytes(BYTES)
    resource = Resource(name="putevi", path=path, format="csv", filename="putevi.csv")
    return Dataset(
        name="putevi", title=Text("Путеви"), organization="sabac", source="grad",
        remote_id="putevi", resources=(resource,),
    )  # fmt: skip


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path / "var")


def blobs(root):
    return sorted(p for p in (root / "blobs").rglob("*") if p.is_file())


def test_what_is_kept_lies_under_its_hash(store, roads):
    [kept] = store.keep(roads).resources
    assert (kept.sha256, kept.size_bytes) == (SHA, len(BYTES))
    assert kept.path == store.blob(SHA) == store.root / "blobs" / SHA[:2] / SHA
    assert kept.path.read_bytes() == BYTES


def test_keeping_twice_keeps_once(store, roads):
    assert store.keep(roads) == store.keep(roads)
    assert len(blobs(store.root)) == 1
    assert list(store.staging.iterdir()) == []


def test_what_lies_here_already_is_not_written_again(store, roads, monkeypatch):
    kept = store.keep(roads)
    monkeypatch.setattr(store, "keep_file", lambda path: pytest.fail(f"{path} was read again"))
    assert store.keep(kept) == kept


def test_a_hash_alone_is_not_believed(store, roads):
    [resource] = roads.resources
    claimed = replace(roads, resources=(replace(resource, sha256="ab" * 32),))
    assert store.keep(claimed).resources[0].sha256 == SHA


def test_the_original_is_not_touched(store, roads):
    store.keep(roads)
    assert roads.resources[0].path.read_bytes() == BYTES


@pytest.mark.parametrize("sha", [SHA, "", "..", "../../putevi.csv"])
def test_what_is_not_kept_is_not_found(store, sha):
    with pytest.raises(NotFound):
        store.blob(sha)


def test_the_documents_of_a_version_can_be_read_with_cat(store):
    store.write_version("putevi", 1, {"report": {"ok": True}, "datapackage": {"title": "Путеви"}})
    folder = store.root / "versions/putevi/1"
    assert '"title": "Путеви"' in (folder / "datapackage.json").read_text(encoding="utf-8")
    assert store.version("putevi", 1, "report") == {"ok": True}
    assert folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(("number", "document"), [(2, "report"), (1, "receipt")])
def test_a_version_that_is_not_there_is_told(store, number, document):
    store.write_version("putevi", 1, {"report": {}})
    with pytest.raises(NotFound, match=f"version {number} of 'putevi' has no {document}"):
        store.version("putevi", number, document)


def test_a_version_that_was_never_public_is_replaced_whole(store):
    store.write_version("putevi", 1, {"report": {"run": 1}, "old": {}})
    store.write_version("putevi", 1, {"report": {"run": 2}})
    assert store.version("putevi", 1, "report") == {"run": 2}
    assert [p.name for p in (store.root / "versions/putevi/1").iterdir()] == ["report.json"]


def test_a_desk_is_empty_and_gone_afterwards(store):
    with store.desk("reading") as folder:
        assert folder.parent == store.staging and list(folder.iterdir()) == []
        (folder / "half").touch()
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), store.desk("reading") as folder:
        raise ZeroDivisionError
    assert not folder.exists()


def layer_on(desk, text="1"):
    (desk / "manifest.json").write_text(text)


def test_a_finished_folder_is_adopted_once(store):
    place = store.layer("putevi", "ab12")
    for text in ("first", "second"):
        with store.desk("layer") as desk:
            layer_on(desk, text)
            store.adopt(desk, place)
    assert (place / "manifest.json").read_text() == "first"


def test_of_two_who_adopt_at_once_the_first_stays(store, monkeypatch):
    """The other one's folder appears between the look and the rename."""
    place = store.layer("putevi", "ab12")

    def other_is_sooner(name):
        if name == "before_adopt":
            place.mkdir(parents=True)
            layer_on(place, "other")

    monkeypatch.setattr(stores, "failpoint", other_is_sooner)
    with store.desk("layer") as desk:
        layer_on(desk)
        store.adopt(desk, place)
    assert (place / "manifest.json").read_text() == "other"


def test_half_done_work_is_swept_when_it_is_old(store):
    young, old = store.staging / "blob-young", store.staging / "blob-old"
    folder = store.staging / "layer-old"
    young.touch()
    old.touch()
    folder.mkdir()
    for path in (old, folder):
        os.utime(path, (0, 0))
    store.sweep()
    assert list(store.staging.iterdir()) == [young]


PUT = """
import sys
from pathlib import Path
from datasets.errors import EmapError
from datasets.model import Dataset, Resource
from datasets.stores.folder import Folder
from datasets.text import Text

if len(sys.argv) > 3:
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
store = Folder(Path(sys.argv[1]))
file = Resource(name="p", path=Path(sys.argv[2]), format="csv", filename="p.csv")
dataset = Dataset("p", Text("p"), "o", "s", "p", resources=(file,))
try:
    kept = store.keep(dataset)
    store.write_version("p", 1, {"package": {"sha256": kept.resources[0].sha256}})
except EmapError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def put(project, root, path, fail="", *limit):
    """Keep a file and write a version in a process of its own, which may die of it."""
    return subprocess.run(
        [sys.executable, "-c", PUT, str(root), str(path), *limit],
        env={**os.environ, "PYTHONPATH": str(project), "EMAP_FAIL": fail},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


FAILPOINTS = ("mid_write before_fsync before_rename after_rename before_adopt after_adopt").split()


def test_these_are_all_failpoints():
    source = Path(stores.__file__).read_text()
    assert {name for name in FAILPOINTS if f'failpoint("{name}")' in source} == set(FAILPOINTS)
    assert source.count('failpoint("') == len(FAILPOINTS)


@pytest.mark.parametrize("fail", FAILPOINTS)
def test_a_killed_writer_leaves_only_whole_things_and_the_next_one_completes(
    project, roads, tmp_path, fail
):
    root, path = tmp_path / "var", roads.resources[0].path
    assert put(project, root, path, fail).returncode == -9
    for blob in blobs(root):
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
    version = root / "versions/p/1"
    assert version.exists() == (fail == "after_adopt")
    assert put(project, root, path).returncode == 0
    store = Folder(root)
    assert store.version("p", 1, "package") == {"sha256": SHA}
    assert store.blob(SHA).read_bytes() == BYTES
    assert len(blobs(root)) == 1


def test_a_full_disk_is_told_and_leaves_nothing(project, roads, tmp_path):
    root, path = tmp_path / "var", roads.resources[0].path
    done = put(project, root, path, "", "1000000")
    assert done.stderr.startswith("PublishError: ") and "File too large" in done.stderr
    assert blobs(root) == [] and list((root / "staging").iterdir()) == []
    assert put(project, root, path).returncode == 0


def test_a_file_that_went_away_is_told(store, roads):
    roads.resources[0].path.unlink()
    with pytest.raises(PublishError, match=r"putevi\.csv: cannot be kept: No such file"):
        store.keep(roads)
    assert list(store.staging.iterdir()) == []
