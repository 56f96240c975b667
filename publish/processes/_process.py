"""What a process is: inputs that it reads, outputs that it writes as files, and its bounds."""

import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from datasets.text import CYRILLIC, Text
from publish.layers.features import Features

type Given = Mapping[str, Any]
"""The inputs of one execution by name, as `Process.read` understood them."""
type Control = Literal[
    "collections", "collection", "place", "area", "choice", "flag", "number", "text", "table"
]
"""How a form asks for an input."""


class TooMuch(ValueError):
    """More was asked for than one execution may take."""


@dataclass(frozen=True, slots=True)
class Published:
    """A collection as a process sees it: the features of one version, and who is to be named."""

    id: str
    version: int
    sha: str
    dataset: str
    title: Text
    publisher: Text
    license: str
    modified: str
    features: Features


@dataclass(frozen=True)
class Here:
    """Where inputs are read: what is published, and at which address.

    An input by reference may name what is published here; nothing else is ever fetched.
    """

    layers: Mapping[str, Published]
    base_url: str


@dataclass(frozen=True)
class Input:
    """An input: `read` understands a value or raises ValueError saying what is allowed.

    `schema` is its JSON Schema; `most` how many values it may have; one that is not `required` has
    the `default`. `control` is how a form asks for it, with `choices` where it has some.
    """

    name: str
    title: Text
    description: Text
    schema: Mapping[str, Any]
    read: Callable[[Any, Here], Any]
    control: Control
    required: bool = True
    most: int = 1
    default: Any = None
    choices: Callable[[], Mapping[str, str]] = field(default=dict)


@dataclass(frozen=True)
class Output:
    """An output: what it is, and the JSON Schema of its value."""

    name: str
    title: Text
    description: Text
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one execution may take."""

    features: int
    size_bytes: int
    timeout_s: float


SYNC = Bounds(features=50_000, size_bytes=100_000_000, timeout_s=20)
"""What is done while a client waits; more is a job."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that is an output."""

    output: str
    media_type: str
    path: Path


def nobody(_share: float) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True)
class Work:
    """An execution under way: it writes into `folder`, and says how far it is.

    `tell` may raise, which ends the work. `language` is that of words and titles in files.
    """

    here: Here
    folder: Path
    bounds: Bounds
    language: str = CYRILLIC
    tell: Callable[[float], None] = nobody
    begun_s: float = field(default_factory=time.monotonic)

    @contextmanager
    def desk(self, purpose: str) -> Iterator[Path]:
        """Lend an empty folder within `folder`, which is gone when the block ends."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=f"{purpose}-") as folder:
            yield Path(folder)

    def go_on(self, share: float) -> None:
        """Say which share is done, from 0 to 1; raises TimeoutError when the time is up."""
        if time.monotonic() - self.begun_s > self.bounds.timeout_s:
            raise TimeoutError
        self.tell(min(max(share, 0.0), 1.0))


class Process(ABC):
    """A process; the name of its file, with - for _, is its id.

    One that is `quick` is always done while the client waits.
    """

    title: ClassVar[Text]
    description: ClassVar[Text]
    inputs: ClassVar[tuple[Input, ...]]
    outputs: ClassVar[tuple[Output, ...]]
    version: ClassVar[str] = "1.0.0"
    quick: ClassVar[bool] = False

    @property
    def id(self) -> str:
        """What an address calls it."""
        return type(self).__module__.rpartition(".")[2].replace("_", "-")

    def read(self, values: Mapping[str, Any], here: Here) -> Given:
        """Understand inputs; raises ValueError naming the input, its value and what is allowed."""
        known = {each.name: each for each in self.inputs}
        for name in values:
            if name not in known:
                there = ", ".join(known)
                raise ValueError(f"inputs: {name[:80]!r} is no input here; there are {there}")
        return {name: _read(each, values.get(name), here) for name, each in known.items()}

    def check(self, given: Given, bounds: Bounds) -> None:  # noqa: B027 - many have nothing to say
        """Raise TooMuch, before anything is done, for what is surely beyond the bounds."""

    @abstractmethod
    def run(self, given: Given, work: Work) -> tuple[Made, ...]:
        """Do it; gives a file for each output.

        Raises ValueError that says what is wrong with the inputs, TooMuch and TimeoutError.
        """


def _read(each: Input, value: Any, here: Here) -> Any:
    value = _inner(value)
    if value is None or value in ("", []):
        if each.required:
            raise ValueError(f"inputs: {each.name} is missing; it is {each.description.said('en')}")
        return each.default
    try:
        if each.most == 1:
            return each.read(value, here)
        values = value if isinstance(value, list) else [value]
        if len(values) > each.most:
            raise ValueError(f"{len(values)} values are more than {each.most}")
        return tuple(each.read(_inner(one), here) for one in values)
    except TooMuch:
        raise
    except ValueError as error:
        raise ValueError(f"inputs: {each.name}: {error}") from None


def _inner(value: Any) -> Any:
    """The value of a qualified one, such as {"value": …, "mediaType": …}."""
    qualified = isinstance(value, Mapping) and "value" in value
    if qualified and value.keys() <= {"value", "mediaType", "encoding", "schema", "format"}:
        return value["value"]
    return value
