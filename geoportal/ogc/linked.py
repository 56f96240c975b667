"""Features as linked data: GeoJSON with the context that makes JSON-LD of it, as pygeoapi has it.

pygeoapi's own goes through a template of its own, which puts `&lt;` for `<` into every value.
"""

from typing import Any

from pygeoapi.linked_data import jsonldify_geometry

TERMS = {
    "schema": "https://schema.org/",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "type": "@type",
}
OF_PAGE = {"features": "schema:itemListElement", "FeatureCollection": "schema:itemList"}


def page(document: dict[str, Any], collection: str) -> dict[str, Any]:
    """A page of features; `collection` is the address of theirs. It is made of the document."""
    features = []
    for each in document["features"]:
        _place(each)
        known = {"@id": f"{collection}/items/{each['id']}", "type": "schema:Place"}
        features.append(known | each.pop("properties") | each)
    named = document | {"@id": collection, "features": features}
    return {"@context": [TERMS | OF_PAGE], **named}


def feature(document: dict[str, Any], collection: str) -> dict[str, Any]:
    """One feature, whose properties stand beside its geometry. It is made of the document."""
    document.update(document.pop("properties"))
    _place(document)
    return {"@context": [TERMS], **document, "@id": f"{collection}/items/{document['id']}"}


def _place(each: dict[str, Any]) -> None:
    if each.get("geometry") is not None:
        jsonldify_geometry(each)
