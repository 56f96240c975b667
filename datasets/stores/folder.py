"""A store in one folder: temporary name, fsync, rename, fsync of the folder; never a rewrite."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.errors import NotFound, PublishError
from datasets.model import Dataset, Resource
from datasets.stores import unused

CHUNK = 1 << 20
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
AT_ONCE = 8  # files synchronised side by side: a disk takes as long for all of them as for one
GRACE_S = 3600.0  # a writer that still lives may be this old


class Folder:
    """The state folder of a site: blobs, versions, layers, tiles, tables, drafts, staging."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.staging = self.root / "staging"
        with told(self.root):
            for name in ("blobs", "versions", "layers", "tiles", "tables", "drafts", "staging"):
                (self.root / name).mkdir(parents=True, exist_ok=True)

    def keep(self, dataset: Dataset) -> Dataset:
        """Make the dataset's bytes durable: its resources now have a sha256 and lie here."""
        return replace(dataset, resources=tuple(self._keep(r) for r in dataset.resources))

    def _keep(self, resource: Resource) -> Resource:
        here = bool(resource.sha256) and resource.path == self._blob(resource.sha256)
        if here and resource.path.is_file():  # a blob never changes
            return resource
        sha256, size_bytes = self.keep_file(resource.path)
        return replace(resource, path=self._blob(sha256), sha256=sha256, size_bytes=size_bytes)

    def keep_file(self, path: Path) -> tuple[str, int]:
        """Make a file's bytes durable; gives their sha256 and size in bytes.

        Raises PublishError when the file went away or the disk is full; nothing is left then.
        """
        with told(path):
            return self._keep_file(path)

    def _keep_file(self, path: Path) -> tuple[str, int]:
        fd, temporary = tempfile.mkstemp(dir=self.staging, prefix="blob-")
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(fd, "wb") as out, path.open("rb") as source:
                while chunk := source.read(CHUNK):
                    out.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                    failpoint("mid_write")
                out.flush()
                failpoint("before_fsync")
                os.fsync(out.fileno())
            place = self._blob(digest.hexdigest())
            make_folder(place.parent)
            failpoint("before_rename")
            Path(temporary).replace(place)
        finally:
            Path(temporary).unlink(missing_ok=True)
        failpoint("after_rename")
        sync_folder(place.parent)
        return digest.hexdigest(), size

    def _blob(self, sha256: str) -> Path:
        return self.root / "blobs" / sha256[:2] / sha256

    def blob(self, sha256: str) -> Path:
        """The file with these bytes; raises NotFound."""
        path = self._blob(sha256)
        if not path.is_file():
            raise NotFound(f"store: no blob {sha256[:12]}…")
        return path

    def write_version(self, dataset: str, number: int, documents: Mapping[str, Any]) -> None:
        """Write the documents of a version, each as `<name>.json`, all at once.

        A folder that a killed run left under this number was never public: it is replaced.
        """
        place = self.root / "versions" / dataset / str(number)
        with self.desk("version") as folder:
            with told(place):
                _write(documents, folder)
            if place.exists():
                shutil.rmtree(place)
            self.adopt(folder, place)

    @contextlib.contextmanager
    def together(self) -> Iterator["Folder"]:
        """Lend this store for many versions: all are durable when the block ends, none before."""
        with self.desk("versions") as folder:
            lent = _Lent(self, folder)
            yield lent
            with told(self.root / "versions"):
                lent.adopt_all()

    def version(self, dataset: str, number: int, document: str) -> Any:
        """Read a document of a version; raises NotFound."""
        path = self.root / "versions" / dataset / str(number) / f"{document}.json"
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NotFound(f"store: version {number} of {dataset!r} has no {document}") from None

    def layer(self, layer: str, sha: str) -> Path:
        """The folder of a layer: layer.sqlite, layer.parquet, manifest.json."""
        return self.root / "layers" / layer / sha

    def set_aside(self, folder: Path) -> None:
        """Move a broken layer or its tiles to `broken`, where nobody reads it and a person may."""
        here = folder.relative_to(self.root)
        place = self.root / "broken" / here.parent / f"{here.name}-{time.time_ns()}"
        with told(place):
            make_folder(place.parent)
            with contextlib.suppress(FileNotFoundError):  # another process was first
                folder.rename(place)

    def broken(self) -> Sequence[str]:
        """What was set aside and is not built again: `layers/<layer>/<sha>` and `tiles/<sha>`."""
        aside = self.root / "broken"
        found = [*aside.glob("layers/*/*"), *aside.glob("tiles/*")]
        places = {path.relative_to(aside).with_name(path.name.partition("-")[0]) for path in found}
        return sorted(str(place) for place in places if not (self.root / place).is_dir())

    def tiles(self, sha: str) -> Path:
        """The folder where a layer's tile archives lie or will lie."""
        return self.root / "tiles" / sha

    def table(self, name: str) -> Path:
        """The folder where the rows of a published table lie or will lie, ready to be asked."""
        return self.root / "tables" / name[:2] / name

    def places(self) -> Path:
        """The folder of the index of names, which is made again where it is gone."""
        return self.root / "places"

    def draft(self, resource_id: str) -> Path:
        """The file where the rows of a draft lie or will lie; raises ValueError for no UUID."""
        return self.root / "drafts" / f"{uuid.UUID(resource_id)}.sqlite"

    def drafts(self) -> Sequence[Path]:
        """The files of all drafts, each named after its resource."""
        return list((self.root / "drafts").glob("*.sqlite"))

    def results(self, job_id: str) -> Path:
        """The folder where the results of a job lie or will lie; raises ValueError for no UUID."""
        return self.root / "results" / str(uuid.UUID(job_id))

    def cache(self, name: str) -> Path:
        """The folder of what a source answered; it may go at any time."""
        return self.root / "cache" / name

    @contextlib.contextmanager
    def desk(self, purpose: str) -> Iterator[Path]:
        """Lend an empty folder on the same file system; gone when the block ends."""
        with told(self.staging):
            folder = Path(tempfile.mkdtemp(dir=self.staging, prefix=f"{purpose}-"))
        try:
            yield folder
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise PublishError(full(self.root)) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def adopt(self, folder: Path, place: Path) -> None:
        """Make a finished folder durable and move it to its place; harmless if it is there."""
        if not self.take_up(place):
            with told(place):
                self._adopt(folder, place)

    def _adopt(self, folder: Path, place: Path) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                with path.open("rb") as f:
                    os.fsync(f.fileno())
        sync_folder(folder)
        make_folder(place.parent)
        folder.chmod(0o755)  # a temporary folder is private by default
        failpoint("before_adopt")
        try:
            folder.rename(place)
        except OSError:
            if not place.exists():  # else somebody was sooner, with the same bytes
                raise
        failpoint("after_adopt")
        sync_folder(place.parent)

    def take_up(self, place: Path) -> bool:
        """Tell whether a folder is here; it is not collected before its user had the time."""
        return unused.take_up(place)

    def collect(
        self, needed: Callable[[], Container[str]], leave: Callable[[Path], object], grace_s: float
    ) -> Sequence[str]:
        """Remove the layers and tiles that nobody has needed for so long; gives their hashes."""
        with told(self.root):
            return unused.collect(self.root, needed, leave, grace_s)

    def sweep(self) -> None:
        """Remove half-done work that a killed process left, once nobody can be at it any more."""
        for path in self.staging.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime < GRACE_S:
                    continue
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


