"""Data Packages and single files: what is taken, and what each trap is answered with."""

import json
import os
import unicodedata

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import ConfigError, HarvestError, ReadingError
from harvesters.packages.descriptor import document
from harvesters.packages.package import package, single_file, upload
from harvesters.values.formats import file_format


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "putevi"
    made.mkdir()
    (made / "putevi.csv").write_text("назив;дужина\nЈугово;3,5\n", encoding="utf-8")
    return made


def described(folder, **keys):
    keys.setdefault("resources", [{"name": "putevi", "path": "putevi.csv"}])
    (folder / "datapackage.yaml").write_text(
        yaml.safe_dump(keys, allow_unicode=True), encoding="utf-8"
    )
    return package(folder, source="grad", organization="sabac", remote_id="sabac/putevi")


def with_resource(folder, **keys):
    """The dataset of a package whose one resource is described like this."""
    return described(folder, name="putevi", resources=[{"name": "putevi", **keys}])


def only_finding(dataset):
    [finding] = dataset.findings
    assert finding.severity == "error"
    assert finding.note and finding.remedy
    return finding


FULL = {
    "name": "Putevi-Sabac",
    "title": "Путеви",
    "title_translated": {"en": "Roads", "sr_Latn": "Putovi"},
    "description": "Општински путеви.",
    "description_translated": {"sr@latin": "Opštinski putevi."},
    "homepage": "https://sabac.rs/putevi",
    "version": 1.2,
    "keywords": ["путеви", "саобраћај, мир", "путеви", "x", 7, "<b>"],
    "licenses": [{"name": "CC-BY-4.0"}, {"name": "MIT"}],
    "contributors": [{"title": "Град Шабац", "email": "me@sabac.rs"}, {"role": "x"}],
    "sources": [{"title": "Катастар", "path": "https://rgz.rs/"}, {"path": "javascript:alert(1)"}],
    "profile": "http://169.254.169.254/profile.json",
    "$schema": "http://169.254.169.254/schema.json",
}


def test_what_a_package_says_is_what_the_dataset_says(folder):
    dataset = described(folder, **FULL)
    assert dataset.findings == ()
    assert dataset.name == "putevi-sabac"
    assert [dataset.title.said(lang) for lang in ("sr-Cyrl", "sr-Latn", "en")] == [
        "Путеви",
        "Putovi",
        "Roads",
    ]
    assert dataset.notes.said("sr-Latn") == "Opštinski putevi."
    assert dataset.url == "https://sabac.rs/putevi"
    assert dataset.tags == ("путеви", "саобраћај мир")
    assert dataset.license_id == "cc-by"
    assert dataset.contributors == ("Град Шабац",)
    assert dict(dataset.extras) == {"sources": "Катастар (https://rgz.rs/)", "version": "1.2"}
    assert (dataset.source, dataset.remote_id) == ("grad", "sabac/putevi")


def test_what_dcat_asks_becomes_extras_and_nothing_else_does(folder):
    said = {"theme": "TRAN", "frequency": "WEEKLY", "issued": "2026-01-31", "spatial": "{}"}
    extras = described(folder, name="putevi", **said).extras
    assert extras == {"theme": "TRAN", "frequency": "WEEKLY", "issued": "2026-01-31"}


def test_nothing_that_a_package_names_is_fetched(folder, server):
    described(folder, name="putevi", profile=f"{server.url}/p", **{"$schema": f"{server.url}/s"})
    with_resource(folder, path="putevi.csv", schema=f"{server.url}/schema.json")
    with_resource(folder, path=f"{server.url}/putevi.csv")
    assert server.requests == []


def test_a_resource_keeps_its_schema_dialect_and_encoding_as_written(folder):
    schema = {"fields": [{"name": "дужина", "type": "number", "decimalChar": ","}]}
    dialect = {"csv": {"delimiter": ";"}}
    dataset = with_resource(
        folder, path="putevi.csv", title="Путеви", schema=schema, dialect=dialect,
        encoding="cp1251", crs="EPSG:6316", description="d", title_translated={"en": "Roads"},
    )  # fmt: skip
    [resource] = dataset.resources
    assert (resource.schema, resource.dialect) == (schema, dialect)
    assert (resource.encoding, resource.crs) == ("cp1251", "EPSG:6316")
    assert (resource.title.said("en"), str(resource.description)) == ("Roads", "d")
    assert resource.path == folder / "putevi.csv"
    assert resource.size_bytes == (folder / "putevi.csv").stat().st_size
    assert resource.sha256 == ""


