"""CKAN's API over HTTP: it only translates; what an action does is in publish/catalog.

`ActionApi` stands before the application and answers calls of actions; `routes()` are the other
addresses below /api. Rules: golden/ckan, an answer of a real CKAN for each. docs/ckan-api.md says
where we differ.
"""

from geoportal.ckan.actions import ActionApi, bug
from geoportal.ckan.addresses import routes

__all__ = ["ActionApi", "bug", "routes"]
