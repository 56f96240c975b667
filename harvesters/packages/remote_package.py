"""A Data Package behind an address: its descriptor is read, its files are named by address.

Only what lies below the descriptor, or has a whole address of its own, is ever asked for.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from datasets.errors import HarvestError, ReadingError
from datasets.model import Finding
from datasets.record import Distribution, Record
from harvesters.fetching.address import without_secrets
from harvesters.fetching.http import Http
from harvesters.packages import descriptions
from harvesters.packages.descriptor import MAX_BYTES, plain, text
from harvesters.packages.resources import MAX_RESOURCES, Broken, entry_name
from harvesters.values.formats import file_format
from harvesters.values.mapping import address, digest, listed, size
from harvesters.values.mapping import text as words

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)


def described_at(url: str, http: Http) -> dict[str, Any]:
    """Read a descriptor; raises HarvestError when it is not there, and ReadingError."""
    reply = http.get(url, accept="application/json, */*;q=0.5", max_bytes=MAX_BYTES)
    reply.refuse_page()
    called = PurePosixPath(unquote(urlsplit(url).path)).name or "datapackage.json"
    return plain(reply.body, called)


def record(
    described: Mapping[str, Any], url: str, http: Http, *, remote_id: str, name: str | None = None
) -> Record:
    """Describe a package by its descriptor, which was read at `url`."""
    called = PurePosixPath(unquote(urlsplit(urljoin(url, ".")).path)).name or remote_id
    said = descriptions.record(described, remote_id=remote_id, called=called, name=name)
    distributions, findings = parts(described, url, http)
    return replace(
        said,
        address=without_secrets(url),
        distributions=tuple(distributions),
        findings=(*said.findings, *findings),
    )


def broken(error: ReadingError, url: str, *, remote_id: str, called: str) -> Record:
    """Describe a package of which the descriptor cannot be read."""
    fault = Broken("descriptor", str(error), "correct the file", reason=str(error))
    return replace(
        descriptions.record({}, remote_id=remote_id, called=called),
        address=without_secrets(url),
        findings=(fault.finding(),),
    )


def parts(
    described: Mapping[str, Any], url: str, http: Http
) -> tuple[list[Distribution], list[Finding]]:
    """Give the files of a package; those that cannot be taken are findings."""
    taken: list[Distribution] = []
    findings: list[Finding] = []
    entries = listed(described.get("resources"))
    if not entries:
        findings.append(_none())
    if len(entries) > MAX_RESOURCES:
        return [], [_many(len(entries))]
    for place, entry in enumerate(entries, 1):
        name = entry_name(entry, place)
        try:
            taken.append(_distribution(entry, name, url, http))
        except Broken as fault:
            findings.append(fault.finding(name))
    return taken, findings


def _none() -> Finding:
    return Broken(
        "resources-missing",
        "the descriptor lists no resources",
        "list the files under `resources:`, each with name and path",
        files="",
    ).finding()


def _many(count: int) -> Finding:
    return Broken(
        "resources-too-many",
        f"the descriptor lists {count} resources, and {MAX_RESOURCES} is the limit",
        "divide them into several datasets",
        count=str(count),
        limit=str(MAX_RESOURCES),
    ).finding()


def _distribution(entry: Any, name: str, url: str, http: Http) -> Distribution:
    if not isinstance(entry, dict):
        raise Broken(
            "resource-wrong", f"entry {name} is not a mapping", "give it a name and a path"
        )
    written = entry.get("path")
    paths = [_place(url, path) for path in listed(written)]
    if not paths and "data" in entry:
        raise Broken(
            "file-inline",
            "the data stand in the descriptor",
            "write them to a file beside it and give its path",
        )
    first = paths[0] if paths else _place(url, written)
    filename = PurePosixPath(unquote(urlsplit(first).path)).name
    form = file_format(filename, words(entry.get("format"), 20), words(entry.get("mediatype"), 100))
    if len(paths) > 1 and form != "csv":
        raise Broken(
            "file-parts",
            f"the file is in {len(paths)} parts",
            "join them into one file and give its path",
            count=str(len(paths)),
        )
    return Distribution(
        key=words(entry.get("name"), 300) or without_secrets(first),
        name=name,
        url=first,
        format=form,
        title=text(entry, "title"),
        description=text(entry, "description"),
        filename=filename,
        media_type=words(entry.get("mediatype"), 100),
        size_bytes=size(entry.get("bytes")),
        digest=digest(entry.get("hash")) if len(paths) == 1 else "",
        schema=inner(entry, "schema", url, http),
        dialect=inner(entry, "dialect", url, http),
        encoding=words(entry.get("encoding"), 40),
        crs=words(entry.get("crs"), 5_000),
        hints={"parts": paths} if len(paths) > 1 else {},
    )


def _place(url: str, written: Any) -> str:
    """Give the address of a file: its own, or that of a path below the descriptor; raises Broken.

    >>> _place("https://a.rs/putevi/datapackage.json", "подаци/a b.csv")
    'https://a.rs/putevi/%D0%BF%D0%BE%D0%B4%D0%B0%D1%86%D0%B8/a%20b.csv'
    """
    if not isinstance(written, str) or not written.strip():
        raise Broken("resource-wrong", "there is no path", "give the path of a file")
    if own := address(written):
        return own
    steps = PurePosixPath(unquote(written)).parts
    if _SCHEME.match(written) or "\\" in written or written.startswith("/") or ".." in steps:
        raise Broken(
            "file-outside",
            f"the path {written[:200]!r} does not stay below the descriptor",
            "put the file beside the descriptor and write its path from there",
            path=written[:200],
        )
    return urljoin(url, quote(written.strip()))


def inner(entry: Mapping[str, Any], key: str, url: str, http: Http) -> Mapping[str, Any] | None:
    """Give the schema or dialect: as it stands, or from a document below the descriptor."""
    value = entry.get(key)
    if value is None or isinstance(value, dict):
        return value
    try:
        place = _place(url, value)
        if not place.startswith(urljoin(url, ".")):
            raise ReadingError(f"{place[:200]} does not lie below the descriptor")
        return described_at(place, http)
    except HarvestError as error:
        if error.transient:
            raise
        raise _wrong(key, str(error)) from None
    except ReadingError as error:
        raise _wrong(key, str(error)) from None


def _wrong(key: str, reason: str) -> Broken:
    return Broken(
        f"{key}-wrong",
        f"{key}: {reason}",
        f"write the {key} into the descriptor, or put it beside it and give its path",
        reason=reason,
    )