def test_a_schema_may_lie_in_a_file_of_the_folder(folder):
    (folder / "shema.json").write_text('{"fields": [{"name": "назив"}]}', encoding="utf-8")
    dataset = with_resource(folder, path="putevi.csv", schema="shema.json")
    assert dataset.resources[0].schema == {"fields": [{"name": "назив"}]}


@pytest.mark.parametrize(
    "schema", ["https://a.rs/s.json", "../s.json", "/etc/s.json", "nema.json", "putevi.csv", 7, []]
)
def test_any_other_schema_is_a_finding(folder, schema):
    finding = only_finding(with_resource(folder, path="putevi.csv", schema=schema))
    assert (finding.check, finding.resource) == ("schema-wrong", "putevi")


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("https://a.rs/x.csv", "file-remote"),
        ("file:///etc/passwd", "file-remote"),
        ("s3://bucket/x.csv", "file-remote"),
        ("data:text/csv,a", "file-remote"),
        ("/etc/passwd", "file-outside"),
        ("../putevi/putevi.csv", "file-outside"),
        ("a/../../x.csv", "file-outside"),
        ("..\\x.csv", "file-outside"),
        ("C:\\x.csv", "file-outside"),
        ("nema.csv", "file-missing"),
        (".", "file-missing"),
        ("x" * 5000, "file-unreadable"),
        ("", "resource-wrong"),
        (None, "resource-wrong"),
        (7, "resource-wrong"),
        (["a.csv", "b.csv"], "file-parts"),
    ],
)
def test_a_path_that_is_no_file_of_the_folder_is_a_finding(folder, path, check):
    dataset = with_resource(folder, path=path)
    finding = only_finding(dataset)
    assert (finding.check, finding.resource, dataset.resources) == (check, "putevi", ())


