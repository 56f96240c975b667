"""Everything the product raises on purpose.

    EmapError
    ├── ConfigError        config.yml or a command's arguments; the command line ends with 2
    ├── HarvestError       a source did not give what it promised; ends with 3
    │   ├── LeaseLost      another worker has taken this job over; nothing may be published by it
    │   └── BlockedAddress an address that a harvester may not visit
    ├── ReadingError       a file cannot be read; becomes a Finding at the border of the sandbox
    ├── PublishError       a version could not be stored or shown; ends with 4
    │   └── TargetError    a target is not there, or does not answer as it should; ends with 4
    └── NotFound           no dataset, version, layer or kind of that name

Bad *data* are Findings, never exceptions. A message names the thing, the value and the way out.
"""

TRANSIENT = frozenset(
    {"unreachable", "timeout", "broken-off", "busy", "server-error", "lease-lost", "broke-off"}
)
"""The faults that pass by themselves: tried again, and nothing public changes meanwhile."""


class EmapError(Exception):
    """Base of all: caught once, at the border of a dataset in a run."""


class ConfigError(EmapError):
    """The configuration or a command's argument is wrong."""


class HarvestError(EmapError):
    """A source did not give what it promised.

    `fault` is the key of the sentences that tell a publisher what happened and what to do, and
    `values` fill them: the address among them, without secrets. The message is for logs.
    """

    def __init__(self, message: str, fault: str = "source", **values: str) -> None:
        super().__init__(message)
        self.fault, self.values = fault, values

    @property
    def transient(self) -> bool:
        """True when it may pass by itself, so that trying again makes sense."""
        return self.fault in TRANSIENT


class BlockedAddress(HarvestError):
    """The address is private, reserved or on a port that a harvester may not visit."""

    def __init__(self, message: str, fault: str = "blocked", **values: str) -> None:
        super().__init__(message, fault, **values)


class LeaseLost(HarvestError):
    """Another worker has taken the job over: this one must stop, and may publish nothing."""

    def __init__(self, message: str, fault: str = "lease-lost", **values: str) -> None:
        super().__init__(message, fault, **values)


class ReadingError(EmapError):
    """A file cannot be read; the message says why and what to do."""


class PublishError(EmapError):
    """A version could not be stored or shown."""


class TargetError(PublishError):
    """A target of `emap mirror` is not there, or does not answer as its kind should."""


class NotFound(EmapError):
    """There is no such thing; the message says which there are."""
