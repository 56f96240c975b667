"""The OGC APIs: pygeoapi's handlers over our layers, and vector tiles."""

from geoportal.ogc.front import Front

__all__ = ["Front"]
