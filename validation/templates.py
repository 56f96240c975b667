"""Templates as files, and as a proposal for a table that looks like one of them."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.errors import ConfigError
from datasets.model import Finding, Offer, Step
from datasets.template import Template, likely, template
from datasets.text import CYRILLIC, LATIN

LATIN_OR_NOT = {True: LATIN, False: CYRILLIC}


def resembling(labels: Sequence[str]) -> Iterator[Finding]:
    """Yield a note when the headers are those of a template."""
    if not (name := likely(labels)):
        return
    found = template(name)
    yield Finding(
        "template-likely",
        "note",
        note=f"the headers are those of the template {name}: {found.title['en']}",
        values={"template": found.title["sr"]},
        offers=(Offer(Step("use-template", values={"template": name}), exact=False),),
    )


def show(found: Template) -> dict[str, Any]:
    """Give what a program may want to know of a template."""
    return {
        "name": found.name,
        "title": dict(found.title),
        "geometry": found.geometry,
        "themes": dict(found.themes),
        "fields": [field.descriptor(CYRILLIC) for field in found.fields],
    }


def write(found: Template, kind: str, path: Path, script: str, example: bool) -> bool:
    """Write a template as xlsx, csv, schema or style; a file that is there is not overwritten.

    Raises ConfigError when it is, or when it cannot be written.
    """
    if path.exists():
        raise ConfigError(f"{path}: is there already; give another name, or take it away")
    try:
        WRITERS[kind](found, path, script, example)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
    return True


def _xlsx(found: Template, path: Path, script: str, example: bool) -> None:
    from validation.blank import write_blank  # noqa: PLC0415 - openpyxl is large

    write_blank(found, script, path, example=example)


def _csv(found: Template, path: Path, script: str, example: bool) -> None:
    header, *rows = found.example(script)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *(rows if example else ())])


def _schema(found: Template, path: Path, script: str, _example: bool) -> None:
    _json(found.schema(script), path)


def _style(found: Template, path: Path, _script: str, _example: bool) -> None:
    _json(style(found), path)


def _json(document: Any, path: Path) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


WRITERS: Mapping[str, Callable[[Template, Path, str, bool], None]] = {
    "xlsx": _xlsx,
    "csv": _csv,
    "schema": _schema,
    "style": _style,
}


def style(found: Template) -> dict[str, Any]:
    """Give the layers of a MapLibre style (version 8); the source is the collection's tiles."""
    colour = found.style["colour"]
    layer = {"id": found.name, "source": found.name, "source-layer": found.name}
    kinds = {
        "point": {"type": "circle", "paint": {"circle-color": colour, "circle-radius": 6}},
        "line": {"type": "line", "paint": {"line-color": colour, "line-width": 3}},
        "polygon": {"type": "fill", "paint": {"fill-color": colour, "fill-opacity": 0.3}},
    }
    drawn = kinds.get(found.geometry)
    return {
        "version": 8,
        "name": found.title["en"],
        "sources": {found.name: {"type": "vector", "url": ""}} if drawn else {},
        "layers": [{**layer, **drawn}] if drawn else [],
    }
