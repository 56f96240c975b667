"""Tags, extras and groups of a package, as they are kept, made of what was sent."""

import uuid
from collections.abc import Collection
from typing import Any

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.documents import storage
from publish.catalog.validators import MISSING, Invalid, tag_name, text

NO_GROUP = "That group name or ID does not exist."
ROOT_FIELD = "There is a schema field with the same name"


type Tag = tuple[str, str]
"""The id of a vocabulary (empty for none) and a name: what a tag is known by."""


def tags(call: Call, given: Given, old: Document, errors: dict[str, Any]) -> list[Document]:
    """The tags, sorted by name, of `tags` and `tag_string`; faults are one list of sentences."""
    wanted: set[Tag] = set()
    faults: list[str] = []
    for vocabulary, name in _sent_tags(given, errors):
        try:
            wanted.add((text(vocabulary or ""), tag_name(name)))
        except Invalid as error:
            faults += error.messages
    known = {(tag["vocabulary_id"] or "", tag["name"]): tag for tag in old.get("tags", [])}
    new = wanted - known.keys()
    ids = _free_tags(call, new) | storage.vocabulary_tags(call, {tag for tag in new if tag[0]})
    faults += [
        f"Tag {name} does not belong to vocabulary {v}" for v, name in sorted(new - ids.keys())
    ]
    if faults:
        errors["tags"] = faults
        return []
    made = {tag: known.get(tag) or _tag(*tag, ids[tag]) for tag in wanted}
    return [made[tag] for tag in sorted(wanted, key=lambda tag: (tag[1], tag[0]))]


def _free_tags(call: Call, wanted: Collection[Tag]) -> dict[Tag, str]:
    names = {name for vocabulary, name in wanted if not vocabulary}
    if not names:
        return {}
    ids = storage.tag_ids(call, names, lambda: str(uuid.uuid4()))
    return {("", name): ids[name] for name in ids}


def _tag(vocabulary: str, name: str, tag_id: str) -> Document:
    return {
        "id": tag_id,
        "name": name,
        "display_name": name,
        "state": "active",
        "vocabulary_id": vocabulary or None,
    }


def _sent_tags(given: Given, errors: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Vocabulary and name of each tag, as they were sent."""
    sent = [(tag.get("vocabulary_id"), tag.get("name")) for tag in given.get("tags") or []]
    try:
        words = text(given.get("tag_string") or "")
    except Invalid as error:
        errors["tag_string"] = error.messages
        return sent
    return sent + [("", tag) for tag in words.split(",") if tag.strip()]


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
