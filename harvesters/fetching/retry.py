"""Trying again: only what passes by itself, after a wait that grows, and within the time."""

import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

import stamina
import stamina.instrumentation

from datasets.errors import HarvestError
from harvesters.fetching.address import Place

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
LONGEST_BUSY_S = 60.0  # that a server may keep us waiting; for longer we come back another time
FOREVER_S = 999_999_999.0  # more than any server means
LONGEST_HOLD_S = 3600.0  # for which a client does not ask a host that wants to be left alone

stamina.instrumentation.set_on_retry_hooks(())  # what failed in the end is told once, by its error


def tried[T](once: Callable[[], T], attempts: int, left: Callable[[], float]) -> T:
    """What `once` gives; called again while HarvestErrors are transient and time is left.

    `left` are the seconds until the end; `after_s` among an error's values, those that the server
    asked us to wait. No wait is begun that would outlast them, and none is
    longer than a tenth of what there was.
    """
    longest = min(LONGEST_WAIT_S, left() / 10)
    first = min(FIRST_WAIT_S, longest)

    def again(error: Exception) -> bool | float:
        if not isinstance(error, HarvestError) or not error.transient:
            return False
        wished = error.values.get("after_s")
        if wished is None:
            return left() > longest
        return float(wished) < min(LONGEST_BUSY_S, left()) and float(wished) + random.uniform(
            0, first
        )

    for attempt in stamina.retry_context(
        on=again,
        attempts=attempts,
        timeout=None,
        wait_initial=first,
        wait_max=longest,
        wait_jitter=first,
    ):
        with attempt:
            return once()
    raise AssertionError("stamina raises what failed last")


class Experience:
    """What one client has learnt of hosts: which do not answer, and which asked to be left alone.

    A catalog may have hundreds of links to one host. One that did not answer all the tries is
    tried once from then on, until it answers; one that is busy for long is not asked meanwhile.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._silent: set[Place] = set()
        self._busy: dict[Place, tuple[float, str]] = {}

    def tried[T](
        self, at: Place, once: Callable[[], T], attempts: int, left: Callable[[], float]
    ) -> T:
        """As `tried`, with what is known of the host."""
        self._refuse_busy(at)
        try:
            came = tried(once, 1 if at in self._silent else attempts, left)
        except HarvestError as error:
            self._learn(at, error)
            raise
        self._silent.discard(at)
        return came

    def _refuse_busy(self, at: Place) -> None:
        ends, until = self._busy.get(at, (0.0, ""))
        if self._clock() < ends:
            raise HarvestError(
                f"the server asked us not to come before {until}: nothing is to be done",
                "busy",
                until=until,
            )

    def _learn(self, at: Place, error: HarvestError) -> None:
        if error.fault in ("unreachable", "timeout"):
            self._silent.add(at)
        wished = float(error.values.get("after_s", 0))
        if wished > LONGEST_BUSY_S:
            ends = self._clock() + min(wished, LONGEST_HOLD_S)
            self._busy[at] = (ends, error.values["until"])


def wait_wished(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Retry-After`, written as a number or as a moment; None where it says neither.

    The moment is of the server's clock, which may be wrong: it is held against its `Date`.

    >>> wait_wished({"retry-after": "30"}), wait_wished({"retry-after": "soon"})
    (30.0, None)
    >>> date, later = "Mon, 02 Nov 2026 10:00:00 GMT", "Mon, 02 Nov 2026 10:02:00 GMT"
    >>> wait_wished({"retry-after": later, "date": date})
    120.0
    """
    said = headers.get("retry-after", "").strip()
    if said.isdecimal() and said.isascii():
        return min(float(said[:20]), FOREVER_S)
    until, since = _moment(said), _moment(headers.get("date", ""))
    if until is None:
        return None
    return min(max(until - (time.time() if since is None else since), 0.0), FOREVER_S)


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
