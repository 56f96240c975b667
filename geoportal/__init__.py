"""What the public sees: CKAN API, OGC APIs, tiles, eMap and pages."""
