"""A package as the fields of CKAN's search index, for clients that ask for some of them (`fl`)."""

from collections.abc import Sequence

import orjson

from publish.catalog.call import Document


def fields(document: Document, score: float, names: Sequence[str]) -> Document:
    """Some fields of a package, or with `*` all; a field that it does not have is left out."""
    whole = _whole(document) | {"score": score}
    if "*" in names:
        return whole
    packed = {"data_dict", "validated_data_dict"} & set(names)
    if packed:
        whole |= dict.fromkeys(packed, orjson.dumps(document).decode())
    return {name: whole[name] for name in names if name in whole}


def _whole(document: Document) -> Document:
    resources = document["resources"]
    extras = {extra["key"]: extra["value"] for extra in document["extras"]}
    return (
        extras
        | {f"extras_{key}": value for key, value in extras.items()}
        | document
        | {
            "capacity": "private" if document["private"] else "public",
            "dataset_type": document["type"],
            "entity_type": "package",
            "site_id": "default",
            "title_string": document["title"],
            "organization": document["organization"]["name"],
            "groups": [group["name"] for group in document["groups"]],
            "tags": [tag["name"] for tag in document["tags"]],
            "res_name": [resource["name"] for resource in resources],
            "res_description": [resource["description"] for resource in resources],
            "res_format": [resource["format"] for resource in resources],
            "res_url": [resource["url"] for resource in resources],
            "extras": list(extras),
        }
    )
