"""What every page and API of the site reads: opened once, handed to the app."""

from dataclasses import dataclass
from pathlib import Path

from datasets.config import Config
from datasets.model import Version
from datasets.store import Store
from datasets.stores.folder import Folder
from geoportal.publishers import Publishers
from geoportal.registry import Registry
from geoportal.scores import Scores
from publish.catalog import Embedded
from publish.catalog.call import Outside
from publish.catalog.errors import NotAuthorized, NotFound
from publish.database import open_database
from publish.dcat import Issuer
from publish.executions.run import Bench
from publish.executions.runner import Runner
from publish.harvests.book import Book
from publish.layers.backends import open_layers
from publish.migrations import prepare
from publish.places import Index, Present
from publish.versions import Versions

BROKEN = "{} was broken and is set aside; publish its dataset again"


@dataclass(frozen=True, slots=True)
class Portal:
    """The opened things of a serving process; it reads, only the catalog's actions write."""

    config: Config
    site_url: str
    catalog: Embedded
    registry: Registry
    store: Store
    versions: Versions
    publishers: Publishers
    harvests: Book
    runner: Runner
    places: Present
    scores: Scores

    def public_version(self, dataset: str) -> Version | None:
        """The version that anybody may see; None when it went or is private in the catalog."""
        try:
            self.catalog.as_user(None).call_action("package_show", {"id": dataset})
        except (NotFound, NotAuthorized):
            return None
        return self.versions.current(dataset)

    def alarms(self) -> list[str]:
        """What wants a person; the site answers all the same."""
        broken = [BROKEN.format(layer) for layer in self.store.broken()]
        return [*broken, *filter(None, [self.registry.layers.fault()])]

    def issuer(self) -> Issuer:
        """The site as documents for other catalogs name it."""
        layers = self.registry.view().collections.values()
        on_map = frozenset(each.layer.dataset for each in layers)
        return Issuer(self.config.site, self.site_url, self.publishers.by_id(), on_map)


def open_portal(config: Config, state: Path, site_url: str) -> Portal:
    """Open the state folder for serving; an empty one serves an empty site."""
    store = Folder(state)
    engine = open_database(config.catalog.url, store.root)
    prepare(engine)
    site_url = (config.site.url or site_url).rstrip("/")
    catalog = Embedded(engine, config.site, site_url, Outside(store, config))
    catalog.recover()
    versions = Versions(engine)
    layers = open_layers(config)
    registry = Registry(versions, catalog, store, layers, config.map.layers)
    runner = Runner(Bench(engine, store, layers, config), store.root)
    publishers = Publishers(catalog, versions)
    harvests = Book(engine, config.http.allow_private)
    places = Present(Index(store))
    scores = Scores(catalog, versions, publishers)
    return Portal(
        config,
        site_url,
        catalog,
        registry,
        store,
        versions,
        publishers,
        harvests,
        runner,
        places,
        scores,
    )
