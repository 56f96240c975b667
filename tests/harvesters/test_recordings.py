"""Every recording of a real server, offered to its own kind and to every other kind."""

import pytest

from tests.harvesters.played import KINDS, TYPES, of_files, outcome

OWN = {
    "arcgis": ("arcgis",),
    "ckan": ("ckan",),
    "csw": ("csw",),
    "datajson": ("datajson",),
    "dcat": ("dcat",),
    "gtfs": ("gtfs",),
    "ods": ("opendatasoft",),
    "ogc": ("wfs", "ogc_features", "ogc_records"),
    "sensors": ("sensorthings",),
    "socrata": ("socrata",),
    "udata": ("udata",),
}
# By kind: recordings of others that it may read, as RDF by CSW, and data.json as JSON-LD.
SHARED = {
    "csw": ("dcat",),
    "datajson": ("dcat", "ckan"),
    "dcat": ("datajson",),
}
TELLING = frozenset(
    "wrong-answer not-json not-xml not-rdf page-instead upstream-error file-empty key-wanted"
    " paging-loop paging-counts".split()
)


def recordings(shared, folder):
    """The answers in a folder with their names, without the notes on where they are from."""
    top = shared / "data/upstream" / folder
    if not top.is_dir():
        pytest.skip(f"no recordings of {folder} beside the project")
    files = sorted(path for path in top.rglob("*") if path.is_file() and path.name != "SOURCE.txt")
    return [(path.relative_to(top).as_posix(), path) for path in files]


@pytest.mark.parametrize("folder", sorted(OWN))
def test_a_recording_is_harvested_or_fails_with_a_reason(shared, upstream, folder):
    some = 0
    for name, path in recordings(shared, folder):
        for kind in OWN[folder]:
            said = {
                type_: _plain(outcome(kind, upstream, of_files(path.read_bytes(), type_)))
                for type_ in (TYPES.get(path.suffix, "text/plain"), "text/html", "x/y")
            }
            assert len(set(said.values())) == 1, (name, said)  # a wrong media type changes nothing
            some += 1
    assert some


def _plain(found):
    records, faults = found
    return tuple(record.remote_id for record in records), tuple(faults)


@pytest.mark.parametrize("layer", ["/x/FeatureServer/0", "/x/MapServer/0"])
def test_a_recording_as_a_layer_of_arcgis_is_harvested_or_fails(shared, upstream, layer):
    found = [
        outcome("arcgis", upstream, of_files(path.read_bytes(), "application/json"), layer)
        for _, path in recordings(shared, "arcgis")
    ]
    assert any(records for records, _ in found)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_recording_of_another_kind_is_told_and_never_an_empty_catalog(shared, upstream, kind):
    for folder in sorted(OWN):
        if kind in OWN[folder]:
            continue
        for name, path in recordings(shared, folder):
            type_ = TYPES.get(path.suffix, "text/plain")
            records, faults = outcome(kind, upstream, of_files(path.read_bytes(), type_))
            if records and kind != "gtfs" and folder in SHARED.get(kind, ()):
                continue
            assert faults, (name, len(records))
            assert set(faults) <= TELLING, (name, faults)
