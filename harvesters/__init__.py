"""Where data come from: one file a kind of source, opened from config.yml.

The files here are the kinds; the folders serve them: `sources` is what every kind is made of,
`fetching` the only way out, `values` and `documents` read what comes, `packages`, `catalogs`,
`features` and `folders` are for the kinds whose names say it.
"""

from datasets.config import Config, Document
from datasets.entries import opened
from harvesters.catalogs.catalog import CatalogSource
from harvesters.packages.package import UPLOAD
from harvesters.sources.source import Source


def open_sources(config: Config, document: Document) -> list[Source]:
    """Open the entries of `sources:` in order; raises ConfigError with file and line.

    What a catalog has from this site (`site.url`) is ours already, and not harvested back.
    """
    taken = {UPLOAD: "what people upload"}
    # mypy: an abstract class is what is asked for; the kind found is a concrete one
    found = opened("sources", config.sources, document, Source, __name__, taken)  # type: ignore[type-abstract]
    return [_knowing_us(source, config.site.url) for source in found]


def _knowing_us(source: Source, site_url: str) -> Source:
    if not (isinstance(source, CatalogSource) and site_url):
        return source
    return source.model_copy(update={"not_from": (*source.not_from, site_url)})
