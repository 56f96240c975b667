"""The resources of a Data Package: files inside its folder, each taken whole or not at all."""

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from datasets import names
from datasets.errors import ReadingError
from datasets.model import Finding, Resource, Schema
from harvesters.packages.descriptor import document, text
from harvesters.values.formats import file_format, is_litter

MAX_RESOURCES = 500
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)  # two letters at least: not C:


class Broken(ReadingError):
    """A part of a package that cannot be taken, as the finding that says so."""

    def __init__(self, check: str, note: str, remedy: str, **values: str) -> None:
        super().__init__(note)
        self.check, self.note, self.remedy, self.values = check, note, remedy, values

    def finding(self, resource: str = "") -> Finding:
        """The fault as a finding, of one resource or of the dataset."""
        return Finding(
            self.check, resource=resource, note=self.note, values=self.values, remedy=self.remedy
        )


def resources(
    folder: Path, described: Mapping[str, Any]
) -> tuple[tuple[Resource, ...], tuple[Finding, ...]]:
    """Take the resources that a descriptor lists; those that cannot be taken are findings."""
    taken: list[Resource] = []
    findings: list[Finding] = []
    try:
        listed = _listed(folder, described)
    except Broken as fault:
        return (), (fault.finding(),)
    for place, entry in enumerate(listed, 1):
        name = entry_name(entry, place)
        try:
            taken.append(_distinct(_resource(folder, name, entry), taken))
        except Broken as fault:
            findings.append(fault.finding(name))
        except OSError as error:
            findings.append(_unreadable(str(error.filename), str(error.strerror)).finding(name))
    return tuple(taken), tuple(findings)


def one_file(path: Path, name: str) -> Resource:
    """Make a resource of one file, wherever it lies; raises Broken."""
    form = file_format(path.name)
    _refuse_loose_shapefile(path)
    _refuse_unreadable(path, path.name)
    return Resource(
        name=name,
        path=path.resolve(),
        format=form,
        filename=names.file_name(unicodedata.normalize("NFC", path.name)),
        size_bytes=path.stat().st_size,
    )


def described_file(path: Path, name: str, described: Mapping[str, Any]) -> Resource:
    """Make a resource of one file, as the words beside it describe it; raises Broken."""
    return replace(
        one_file(path, name),
        format=file_format(path.name, _word(described, "format")),
        schema=_part(path.parent, described, "schema"),
        dialect=_part(path.parent, described, "dialect"),
        encoding=_word(described, "encoding"),
        crs=_word(described, "crs"),
    )


def _listed(folder: Path, described: Mapping[str, Any]) -> Sequence[Any]:
    listed = described.get("resources")
    if not isinstance(listed, list) or not listed:
        there = sorted(
            p.name
            for p in folder.iterdir()
            if p.is_file() and not is_litter(p.name) and p.stem.lower() != "datapackage"
        )
        raise Broken(
            "resources-missing",
            "the descriptor lists no resources",
            "list the files under `resources:`, each with name and path"
            + (f"; in the folder are {', '.join(there[:10])}" if there else ""),
            files=", ".join(there[:10]),
        )
    if len(listed) > MAX_RESOURCES:
        raise Broken(
            "resources-too-many",
            f"the descriptor lists {len(listed)} resources, and {MAX_RESOURCES} is the limit",
            "divide them into several datasets",
            count=str(len(listed)),
            limit=str(MAX_RESOURCES),
        )
    return listed


def entry_name(entry: Any, place: int) -> str:
    """Give the name of a resource: its own, else that of its file, else its place in the list."""
    if isinstance(entry, dict):
        for said in (entry.get("name"), PurePosixPath(str(entry.get("path"))).stem):
            try:
                return names.slug(str(said or ""))
            except ValueError:
                continue
    return f"resource-{place}"


def _resource(folder: Path, name: str, entry: Any) -> Resource:
    if not isinstance(entry, dict):
        raise Broken(
            "resource-wrong", f"entry {name} is not a mapping", "give it a name and a path"
        )
    path = _data_file(folder, entry)
    _refuse_loose_shapefile(path)
    return Resource(
        name=name,
        path=path,
        format=file_format(path.name, _word(entry, "format"), _word(entry, "mediatype")),
        filename=names.file_name(unicodedata.normalize("NFC", path.name)),
        title=text(entry, "title"),
        description=text(entry, "description"),
        schema=_part(folder, entry, "schema"),
        dialect=_part(folder, entry, "dialect"),
        encoding=_word(entry, "encoding"),
        crs=_word(entry, "crs"),
        size_bytes=path.stat().st_size,
    )


