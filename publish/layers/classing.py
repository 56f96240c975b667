"""Where the classes of numbers end: `python -m publish.layers.classing`, by mapclassify.

A program of its own: to import mapclassify takes 3 s of processor and 190 MB. It reads numbers as
JSON and answers the upper ends of classes by method and by number of classes, for one column all
that can be asked for. The two methods that need no search are done here and now; that they are
what mapclassify says is tested.
"""

import functools
import json
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.errors import PublishError

SEARCHED = {"natural": "FisherJenks", "pretty": "PrettyBreaks", "headtail": "HeadTailBreaks"}
"""Methods that mapclassify does, by our names."""
FEWEST, MOST = 3, 7
SAMPLE = 400
"""Numbers that are looked at; they are evenly taken of the sorted ones, with both ends."""
TIMEOUT_S = 30.0
ROOT = Path(__file__).parents[2]

type Numbers = NDArray[np.float64]
type Ends = Mapping[str, Mapping[str, Sequence[float]]]
"""Upper ends of classes by method and number of classes."""


def quantiles(numbers: Numbers, k: int) -> list[float]:
    """Upper ends of classes that hold equally many; fewer where numbers repeat.

    >>> quantiles(np.arange(1.0, 11.0), 5)
    [2.8, 4.6, 6.4, 8.2, 10.0]
    """
    return distinct(np.quantile(numbers, np.linspace(0, 1, k + 1)[1:]).tolist())


def equal(numbers: Numbers, k: int) -> list[float]:
    """Upper ends of classes that are equally wide.

    >>> equal(np.arange(1.0, 11.0), 3)
    [4.0, 7.0, 10.0]
    """
    return distinct(np.linspace(numbers.min(), numbers.max(), k + 1)[1:].tolist())


AT_ONCE: Mapping[str, Callable[[Numbers, int], list[float]]] = {
    "quantiles": quantiles,
    "equal": equal,
}
METHODS = (*AT_ONCE, *SEARCHED)


def distinct(ends: Sequence[float]) -> list[float]:
    """The ends in order, none twice."""
    return sorted(set(ends))


def sample(numbers: Numbers) -> Numbers:
    """At most SAMPLE numbers that are spread as all are."""
    ordered = np.sort(numbers)
    if len(ordered) <= SAMPLE:
        return ordered
    return ordered[np.linspace(0, len(ordered) - 1, SAMPLE).round().astype(np.int64)]


class Classing:
    """Ends of classes, kept in a folder that may go at any time; one program at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._one = threading.Lock()

    def ends(self, numbers: Callable[[], Numbers], key: str, method: str, k: int) -> list[float]:
        """Upper ends of at most k classes of finite numbers; none of no numbers.

        `key` names the numbers for ever, as a name of a file. Raises PublishError where the
        program does not answer in time.
        """
        if method in AT_ONCE:
            found = numbers()
            return AT_ONCE[method](found, k) if len(found) else []
        return list(self._kept(key, numbers).get(method, {}).get(str(k), ()))

    def _kept(self, key: str, numbers: Callable[[], Numbers]) -> Ends:
        file = self.folder / f"{key}.json"
        with self._one:
            try:
                return _read(file)
            except (OSError, ValueError):
                made = searched(sample(numbers()))
            _keep(file, made)
            return made


@functools.lru_cache(256)
def _read(file: Path) -> Ends:
    found: Ends = json.loads(file.read_bytes())
    return found


def _keep(file: Path, made: Ends) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(made), encoding="ascii")
    draft.replace(file)


def searched(numbers: Numbers) -> Ends:
    """What the program says of numbers; raises PublishError."""
    if not len(numbers):
        return {}
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    try:
        ran = subprocess.run(
            [sys.executable, "-P", "-m", "publish.layers.classing"],
            input=json.dumps(numbers.tolist()).encode(),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=True,
            env={**alone, "LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", "")},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PublishError(f"classes: the program did not answer: {error}") from None
    found: Ends = json.loads(ran.stdout)
    return found


def classified(numbers: Numbers) -> Ends:
    """The ends of all methods that search, for every number of classes."""
    import mapclassify  # noqa: PLC0415 - large; only this program loads it

    few = len(np.unique(numbers))
    return {
        method: {
            str(k): _ends(getattr(mapclassify, name), numbers, k)
            for k in range(FEWEST, MOST + 1)
            if k <= few
        }
        for method, name in SEARCHED.items()
    }


def _ends(classifier: Callable[..., object], numbers: Numbers, k: int) -> list[float]:
    wants_k = classifier.__name__ != "HeadTailBreaks"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that numba is not here, that values repeat
        made = classifier(numbers, k=k) if wants_k else classifier(numbers)
    bins = [float(end) for end in made.bins]  # type: ignore[attr-defined]
    return distinct([*bins[: k - 1], bins[-1]])


if __name__ == "__main__":
    asked = np.array(json.load(sys.stdin), dtype=np.float64)
    sys.stdout.write(json.dumps(classified(asked)))