def test_a_link_inside_stays_inside(folder, tmp_path):
    (tmp_path / "secret.csv").write_text("a")
    (folder / "out.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "in.csv").symlink_to("putevi.csv")
    (folder / "loop.csv").symlink_to("loop.csv")
    assert only_finding(with_resource(folder, path="out.csv")).check == "file-outside"
    assert only_finding(with_resource(folder, path="loop.csv")).check == "file-missing"
    [resource] = with_resource(folder, path="in.csv").resources
    assert resource.path == folder / "putevi.csv"


def test_a_pipe_is_no_file(folder):
    os.mkfifo(folder / "pipe.csv")
    assert only_finding(with_resource(folder, path="pipe.csv")).check == "file-missing"


def test_data_in_the_descriptor_are_a_finding(folder):
    assert only_finding(with_resource(folder, data=[{"a": 1}])).check == "file-inline"


def test_a_missing_file_leaves_the_others(folder):
    dataset = described(
        folder,
        name="putevi",
        resources=[{"name": "nema", "path": "nema.csv"}, {"name": "ima", "path": "putevi.csv"}],
    )
    assert [r.name for r in dataset.resources] == ["ima"]
    finding = only_finding(dataset)
    assert (finding.check, finding.resource) == ("file-missing", "nema")
    assert dict(finding.values) == {"path": "nema.csv"} and "'nema.csv'" in finding.note


def test_a_file_of_a_mac_is_found_by_its_name(folder):
    apart = unicodedata.normalize("NFD", "čačak.csv")
    (folder / apart).write_text("a\n1\n")
    [resource] = with_resource(folder, path="čačak.csv").resources
    assert resource.filename == "cacak.csv" and resource.path.name == apart


@pytest.mark.parametrize("part", ["putevi.shp", "putevi.DBF"])
def test_loose_parts_of_a_shapefile_are_to_be_packed(folder, part):
    (folder / part).write_bytes(b"x")
    finding = only_finding(with_resource(folder, path=part))
    assert finding.check == "shapefile-parts" and "into one .zip" in finding.remedy


def test_two_resources_of_one_name_are_a_finding(folder):
    entry = {"name": "Путеви", "path": "putevi.csv"}
    dataset = described(folder, name="putevi", resources=[entry, entry])
    assert [r.name for r in dataset.resources] == ["putevi"]
    assert only_finding(dataset).check == "resource-twice"


def test_files_of_one_name_get_addresses_of_their_own(folder):
    paths = ["putevi.csv", "a/putevi.csv", "b/putevi.csv", "b/b-putevi.csv"]
    for path in paths:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text("a\n1\n")
    names = ["aa", "bb", "cc", "dd"]
    entries = [{"name": n, "path": p} for n, p in zip(names, paths, strict=True)]
    filenames = [r.filename for r in described(folder, resources=entries).resources]
    assert filenames == ["putevi.csv", "bb-putevi.csv", "cc-putevi.csv", "b-putevi.csv"]
    assert len(set(filenames)) == 4


@pytest.mark.parametrize("listed", [None, [], {}, "putevi.csv"])
def test_without_a_list_of_resources_the_files_there_are_named(folder, listed):
    for litter in ("~$putevi.xlsx", "x.csv.part", "Thumbs.db", ".skriveno"):
        (folder / litter).touch()
    finding = only_finding(described(folder, name="putevi", resources=listed))
    assert finding.check == "resources-missing"
    assert dict(finding.values) == {"files": "putevi.csv"}


def test_too_many_resources_are_one_finding(folder):
    many = [{"name": f"r-{n}", "path": "putevi.csv"} for n in range(501)]
    finding = only_finding(described(folder, name="putevi", resources=many))
    assert finding.check == "resources-too-many"


@pytest.mark.parametrize("entry", [None, "putevi.csv", 7, []])
def test_an_entry_that_is_no_mapping_is_a_finding(folder, entry):
    finding = only_finding(described(folder, name="putevi", resources=[entry]))
    assert (finding.check, finding.resource) == ("resource-wrong", "resource-1")


@pytest.mark.parametrize("name", [None, "", 7, {"a": 1}])
def test_a_package_without_a_name_has_its_folders(folder, name):
    assert described(folder, name=name).name == "putevi"


def test_a_name_of_which_none_can_be_made_is_a_finding(folder):
    dataset = described(folder, name="漢字")
    assert only_finding(dataset).check == "name-missing"
    assert dataset.name == "putevi"


@pytest.mark.parametrize(
    ("said", "ckan"),
    [
        ("CC-BY-4.0", "cc-by"), ("cc-by", "cc-by"), ("CC-BY-SA-4.0", "cc-by-sa"),
        ("CC0-1.0", "cc-zero"), ("cc-zero", "cc-zero"), ("ODC-PDDL-1.0", "odc-pddl"),
        ("ODbL-1.0", "odc-odbl"), ("ODC-BY-1.0", "odc-by"), ("CC-BY-NC-4.0", "cc-nc"),
        ("other-open", "other-open"), ("notspecified", "notspecified"), ("MIT", "MIT"),
    ],
)  # fmt: skip
def test_a_licence_is_ckans_where_ckan_has_it(folder, said, ckan):
    assert described(folder, licenses=[{"name": said}]).license_id == ckan


@pytest.mark.parametrize("licenses", [None, [], [7], [{}], "x", [{"name": ["x"]}]])
def test_no_licence_is_no_fault_here(folder, licenses):
    dataset = described(folder, licenses=licenses)
    assert (dataset.license_id, dataset.findings) == ("", ())


@pytest.mark.parametrize("homepage", ["javascript:alert(1)", "data:text/html,x", 7, "a.rs", None])
def test_only_a_web_address_becomes_a_link(folder, homepage):
    assert described(folder, homepage=homepage).url == ""


def test_two_descriptors_are_a_warning(folder):
    (folder / "datapackage.json").write_text("{}")
    dataset = described(folder, name="putevi")
    assert [(f.check, f.severity) for f in dataset.findings] == [("descriptor-twice", "warning")]


def test_a_descriptor_in_json_is_read_alike(folder):
    from_yaml = described(folder, **FULL)
    text = json.dumps({**FULL, "resources": [{"name": "putevi", "path": "putevi.csv"}]})
    (folder / "datapackage.yaml").unlink()
    (folder / "datapackage.json").write_text("\ufeff" + text, encoding="utf-8")
    assert (
        package(folder, source="grad", organization="sabac", remote_id="sabac/putevi") == from_yaml
    )


# ---- documents


def read(tmp_path, body, name="d.yaml"):
    path = tmp_path / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
    return document(path)


def test_plain_words_of_yaml_stay_words(tmp_path):
    text = "{trueValues: [yes, да, on], falseValues: [no, off], a: 2024-01-01, b: 12:30, c: 007}"
    assert read(tmp_path, text) == {
        "trueValues": ["yes", "да", "on"],
        "falseValues": ["no", "off"],
        "a": "2024-01-01",
        "b": "12:30",
        "c": "007",
    }


def test_numbers_and_truth_of_yaml_are_values(tmp_path):
    assert read(tmp_path, "{a: 12, b: -1.5, c: 1e3, d: true, e: null, f: ~, g: }") == {
        "a": 12, "b": -1.5, "c": 1000.0, "d": True, "e": None, "f": None, "g": None,
    }  # fmt: skip


def test_a_schema_may_be_written_once_and_referred_to(tmp_path):
    both = read(tmp_path, "a: &s {fields: [x]}\nb: *s\n")
    assert both["a"] == both["b"] == {"fields": ["x"]}


LAUGHS = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("laughs.yaml", LAUGHS),
        ("inside-itself.yaml", "a: &a [*a]"),
        ("nothing.yaml", "a: *b"),
        ("deep.yaml", "a: " + "[" * 30 + "]" * 30),
        ("deepest.yaml", "a: " + "[" * 100_000),
        ("deep.json", '{"a": ' + "[" * 30 + "]" * 30 + "}"),
        ("deepest.json", "[" * 200_000),
        ("object.yaml", "a: !!python/object/apply:os.system [id]"),
        ("date.yaml", "a: !!timestamp 2024-01-01"),
        ("bytes.yaml", "a: !!binary aGVq"),
        ("set.yaml", "a: !!set {x}"),
        ("key.yaml", "a: {1: x}"),
        ("list.yaml", "[a]"),
        ("words.yaml", "words"),
        ("empty.yaml", ""),
        ("two.yaml", "a: 1\n---\nb: 2\n"),
        ("nan.json", '{"a": NaN}'),
        ("big.json", '{"a": 1e400}'),
        ("digits.json", '{"a": ' + "9" * 5000 + "}"),
        ("nul.json", '{"a": "\\u0000"}'),
        ("half.json", '{"a": "\\ud800"}'),
        ("half-key.json", '{"\\ud800": 1}'),
        ("latin.json", b'{"a": "\xe9"}'),
        ("cut.json", '{"a": '),
        ("long.yaml", "a: " + "x" * (1 << 20)),
        ("many.yaml", "a: [" + "x," * 200_000 + "]"),
    ],
)
def test_a_document_that_is_not_plain_is_refused(tmp_path, name, body):
    with pytest.raises(ReadingError, match=f"^{name} "):
        read(tmp_path, body, name)


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_documents(tmp_path_factory, body):
    for name in ("d.json", "d.yaml"):
        try:
            value = read(tmp_path_factory.mktemp("d"), body, name)
        except ReadingError:
            continue
        assert json.loads(json.dumps(value)) == value


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
keys = st.sampled_from([*FULL, "resources", "license", "title_translated"])
entries = st.dictionaries(
    st.sampled_from(["name", "path", "data", "format", "schema", "dialect", "title", "encoding"]),
    values | st.sampled_from(["putevi.csv", "../x", "http://a"]),
)


