"""Tags, extras and groups of a package, as they are kept, made of what was sent."""

import uuid
from collections.abc import Collection
from typing import Any

from publish.catalog import authorization, storage
from publish.catalog.call import Call, Document, Given
from publish.catalog.validators import MISSING, Invalid, tag_name, text

NO_GROUP = "That group name or ID does not exist."
ROOT_FIELD = "There is a schema field with the same name"


def tags(call: Call, given: Given, old: Document, errors: dict[str, Any]) -> list[Document]:
    """The tags, sorted by name, of `tags` and `tag_string`; faults are one list of sentences."""
    names, faults = set(), []
    for tag in _sent_tags(given, errors):
        try:
            names.add(tag_name(tag))
        except Invalid as error:
            faults += error.messages
    if faults:
        errors["tags"] = faults
        return []
    known = {tag["name"]: tag for tag in old.get("tags", []) if tag["name"] in names}
    ids = storage.tag_ids(call, names - set(known), lambda: str(uuid.uuid4()))
    new = {
        n: {"id": ids[n], "name": n, "display_name": n, "state": "active", "vocabulary_id": None}
        for n in ids
    }
    return [(known | new)[name] for name in sorted(names)]


def _sent_tags(given: Given, errors: dict[str, Any]) -> list[Any]:
    sent = [tag.get("name") for tag in given.get("tags") or []]
    try:
        words = text(given.get("tag_string") or "")
    except Invalid as error:
        errors["tag_string"] = error.messages
        return sent
    return sent + [tag for tag in words.split(",") if tag.strip()]


def extras(given: Given, root: Collection[str], errors: dict[str, Any]) -> list[Document]:
    """The extras in the order in which they were sent; one without a value is left out."""
    found: dict[str, str] = {}
    faults: list[dict[str, list[str]]] = []
    for sent in given.get("extras") or []:
        faults.append({})
        key, value = _extra(sent, root, faults[-1])
        if key in found:
            errors["extras_validation"] = [f'Duplicate key "{key}"']
        if sent.get("value") is not None:
            found[key] = value
    if any(faults):
        errors["extras"] = faults
    return [{"key": key, "value": value} for key, value in found.items()]


def _extra(sent: Given, root: Collection[str], fault: dict[str, list[str]]) -> tuple[str, str]:
    pair = {"key": "", "value": ""}
    for part in pair:
        try:
            pair[part] = text("" if sent.get(part) is None else sent[part])
        except Invalid as error:
            fault[part] = error.messages
    if not pair["key"]:
        fault.setdefault("key", [MISSING])
    elif pair["key"] in root:
        fault["key"] = [ROOT_FIELD]
    if "value" not in sent:
        fault["value"] = [MISSING]
    return pair["key"], pair["value"]


def group_ids(call: Call, given: Given, old: Document, errors: dict[str, Any]) -> list[str]:
    """The ids of the groups; a new one must be a group that the caller belongs to."""
    found: set[str] = set()
    faults: list[dict[str, list[str]]] = []
    for sent in given.get("groups") or []:
        faults.append({})
        group = _group(call, sent, faults[-1])
        if group is not None:
            found.add(group)
    if any(faults):
        errors["groups"] = faults
    authorization.fill_groups(call, found - set(old.get("groups", [])))
    return sorted(found)


def _group(call: Call, sent: Given, fault: dict[str, list[str]]) -> str | None:
    key = "id" if sent.get("id") else "name"
    try:
        group = storage.find_group(call, text(sent.get(key) or ""), "group")
    except Invalid as error:
        fault[key] = error.messages
        return None
    if group is None:
        fault["name"] = [NO_GROUP]
        return None
    return str(group["id"])
