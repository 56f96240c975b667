"""The desk: everything a run needs, opened once and handed down; there are no globals."""

from dataclasses import dataclass
from pathlib import Path

from datasets.config import Config
from datasets.store import Store
from datasets.stores.folder import Folder
from harvesters._http import Http
from publish.catalog import Embedded
from publish.catalog.call import Outside
from publish.database import open_database
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


def open_desk(config: Config, state: Path, site_url: str = "") -> Desk:
    """Open the state folder of a site, making what is not there; harmless to call again."""
    store = Folder(state)
    store.sweep()
    engine = open_database(config.catalog.url, store.root)
    prepare(engine)
    catalog = Embedded(engine, config.site, site_url or config.site.url, Outside(store, config))
    versions = Versions(engine)
    return Desk(
        config=config,
        http=Http(config.http, slots=store.root / "hosts"),
        store=store,
        versions=versions,
        catalog=catalog,
        sandbox=Sandbox(config.validation.limits),
        checks=Checks.of(config.validation),
    )
