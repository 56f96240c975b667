"""Clip: layers cut to an area, in one archive, in a chosen format and coordinate system."""

import functools
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from datasets.text import ENGLISH, Text
from publish.formats import Format, Selection, entry, formats
from publish.layers import crs
from publish.processes import _inputs
from publish.processes._inputs import GEOJSON
from publish.processes._process import (
    Bounds,
    Given,
    Input,
    Made,
    Output,
    Process,
    Published,
    TooMuch,
    Work,
)

MAX_COLLECTIONS = 20
ABOUT = Text(
    "Слојеви исечени на задато подручје. Наведите извор и лиценцу када их користите.",
    {ENGLISH: "Layers cut to an area. Name the source and the licence when you use them."},
)
NOTHING = Text("нема објеката на овом подручју", {ENGLISH: "no features in this area"})


def titles() -> Mapping[str, str]:
    """The formats by name, with their titles."""
    return {name: form.title for name, form in formats().items()}


def system(value: Any, _here: object) -> str:
    """The URI of an offered coordinate system."""
    if value not in crs.OFFERED:
        raise ValueError(f"{str(value)[:80]!r} is not one of {', '.join(crs.OFFERED)}")
    return str(value)


def systems() -> Mapping[str, str]:
    """The coordinate systems by URI, with their names."""
    return {uri: crs.place(uri).name for uri in crs.OFFERED}


FORMAT = _inputs.form_of(
    Text("формат датотека", {ENGLISH: "the format of the files"}), "gpkg", titles
)
CRS = Input(
    "crs",
    Text("Координатни систем", {ENGLISH: "Coordinate system"}),
    Text("у ком су координате", {ENGLISH: "in which the coordinates are"}),
    {"type": "string", "format": "uri", "enum": list(crs.OFFERED), "default": crs.CRS84},
    system,
    "choice",
    required=False,
    default=crs.CRS84,
    choices=systems,
)
AREA = Input(
    "area",
    Text("Подручје", {ENGLISH: "Area"}),
    Text(
        "GeoJSON или WKT полигон, запад,југ,исток,север, или објављени објекат: "
        '{"collection": …, "feature": …}',
        {
            ENGLISH: "a polygon as GeoJSON or WKT, west,south,east,north, or a published feature: "
            '{"collection": …, "feature": …}'
        },
    ),
    {
        "oneOf": [
            {"allOf": [{"format": "geojson-geometry"}, {"$ref": f"{GEOJSON}Polygon.json"}]},
            {"allOf": [{"format": "geojson-geometry"}, {"$ref": f"{GEOJSON}MultiPolygon.json"}]},
            {"allOf": [{"format": "geojson-feature-collection"}, {"type": "object"}]},
            {
                "type": "object",
                "format": "ogc-bbox",
                "required": ["bbox"],
                "properties": {
                    "bbox": {"type": "array", "items": {"type": "number"}, "minItems": 4},
                    "crs": {"type": "string", "format": "uri", "default": crs.CRS84},
                },
            },
            {
                "type": "object",
                "required": ["collection", "feature"],
                "properties": {"collection": {"type": "string"}, "feature": {"type": "string"}},
            },
            {"type": "string"},
        ]
    },
    _inputs.area,
    "area",
)


class Clip(Process):
    """Reads each layer by its index of boxes, and cuts what the area does not hold whole."""

    title = Text("Исецање", {ENGLISH: "Clip"})
    description = Text(
        "Један или више слојева исечених на подручје, у једној архиви.",
        {ENGLISH: "One or more layers cut to an area, in one archive."},
    )
    inputs = (
        Input(
            "collections",
            Text("Колекције", {ENGLISH: "Collections"}),
            Text("слојеви који се секу", {ENGLISH: "the layers to cut"}),
            {"type": "string"},
            _inputs.collection,
            "collections",
            most=MAX_COLLECTIONS,
        ),
        AREA,
        FORMAT,
        CRS,
    )
    outputs = (
        Output(
            "archive",
            Text("Архива", {ENGLISH: "Archive"}),
            Text(
                "датотека за сваки слој и README.txt", {ENGLISH: "a file a layer, and README.txt"}
            ),
            {
                "type": "string",
                "contentEncoding": "binary",
                "contentMediaType": "application/zip",
            },
        ),
    )

    def check(self, given: Given, bounds: Bounds) -> None:
        """Count what the box of the area touches."""
        found = sum(_selection(each, given).count for each in given["collections"])
        if found > bounds.features:
            raise TooMuch(
                f"inputs: area: its box touches {found} features, more than {bounds.features};"
                " ask for a smaller one or for fewer collections"
            )
        for each in given["collections"]:
            _form(given).check(_selection(each, given))

    def run(self, given: Given, work: Work) -> tuple[Made, ...]:
        """Write each layer into the archive."""
        self.check(given, work.bounds)
        layers = list({each.id: each for each in given["collections"]}.values())
        selections = [_selection(each, given, work.language) for each in layers]
        total, done = sum(each.count for each in selections) or 1, 0
        lines = [ABOUT.said(work.language), crs.place(given["crs"]).name]
        path = work.folder / "clip.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for layer, selection in zip(layers, selections, strict=True):
                if selection.count:
                    tell = functools.partial(_tell, work, done, total)
                    chosen = replace(selection, progress=tell, desk=work.desk)
                    _write(archive, chosen, _form(given), work)
                done += selection.count
                lines += _lines(layer, selection.count, work)
            archive.writestr(entry("README.txt"), "\r\n".join(lines) + "\r\n")
        return (Made("archive", "application/zip", path),)


def _tell(work: Work, before: int, total: int, read: int) -> None:
    work.go_on((before + read) / total)


def _form(given: Given) -> Format:
    return formats()[given["format"]]


def _selection(layer: Published, given: Given, language: str = ENGLISH) -> Selection:
    return Selection(
        features=layer.features,
        crs=given["crs"],
        language=language,
        title=layer.title.said(language) or layer.id,
        area=given["area"],
    )


def _write(archive: zipfile.ZipFile, selection: Selection, form: Format, work: Work) -> None:
    member = entry(f"{selection.name}.{form.ending}")
    size = 0
    with archive.open(member, "w", force_zip64=True) as file:
        for chunk in form.write(selection):
            file.write(chunk)
            size += len(chunk)
            if size > work.bounds.size_bytes:
                most = work.bounds.size_bytes
                raise TooMuch(f"the file of {selection.name} is larger than {most} bytes")


def _lines(layer: Published, touched: int, work: Work) -> list[str]:
    """What is said of a layer: what it is, whose, under which licence, of which version."""
    title = layer.title.said(work.language) or layer.id
    source = f"{layer.publisher.said(work.language)} · {layer.license}".strip(" ·")
    address = f"{work.here.base_url}/collections/{layer.id}?v={layer.version}"
    more = [] if touched else [NOTHING.said(work.language)]
    return ["", title, source, f"{layer.modified[:10]} · v{layer.version}", address, *more]