@given(st.dictionaries(keys, values), st.lists(entries, max_size=3))
def test_no_descriptor_breaks_us(tmp_path_factory, keys, resources):
    folder = tmp_path_factory.mktemp("package")
    (folder / "putevi.csv").write_text("a\n1\n")
    text = json.dumps({"resources": resources, **keys})
    (folder / "datapackage.json").write_text(text)
    dataset = package(folder, source="grad", organization="sabac", remote_id="x")
    assert dataset.resources or dataset.findings
    assert all(r.path == folder / "putevi.csv" for r in dataset.resources)


# ---- one file


def test_one_file_is_a_dataset_named_like_it(tmp_path):
    path = tmp_path / "Јавни паркинзи 2024.xlsx"
    path.write_bytes(b"PK")
    dataset = single_file(path, source="upload", organization="sabac")
    [resource] = dataset.resources
    assert (dataset.name, str(dataset.title)) == ("javni-parkinzi-2024", "Јавни паркинзи 2024")
    assert (resource.name, resource.format) == ("javni-parkinzi-2024", "xlsx")
    assert (resource.filename, resource.size_bytes) == ("javni-parkinzi-2024.xlsx", 2)


def test_an_upload_of_the_same_name_is_the_same_dataset(tmp_path):
    (tmp_path / "2023.csv").touch()
    (tmp_path / "2024.csv").touch()
    first, second = (
        upload(tmp_path / f"{year}.csv", organization="sabac", name="parkinzi")
        for year in (2023, 2024)
    )
    assert first.id == second.id
    assert (first.source, first.remote_id) == ("upload", "parkinzi")


