"""The OGC APIs: pygeoapi's handlers over our layers, and vector tiles."""

from geoportal.ogc.mount import routes

__all__ = ["routes"]