class _Lent(Folder):
    """A store whose versions wait in a folder until they are adopted, all at once."""

    def __init__(self, store: Folder, waiting: Path) -> None:
        self.root, self.staging, self._waiting = store.root, store.staging, waiting
        self._places: dict[Path, Path] = {}

    def write_version(self, dataset: str, number: int, documents: Mapping[str, Any]) -> None:
        """Write the documents of a version, to be adopted with all others."""
        folder = self._waiting / str(len(self._places))
        self._places[folder] = self.root / "versions" / dataset / str(number)
        with told(folder):
            folder.mkdir()
            _write(documents, folder)

    def adopt_all(self) -> None:
        """Make all versions durable and move them to their places."""
        parents = {place.parent for place in self._places.values()}
        files = [path for folder in self._places for path in folder.iterdir()]
        _sync_all([*files, *self._places])
        for parent in parents:
            parent.mkdir(exist_ok=True)
        for folder, place in self._places.items():
            if place.exists():
                shutil.rmtree(place)
            folder.rename(place)
        _sync_all([*parents, self.root / "versions"])


def _write(documents: Mapping[str, Any], folder: Path) -> None:
    for name, document in documents.items():
        text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _sync_all(paths: Iterable[Path]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for done in [threads.submit(_sync, path) for path in paths]:
            done.result()


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Say of a disk's refusal what could not be kept."""
    try:
        yield
    except OSError as error:
        raise PublishError(
            f"{path}: cannot be kept: {error.strerror}; see that the file is there and the disk of"
            " the state folder has room"
        ) from error


def full(root: Path) -> str:
    """What to say when a disk has no room left."""
    return f"{root}: no room is left on this disk; make some, then run again"


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, so that their names are durable too."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    _sync(path)


def failpoint(name: str) -> None:
    """Die here if EMAP_FAIL says so: how the tests stop a writer at an exact place."""
    if os.environ.get("EMAP_FAIL") == name:
        os.kill(os.getpid(), 9)
