"""Make a dataset of a Data Package's folder, or of one file.

Only what lies in the folder is taken: nothing that a descriptor names is ever fetched.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets import names
from datasets.errors import ConfigError, HarvestError, ReadingError
from datasets.model import Dataset, Finding, Resource, Schema
from datasets.record import Record
from datasets.text import Text
from harvesters.packages.descriptions import as_dataset, name_of, record
from harvesters.packages.descriptor import document
from harvesters.packages.resources import Broken, described_file, one_file, resources

UPLOAD = "upload"  # the source of what a person hands in
DESCRIPTORS = ("datapackage.yaml", "datapackage.yml", "datapackage.json")


def upload(
    path: Path,
    *,
    organization: str,
    name: str | None = None,
    title: str | None = None,
    schema: Schema | None = None,
) -> Dataset:
    """Make a dataset of what a person hands in: a file, a package's folder, its descriptor.

    The dataset's name is its identity: the same name again is a new version of it. A `schema` is
    that of files which bring none. Raises ConfigError for a wrong name, HarvestError when there
    is nothing at the path.
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
        single = single_file(path, source=UPLOAD, organization=organization, name=name, title=title)
        return _judged_by(single, schema)
    dataset = package(folder, source=UPLOAD, organization=organization, remote_id="", name=name)
    own = Text(title) if title else dataset.title
    return _judged_by(replace(dataset, remote_id=dataset.name, title=own), schema)


def _judged_by(dataset: Dataset, schema: Schema | None) -> Dataset:
    files = tuple(replace(f, schema=f.schema or schema) for f in dataset.resources)
    return replace(dataset, resources=files)


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
            name=name or name_of(folder.name, remote_id),
            source=source,
            organization=organization,
            remote_id=remote_id,
        )
    taken, findings = resources(folder, described)
    return as_dataset(
        record(described, remote_id=remote_id, called=folder.name, name=name),
        source=source,
        organization=organization,
        resources=taken,
        findings=(*_two_descriptors(descriptors), *findings),
    )


def loose_record(
    beside: Path | None, *, called: str, title: str, remote_id: str
) -> tuple[Record, dict[str, Any]]:
    """Describe one file by the words that lie `beside` it; gives those words too.

    `called` is what the dataset is called for want of better, and `title` its title.
    """
    try:
        described = document(beside) if beside else {}
    except ReadingError as error:
        fault = Broken("descriptor", str(error), "correct the file", reason=str(error))
        made = name_of(called, remote_id)
        return Record(remote_id, Text(title), made, findings=(fault.finding(),)), {}
    made = name_of(called, remote_id)
    said = record({"name": made, **described}, remote_id=remote_id, called=called)
    return (said if described.get("title") else replace(said, title=Text(title))), described


def loose_file(
    path: Path, record: Record, described: Mapping[str, Any], *, source: str, organization: str
) -> Dataset:
    """Make a dataset of one file and its record, as `loose_record` gave it.

    The words beside it describe the resource too: schema, dialect, encoding, crs.
    """
    taken: tuple[Resource, ...] = ()
    findings: tuple[Finding, ...] = ()
    try:
        taken = (described_file(path, record.name, described),)
    except Broken as fault:
        findings = (fault.finding(record.name),)
    return as_dataset(
        record, source=source, organization=organization, resources=taken, findings=findings
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