def _word(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key, "")
    return value.strip() if isinstance(value, str) else ""


def _data_file(folder: Path, entry: Mapping[str, Any]) -> Path:
    written = entry.get("path")
    if isinstance(written, list) and len(written) == 1:
        written = written[0]
    if isinstance(written, list):
        raise Broken(
            "file-parts",
            f"the file is in {len(written)} parts",
            "join them into one file and give its path",
            count=str(len(written)),
        )
    if written is None and "data" in entry:
        raise Broken(
            "file-inline",
            "the data stand in the descriptor",
            "write them to a file beside it and give its path",
        )
    return local_file(folder, written)


def local_file(folder: Path, written: Any) -> Path:
    """Give the file at a relative path inside a folder, without links; raises Broken."""
    if not isinstance(written, str) or not written.strip():
        raise Broken("resource-wrong", "there is no path", "give the path of a file in the folder")
    if _SCHEME.match(written):
        raise Broken(
            "file-remote",
            f"the path {written[:200]!r} is an address, and only files in the folder are taken",
            "put the file into the folder, or harvest the address with `kind: file`",
            path=written[:200],
        )
    if "\\" in written or written.startswith("/") or ".." in PurePosixPath(written).parts:
        raise _outside(written)
    path = _spelled(folder, written)
    _refuse_unreadable(path, written)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _outside(written)
    return path.resolve()


def _outside(written: str) -> Broken:
    return Broken(
        "file-outside",
        f"the path {written[:200]!r} does not stay in the folder of the dataset",
        "put the file into the folder and write its path from there, with / between the parts",
        path=written[:200],
    )


def _spelled(folder: Path, written: str) -> Path:
    """Find the file under either way of writing accents: disks of Macs take them apart."""
    spellings = [written, *(unicodedata.normalize(form, written) for form in ("NFC", "NFD"))]
    there = [folder / spelling for spelling in spellings if (folder / spelling).exists()]
    return there[0] if there else folder / written


def _refuse_unreadable(path: Path, written: str) -> None:
    if not path.is_file():
        raise Broken(
            "file-missing",
            f"there is no file {written[:200]!r}",
            "put the file there, or correct its path: capitals and accents count",
            path=written[:200],
        )
    if not os.access(path, os.R_OK):
        raise _unreadable(written, "permission denied")


def _unreadable(written: str, reason: str) -> Broken:
    path = PurePosixPath(written).name[:200]
    return Broken(
        "file-unreadable",
        f"the file {path!r} cannot be read: {reason}",
        "let the user who runs eMap read it",
        path=path,
        reason=reason,
    )


def _refuse_loose_shapefile(path: Path) -> None:
    if path.suffix.lower() in (".shp", ".dbf", ".shx", ".prj"):
        raise Broken(
            "shapefile-parts",
            f"{path.name} is one part of a shapefile",
            f"pack {path.stem}.shp, .shx, .dbf, .prj and .cpg into one .zip and give that",
            path=path.name,
        )


def _part(folder: Path, entry: Mapping[str, Any], key: str) -> Schema | None:
    """Give the schema or dialect: as it stands, or from a JSON or YAML file in the folder."""
    value = entry.get(key)
    if value is None or isinstance(value, dict):
        return value
    try:
        return document(local_file(folder, value))
    except Broken as fault:
        remedy = f"write the {key} into the descriptor, or give the path of a file in the folder"
        raise Broken(f"{key}-wrong", f"{key}: {fault.note}", remedy, reason=fault.note) from None
    except ReadingError as error:
        remedy = f"correct the file of the {key}"
        raise Broken(f"{key}-wrong", f"{key}: {error}", remedy, reason=str(error)) from None


def _distinct(resource: Resource, taken: Sequence[Resource]) -> Resource:
    """Refuse a second resource of one name; give a file name of its own to a second file."""
    if any(other.name == resource.name for other in taken):
        raise Broken(
            "resource-twice",
            f"two resources have the name {resource.name!r}",
            "give each resource a name of its own",
            name=resource.name,
        )
    used, filename = {other.filename for other in taken}, resource.filename
    while filename in used:
        filename = names.file_name(f"{resource.name}-{filename}")
    return replace(resource, filename=filename)
