"""What other catalogs, readers of feeds and search engines take from the site."""

from starlette.routing import BaseRoute

from geoportal.dcat import crawlers, documents, feeds


def routes() -> list[BaseRoute]:
    """All addresses for machines that read the whole catalog."""
    return [*documents.routes(), *feeds.routes(), *crawlers.routes()]
