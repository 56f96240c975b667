"""A sandbox for all, and one file read in it."""

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from datasets.config import Limits
from datasets.model import Dataset, Resource
from datasets.text import Text
from validation.reading import read
from validation.reading.reading import Reading
from validation.sandbox import Sandbox

type ReadOne = Callable[..., Reading]


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    """The sandbox as config.yml has it by default, a little less patient."""
    return Sandbox(Limits(wall_s=60, cpu_s=60))


class Here(Sandbox):
    """Does what a child would, in this process: a second sooner, with JSON in between."""

    def __init__(self) -> None:
        self.limits = Limits()

    def run(
        self, task: str, arguments: Mapping[str, Any], *, read: Sequence[Path], write: Path
    ) -> Any:
        """Call the task; `read` and `write` protect nothing here."""
        module, _, function = task.partition(":")
        work = getattr(importlib.import_module(module), function)
        return json.loads(json.dumps(work(json.loads(json.dumps(arguments)))))


@pytest.fixture(scope="session")
def here() -> Sandbox:
    """A sandbox without walls, for files of our own."""
    return Here()


@pytest.fixture
def read_one(sandbox: Sandbox, tmp_path: Path) -> ReadOne:
    """Read one file as the only resource of a dataset; its format is its ending unless told."""

    def read_it(path: Path, format_: str = "", box: Sandbox = sandbox, **declared: Any) -> Reading:
        ending = format_ or path.suffix[1:].lower()
        resource = Resource(path.stem, path, ending, path.name, **declared)
        dataset = Dataset("proba", Text("Проба"), "", "test", "1", (resource,))
        into = tmp_path / f"read-{len(list(tmp_path.iterdir()))}"
        return read(dataset, box, into)[0]

    return read_it


@pytest.fixture
def cells() -> Callable[[Reading], list[dict[str, Any]]]:
    """Give the cells of a reading as rows."""

    def rows(reading: Reading) -> list[dict[str, Any]]:
        with pa.memory_map(str(reading.cells)) as source:
            found: list[dict[str, Any]] = pa.ipc.open_file(source).read_all().to_pylist()
            return found

    return rows
