"""A site as commands and workers open it: by the path of config.yml and of the state folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets import config as configuration
from datasets.config import Config, Document
from datasets.errors import ConfigError

if TYPE_CHECKING:
    from harvesters.sources.source import Source
    from publish.desk import Desk
    from publish.targets._target import Target


@dataclass(frozen=True, slots=True)
class Site:
    """A configuration and a state folder. What they name is opened when it is asked for."""

    path: Path | None
    state: Path
    config: Config
    document: Document | None

    def sources(self, names: list[str] | None = None) -> "list[Source]":
        """Open the sources of config.yml, or those named."""
        from harvesters import open_sources  # noqa: PLC0415 - many commands need none

        if self.document is None or not self.config.sources:
            where = self.path or "config.yml"
            raise ConfigError(f"{where}: has no `sources:`; see config.yml of the project")
        return named("source", open_sources(self.config, self.document), names)

    def targets(self, names: list[str] | None = None) -> "list[Target]":
        """Open the targets of config.yml, or those named."""
        from publish.targets import open_targets  # noqa: PLC0415 - many commands need none

        if self.document is None or not self.config.targets:
            where = self.path or "config.yml"
            raise ConfigError(f"{where}: has no `targets:`; see docs/settings.md")
        return named("target", open_targets(self.config, self.document), names)

    def desk(self) -> "Desk":
        """Open what a run needs."""
        from publish.desk import open_desk  # noqa: PLC0415 - it loads the catalog

        return open_desk(self.config, self.state)


def open_site(path: Path | None, state: Path) -> Site:
    """Read config.yml, if there is one; raises ConfigError for what is wrong in it."""
    if path is None:
        return Site(None, state, Config(), None)
    config, document = configuration.load(path)
    return Site(path, state, config, document)


def named[T: Any](noun: str, things: list[T], names: list[str] | None) -> list[T]:
    """Those of some names, or all; raises ConfigError for a name that none has."""
    known = [thing.name for thing in things]
    for name in names or ():
        if name not in known:
            raise ConfigError(f"no {noun} {name!r}; there are {', '.join(known)}")
    return [thing for thing in things if not names or thing.name in names]
