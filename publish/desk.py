"""The desk: everything a run needs, opened once and handed down; there are no globals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.config import Config
from datasets.store import Store
from datasets.stores.folder import Folder
from harvesters.fetching.http import Http
from publish.catalog import Embedded
from publish.catalog.call import Outside
from publish.database import open_database
from publish.layers.backends import Backend, open_layers
from publish.migrations import prepare
from publish.versions import Versions
from validation.judge import Checks
from validation.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Desk:
    """The opened things of one site."""

    config: Config
    http: Http
    store: Store
    versions: Versions
    catalog: Embedded
    sandbox: Sandbox
    checks: Checks
    layers: Backend

    @contextmanager
    def transaction(self) -> Iterator["Desk"]:
        """Lend this desk on one open connection: all that is done there, or nothing.

        What is done of one dataset is all done, or nothing of it, whatever becomes of the others.
        """
        with self.catalog.transaction() as catalog, self.store.together() as store:
            versions = self.versions.within(catalog.connection)
            yield replace(self, catalog=catalog, versions=versions, store=store)

    @property
    def is_lent(self) -> bool:
        """True inside of `transaction()`."""
        return self.catalog.bound is not None


def open_desk(config: Config, state: Path, site_url: str = "") -> Desk:
    """Open the state folder of a site, making what is not there; harmless to call again."""
    store = Folder(state)
    store.sweep()
    engine = open_database(config.catalog.url, store.root)
    prepare(engine)
    catalog = Embedded(engine, config.site, site_url or config.site.url, Outside(store, config))
    desk = desk_of(catalog, Http(config.http, slots=store.root / "hosts"))
    desk.layers.sweep(store)
    return desk


def desk_of(catalog: Embedded, http: Http) -> Desk:
    """Put together the desk of a catalog that is open."""
    config = catalog.outside.config
    return Desk(
        config=config,
        http=http,
        store=catalog.outside.store,
        versions=Versions(catalog.engine),
        catalog=catalog,
        sandbox=Sandbox(config.validation.limits),
        checks=Checks.of(config.validation),
        layers=open_layers(config),
    )
