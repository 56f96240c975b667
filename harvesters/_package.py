"""Make a dataset of a Data Package's folder, or of one file.

Rule: Data Package 1 and 2 (datapackage.org), of which only what lies in the folder is taken:
nothing that a descriptor names is ever fetched, and `profile` is not followed.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets import names
from datasets.errors import ConfigError, HarvestError, ReadingError
from datasets.model import Dataset, Finding
from datasets.text import Text
from harvesters._descriptor import document, text
from harvesters._licenses import license_id
from harvesters._mapping import address, entries, tags
from harvesters._mapping import text as words
from harvesters._resources import Broken, one_file, resources

UPLOAD = "upload"  # the source of what a person hands in
DESCRIPTORS = ("datapackage.yaml", "datapackage.yml", "datapackage.json")


def upload(
    path: Path, *, organization: str, name: str | None = None, title: str | None = None
) -> Dataset:
    """Make a dataset of what a person hands in: a file, a package's folder, its descriptor.

    The dataset's name is its identity: the same name again is a new version of it.
    Raises ConfigError for a wrong name, HarvestError when there is nothing at the path.
    """
    for what, word in (("organization", organization), ("name", name)):
        if word is not None and not names.is_name(word):
            raise ConfigError(
                f"{what}: {word!r} is no name; write 2 to 100 of a-z 0-9 - _, as in gradski-parking"
            )
    if not path.exists():
        raise HarvestError(f"{path}: there is no such file or folder")
    folder = path.parent if path.name in DESCRIPTORS else path
    if not folder.is_dir():
        return single_file(path, source=UPLOAD, organization=organization, name=name, title=title)
    dataset = package(folder, source=UPLOAD, organization=organization, remote_id="", name=name)
    own = Text(title) if title else dataset.title
    return replace(dataset, remote_id=dataset.name, title=own)


def single_file(
    path: Path,
    *,
    source: str,
    organization: str,
    name: str | None = None,
    title: str | None = None,
) -> Dataset:
    """Make a dataset of one file, named like the file unless a name is given.

    Raises HarvestError when no name can be made of the file's.
    """
    stem = unicodedata.normalize("NFC", path.stem)
    try:
        made = name or names.slug(stem)
    except ValueError as error:
        raise HarvestError(f"{path.name}: {error}; give it a name") from None
    dataset = Dataset(
        name=made,
        title=Text(title or stem),
        organization=organization,
        source=source,
        remote_id=made,
    )
    try:
        return replace(dataset, resources=(one_file(path, made),))
    except Broken as fault:
        return replace(dataset, findings=(fault.finding(made),))


def is_package(folder: Path) -> bool:
    """Tell whether a folder holds a Data Package's descriptor."""
    return bool(_descriptors(folder))


def _descriptors(folder: Path) -> list[Path]:
    """List the descriptors by name: one that may not be read is there all the same."""
    there = {path.name for path in folder.iterdir()}
    return [folder / name for name in DESCRIPTORS if name in there]


def package(
    folder: Path, *, source: str, organization: str, remote_id: str, name: str | None = None
) -> Dataset:
    """Make a dataset of a Data Package; what is broken in it are the dataset's findings.

    Raises HarvestError when the folder holds no descriptor.
    """
    descriptors = _descriptors(folder)
    if not descriptors:
        raise HarvestError(f"{folder}: holds no Data Package; put a {DESCRIPTORS[0]} there")
    try:
        described = document(descriptors[0])
    except ReadingError as error:
        return broken(
            Broken("descriptor", str(error), "correct the file", reason=str(error)).finding(),
            name=name or folder_name(folder, remote_id),
            source=source,
            organization=organization,
            remote_id=remote_id,
        )
    made, unnamed = _name(described, folder, remote_id) if name is None else (name, ())
    taken, findings = resources(folder, described)
    own, keywords = text(described, "title"), described.get("keywords")
    return Dataset(
        name=made,
        title=own if own else Text(folder.name),
        organization=organization,
        source=source,
        remote_id=remote_id,
        resources=taken,
        notes=text(described, "description"),
        license_id=_license(described),
        tags=tags(keywords if isinstance(keywords, list) else []),
        url=address(described.get("homepage")),
        contributors=_contributors(described),
        extras=_extras(described),
        findings=(*unnamed, *_two_descriptors(descriptors), *findings),
    )


def broken(
    finding: Finding, *, name: str, source: str, organization: str, remote_id: str
) -> Dataset:
    """Make a dataset of which nothing could be taken but its place."""
    return Dataset(
        name=name,
        title=Text(remote_id or name),
        organization=organization,
        source=source,
        remote_id=remote_id,
        findings=(finding,),
    )


def _name(
    described: Mapping[str, Any], folder: Path, remote_id: str
) -> tuple[str, tuple[Finding, ...]]:
    """Make the dataset's name of the package's, or of its folder's when it has none."""
    own = described.get("name")
    said = own if isinstance(own, str) and own.strip() else folder.name
    try:
        return names.slug(said), ()
    except ValueError as error:
        fault = Broken(
            "name-missing",
            str(error),
            "give the package a name of a-z 0-9 - _, as in gradski-parking",
            name=said[:100],
        )
        return folder_name(folder, remote_id), (fault.finding(),)


def folder_name(folder: Path, remote_id: str) -> str:
    """Make a dataset's name of its folder's, or of its place when that has no letters."""
    try:
        return names.slug(folder.name)
    except ValueError:
        return f"dataset-{hashlib.sha256(remote_id.encode()).hexdigest()[:8]}"


def _two_descriptors(descriptors: list[Path]) -> tuple[Finding, ...]:
    if len(descriptors) == 1:
        return ()
    read, other = descriptors[0].name, descriptors[1].name
    return (
        Finding(
            "descriptor-twice",
            severity="warning",
            note=f"there are {read} and {other}; {read} was read",
            values={"read": read, "other": other},
            remedy=f"delete {other}",
        ),
    )


def _license(described: Mapping[str, Any]) -> str:
    """Give CKAN's id of the first licence; a licence that CKAN does not list stays as it is.

    >>> _license({"licenses": [{"name": "CC-BY-4.0"}]}), _license({"licenses": [{"name": "MIT"}]})
    ('cc-by', 'MIT')
    """
    listed = described.get("licenses")
    first = listed[0] if isinstance(listed, list) and listed else described.get("license")
    said = first.get("name") if isinstance(first, dict) else first
    return license_id(said) if isinstance(said, str) else ""


def _contributors(described: Mapping[str, Any]) -> tuple[str, ...]:
    """Give who made it, by name; addresses of people are not passed on."""
    titles = (words(entry.get("title")) for entry in entries(described.get("contributors")))
    return tuple(dict.fromkeys(title for title in titles if title))


def _extras(described: Mapping[str, Any]) -> dict[str, str]:
    """Give what has no field of its own: the sources, one a line, and the publisher's version."""
    said = {"sources": "\n".join(filter(None, map(_source, entries(described.get("sources")))))}
    version = described.get("version")
    if isinstance(version, str | int | float):
        said["version"] = str(version).strip()
    return {key: words for key, words in said.items() if words}


def _source(entry: Mapping[str, Any]) -> str:
    title, place = words(entry.get("title")), address(entry.get("path"))
    return f"{title} ({place})" if title and place else title or place