def test_an_upload_may_be_a_package_or_its_descriptor(folder):
    described(folder, name="putevi", title="Путеви")
    for path in (folder, folder / "datapackage.yaml"):
        dataset = upload(path, organization="sabac", name="svi-putevi", title="Сви путеви")
        assert (dataset.name, dataset.remote_id) == ("svi-putevi", "svi-putevi")
        assert (str(dataset.title), len(dataset.resources)) == ("Сви путеви", 1)


def test_an_upload_of_nothing_is_told(tmp_path):
    with pytest.raises(HarvestError, match=r"nema\.csv: there is no such file or folder"):
        upload(tmp_path / "nema.csv", organization="sabac")
    with pytest.raises(HarvestError, match="holds no Data Package; put a datapackage.yaml there"):
        upload(tmp_path, organization="sabac")


@pytest.mark.parametrize("keys", [{"organization": "Шабац"}, {"name": "new"}, {"name": "../x"}])
def test_a_wrong_name_of_an_upload_is_told(tmp_path, keys):
    (tmp_path / "a1.csv").touch()
    with pytest.raises(ConfigError, match="is no name; write 2 to 100 of a-z 0-9 - _"):
        upload(tmp_path / "a1.csv", **{"organization": "sabac", **keys})


def test_a_file_whose_name_makes_no_name_wants_one(tmp_path):
    (tmp_path / "1.csv").touch()
    with pytest.raises(HarvestError, match="give it a name"):
        upload(tmp_path / "1.csv", organization="sabac")


def test_a_loose_shapefile_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "putevi.shp").touch()
    dataset = upload(tmp_path / "putevi.shp", organization="sabac")
    assert only_finding(dataset).check == "shapefile-parts"


@pytest.mark.parametrize(
    ("filename", "declared", "media_type", "form"),
    [
        ("a.csv", "", "", "csv"), ("a.TSV", "", "", "tsv"), ("a.txt", "", "", "csv"),
        ("a.json", "", "", "json"), ("a.json", "GeoJSON", "", "geojson"), ("a.zip", "", "", "shp"),
        ("a.zip", "SHP", "", "shp"), ("a.gpkg", "", "", "gpkg"), ("a", "", "text/csv", "csv"),
        ("a", ".csv", "", "csv"), ("a", "<script>", "", ""), ("a.pdf", "", "text/csv", "pdf"),
        ("a.xlsx", "", "", "xlsx"), ("a", "", "", ""),
    ],
)  # fmt: skip
def test_the_format_is_what_is_declared_then_the_ending_then_the_type(
    filename, declared, media_type, form
):
    assert file_format(filename, declared, media_type) == form
