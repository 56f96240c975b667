"""The names of what is public now: at publication, and in a server that finds some missing."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from datasets.errors import EmapError, PublishError
from datasets.model import Layer
from publish.layers.features import Features
from publish.places.index import Index

PATIENCE_S = 1.5  # so long a request waits for names that are being taken in
AGAIN_S = 60.0  # a layer that could not be taken in is tried again after that

type Opened = Callable[[Layer], Features]


def take_in(index: Index, layers: Sequence[Layer], features: Opened) -> list[str]:
    """Have the names of layers in the index; gives what went wrong, which stops nothing.

    What stays out is taken in by the server that misses it.
    """
    faults = []
    for layer in layers:
        try:
            index.keep(layer, features(layer))
        except PublishError as error:
            faults.append(str(error))
    return faults


def leave_out(index: Index, dataset: str, but: Sequence[Layer] = ()) -> list[str]:
    """Take names out of the index that are public no longer; gives what went wrong.

    They are not shown anyway: who searches asks only layers that are public.
    """
    try:
        index.forget(dataset, but)
    except PublishError as error:
        return [str(error)]
    return []


class Present:
    """Which layers of the index may answer; one for a serving process."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._starting = threading.Lock()
        self._worker: threading.Thread | None = None
        self._failed: dict[str, float] = {}

    def numbers(self, public: Mapping[str, tuple[Layer, Features]]) -> Mapping[int, str]:
        """The ids of the public layers by their number in the index.

        Those that are missing are taken in beside the requests, and waited for a moment. Raises
        PublishError where the index cannot be read.
        """
        layers = [layer for layer, _ in public.values()]
        known = self.index.known(layers)
        if missing := [layer for layer in layers if layer.sha not in known]:
            self._take_in([public[layer.id] for layer in missing])
            known = self.index.known(layers)
        return {known[layer.sha]: layer.id for layer in layers if layer.sha in known}

    def _take_in(self, missing: Sequence[tuple[Layer, Features]]) -> None:
        with self._starting:
            now = time.monotonic()
            wanted = [each for each in missing if self._failed.get(each[0].sha, 0.0) <= now]
            if wanted and not (self._worker and self._worker.is_alive()):
                self._worker = threading.Thread(target=self._work, args=(wanted,), daemon=True)
                self._worker.start()
            worker = self._worker
        if worker and wanted:
            worker.join(PATIENCE_S)

    def _work(self, missing: Sequence[tuple[Layer, Features]]) -> None:
        for layer, features in missing:
            try:
                self.index.keep(layer, features)
            except (EmapError, TimeoutError):  # the next view may have another
                self._failed[layer.sha] = time.monotonic() + AGAIN_S
