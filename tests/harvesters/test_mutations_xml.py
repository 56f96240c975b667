"""XML, RDF and zips of real servers, bent at random: a harvest ends with records or a reason."""

import io
import random
import re
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from lxml import etree

from tests.harvesters.played import outcome
from tests.harvesters.test_mutations import broken
from tests.upstream import Reply

# By kind, recordings below ../shared/data/upstream.
RECORDED = {
    "csw": ("csw/gemini/iso19139/dataset.xml", "csw/geonetwork-ui/geo2france.iso19139.service.xml"),
    "dcat": ("dcat/udata-tests/bnodes.xml", "dcat/ckanext-dcat/dcat/dataset.rdf"),
    "wfs": ("ogc/ogc-client/wfs/capabilities-geo2france-2-0-0.xml",),
}
TURTLE = "dcat/ckanext-dcat/dcat/dataset.ttl"
FEED = "gtfs/gtfs-kit/sample_gtfs.zip"
ODD = (
    "", " ", "-1", "NaN", "INF", "1e400", "9" * 400, "ш" * 100_000, "99999-13-45T25:61:61Z",
    "0000-00-00", "http://[::1", "http://a.rs:99999999/", "javascript:alert(1)", "%ZZ", "<x>",
    "file:///etc/passwd", "POLYGON((NaN 1", "45 20", "20,45,19,44", '{"type": "Point"}', "\u202e",
    "[" * 2_000,
)  # fmt: skip
PICKED, PICKED_LONG = 60, 600


def bent_xml(body: bytes, chance: random.Random) -> bytes:
    """A document of which one element is another, twice there, empty, or not there."""
    root = etree.fromstring(body)
    element = chance.choice([each for each in root.iter() if isinstance(each.tag, str)])
    odd, above = chance.choice(ODD), element.getparent()
    way = chance.randrange(6)
    if way == 0 and above is not None:
        above.remove(element)
    elif way == 1 and above is not None:
        above.append(deepcopy(element))
    elif way == 2:
        element.clear()
    elif way == 3 and element.attrib:
        element.set(chance.choice(list(element.attrib)), odd)
    elif way == 4:
        element.tag = chance.choice(["x", "{urn:x}Title"])
    else:
        element.text = odd
    return etree.tostring(root)


def bent_turtle(body: bytes, chance: random.Random) -> bytes:
    """A document of which one text or address is something odd."""
    words = list(re.finditer(rb'<[^>\n]*>|"[^"\n]*"', body))
    word = chance.choice(words)
    odd = chance.choice(ODD).encode()
    made = word[0][:1] + odd.replace(b'"', b"'") + word[0][-1:]
    return body[: word.start()] + made + body[word.end() :]


def bent_feed(body: bytes, chance: random.Random) -> bytes:
    """A feed of which one cell is something odd, or one file is broken, or not there."""
    with zipfile.ZipFile(io.BytesIO(body)) as feed:
        files = {name: feed.read(name) for name in feed.namelist()}
    name = chance.choice(list(files))
    way = chance.randrange(4)
    if way == 0:
        del files[name]
    elif way == 1:
        files[name] = broken(files[name], chance)
    else:
        lines = [line.split(b",") for line in files[name].splitlines()]
        line = chance.choice(lines)
        line[chance.randrange(len(line))] = chance.choice(ODD).encode()
        files[name] = b"\n".join(b",".join(line) for line in lines)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for each, content in files.items():
            made.writestr(each, content)
    return out.getvalue()


type Bend = Callable[[bytes, random.Random], bytes]
CASES: list[tuple[str, str, str, Bend]] = [
    *((kind, name, "text/xml", bent_xml) for kind, names in RECORDED.items() for name in names),
    ("dcat", TURTLE, "text/turtle", bent_turtle),
    ("gtfs", FEED, "application/zip", bent_feed),
]


def tried(case: tuple[str, str, str, Bend], shared: Path, upstream: object, picked: int) -> None:
    kind, name, type_, bend = case
    path = shared / "data/upstream" / name
    if not path.is_file():
        pytest.skip(f"no {name} beside the project")
    chance, body, failed = random.Random(f"{name} 2026"), path.read_bytes(), []
    for number in range(picked):
        answer = Reply((bend if number % 3 else broken)(body, chance), type=type_)
        try:
            outcome(kind, upstream, lambda asked, answer=answer: answer)
        except Exception as error:
            error.add_note(f"{kind}: {name}, number {number}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("answers that are not borne", failed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[1])
def test_bent_and_broken_documents_end_with_records_or_a_reason(shared, upstream, case):
    tried(case, shared, upstream, PICKED)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[1])
def test_many_bent_documents_end_with_records_or_a_reason(shared, upstream, case):
    tried(case, shared, upstream, PICKED_LONG)
