"""Other portals that show what is public here: one file a kind of target."""

from datasets.config import Config, Document
from datasets.entries import opened
from datasets.errors import ConfigError
from publish.targets._target import Target


def open_targets(config: Config, document: Document) -> list[Target]:
    """Open the entries of `targets:` in order; raises ConfigError with file and line."""
    # mypy: an abstract class is what is asked for; the kind found is a concrete one
    targets = opened("targets", config.targets, document, Target, __name__)  # type: ignore[type-abstract]
    for place, target in enumerate(targets):
        if fault := target.token_fault():
            line = document.line(("targets", place))
            raise ConfigError(f"{document.path}:{line}: targets.{place}: {fault}")
    return targets
