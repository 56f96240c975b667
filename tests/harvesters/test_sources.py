"""config.yml to sources: the contract of every kind, and what a clerk is told of a mistake."""

import inspect
from pathlib import Path

import pytest
from pydantic import ValidationError

from datasets import config
from datasets.errors import ConfigError
from datasets.kinds import kind, kinds
from harvesters import open_sources
from harvesters.sources.source import Source


def opened(folder, sources):
    path = folder / "config.yml"
    path.write_text(sources, encoding="utf-8")
    return open_sources(*config.load(path))


def told(folder, sources):
    with pytest.raises(ConfigError) as caught:
        opened(folder, sources)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("name", kinds("harvesters"))
def test_a_file_of_harvesters_defines_one_documented_source(name):
    model = kind("harvesters", name, Source)
    assert not inspect.isabstract(model)
    assert model.__doc__ and model.__module__ == f"harvesters.{name}"
    assert model.model_config["frozen"] and model.model_config["extra"] == "forbid"
    assert list(inspect.signature(model.harvest).parameters) == ["self", "http", "at"]


@pytest.mark.parametrize("name", kinds("harvesters"))
def test_a_kind_keeps_no_state_between_harvests(name):
    """A source is values alone, so that it can be sent to another machine."""
    assert not kind("harvesters", name, Source).__private_attributes__


def test_the_kinds_are_the_files_without_the_shared_ones(project):
    files = {p.stem for p in (project / "harvesters").glob("*.py") if not p.stem.startswith("_")}
    assert set(kinds("harvesters")) == files
    assert {"file", "folder"} <= files


def test_a_source_is_frozen(tmp_path):
    [source] = opened(tmp_path, "sources: [{name: grad, kind: folder, path: x}]")
    with pytest.raises(ValidationError, match="frozen"):
        source.path = Path("/etc")


def test_paths_are_relative_to_the_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    folder, file = opened(
        tmp_path,
        "sources:\n"
        "- {name: aa, kind: folder, path: podaci/sabac}\n"
        "- {name: bb, kind: file, url: 'http://a.rs/f', organization: nis, schema: s.json}\n",
    )
    assert folder.path == tmp_path / "podaci/sabac"
    assert file.table_schema == tmp_path / "s.json"


def test_a_relative_configuration_gives_absolute_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    [source] = opened(Path(), "sources: [{name: aa, kind: folder, path: x}]")
    assert source.path == tmp_path / "x"


def test_an_absolute_path_and_an_inline_schema_stay(tmp_path):
    folder, file = opened(
        tmp_path,
        "sources:\n"
        "- {name: aa, kind: folder, path: /mnt/podaci}\n"
        "- {name: bb, kind: file, url: 'http://a.rs/f', organization: nis, schema: {fields: []}}\n",
    )
    assert folder.path == Path("/mnt/podaci")
    assert file.table_schema == {"fields": []}


def test_a_misspelt_key_is_told_with_its_line_and_the_keys_of_that_kind(tmp_path):
    said = told(tmp_path, "sources:\n- name: aa\n  kind: folder\n  paht: x\n  path: y\n")
    keys = ", ".join(sorted(kind("harvesters", "folder", Source).model_fields))
    assert "kind" in keys and "path" in keys
    assert said == (
        f"config.yml:4: sources.0.paht: no such key; did you mean 'path'? there are {keys}"
    )


def test_keys_are_told_as_they_are_written(tmp_path):
    said = told(
        tmp_path,
        "sources:\n- {name: bb, kind: file, url: 'http://a.rs', organization: nis, shema: x}\n",
    )
    assert "no such key; did you mean 'schema'? there are " in said
    assert ", schema, " in said and "table_schema" not in said


def test_an_unknown_kind_is_told_with_its_line_and_the_kinds_there_are(tmp_path):
    said = told(tmp_path, "sources:\n- name: aa\n  kind: arcgsi\n")
    assert said == (
        "config.yml:3: sources.0: harvesters: no kind 'arcgsi'; there are "
        + ", ".join(kinds("harvesters"))
    )


@pytest.mark.parametrize("entry", ["name: aa", "{name: aa, kind: }", "{name: aa, kind: [file]}"])
def test_a_source_without_a_kind_is_told(tmp_path, entry):
    said = told(tmp_path, f"sources:\n- {entry}\n")
    there = ", ".join(kinds("harvesters"))
    assert said.startswith(f"config.yml:2: sources.0: has no kind; there are {there}")


@pytest.mark.parametrize(
    "name", ["fetching", "sources", "_x", "../folder", "", "harvesters.fetching.http"]
)
def test_what_is_shared_is_no_kind(tmp_path, name):
    assert "config.yml:2: " in told(tmp_path, f"sources: [\n{{name: aa, kind: '{name}'}}]\n")


def test_two_sources_of_one_name_are_told_with_both_lines(tmp_path):
    said = told(
        tmp_path,
        "sources:\n- name: aa\n  kind: folder\n  path: x\n- name: aa\n  kind: folder\n  path: y\n",
    )
    assert said == (
        "config.yml:5: sources.1.name: 'aa' is the name of the source at config.yml:2;"
        " give the source a name of its own"
    )


def test_the_name_of_uploads_is_taken(tmp_path):
    said = told(tmp_path, "sources: [{name: upload, kind: folder, path: x}]")
    assert "'upload' is the name of what people upload" in said


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{name: aa, kind: folder}", "sources.0.path: is missing"),
        ("{name: aa, kind: file, organization: nis}", "sources.0.url: is missing"),
        ("{name: aa, kind: file, url: 'http://a.rs/f'}", "sources.0.organization: is missing"),
        ("{kind: folder, path: x}", "sources.0.name: is missing"),
        ("{name: Шабац, kind: folder, path: x}", "must be a name of 2 to 100 of a-z 0-9 - _, not"),
        ("{name: aa, kind: folder, path: x, organization: new}", "must be a name of 2 to 100"),
        ("{name: aa, kind: file, organization: nis, url: 'ftp://a.rs'}",
         "sources.0.url: must begin with http:// or https://, not 'ftp://a.rs'"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_line(tmp_path, entry, says):
    said = told(tmp_path, f"sources:\n- {entry}\n")
    assert said.startswith("config.yml:2: ") and says in said


def test_a_citys_own_kind_is_a_dotted_path(tmp_path, monkeypatch):
    package = tmp_path / "sabac_rs"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "register.py").write_text(
        "from harvesters.sources.source import Source\n"
        "class Register(Source):\n"
        "    table: str\n"
        "    def harvest(self, http, at=''):\n"
        "        yield from ()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    [source] = opened(tmp_path, "sources: [{name: aa, kind: sabac_rs.register, table: putevi}]")
    assert (type(source).__name__, source.table) == ("Register", "putevi")


def test_a_dotted_path_to_nothing_is_told(tmp_path):
    said = told(tmp_path, "sources: [{name: aa, kind: nema.toga}]")
    assert "there is no module 'nema.toga' to take a kind from" in said


def test_without_sources_there_are_none(tmp_path):
    assert opened(tmp_path, "site: {title: Шабац}") == []


def test_a_catalog_is_not_asked_for_what_it_has_from_this_site(tmp_path):
    catalog, folder = opened(
        tmp_path,
        "site: {url: 'https://podaci.example.rs'}\n"
        "sources:\n"
        "- {name: aa, kind: ckan, url: 'https://a.rs', not_from: ['https://b.rs']}\n"
        "- {name: bb, kind: folder, path: x}\n",
    )
    assert catalog.not_from == ("https://b.rs", "https://podaci.example.rs")
    assert not hasattr(folder, "not_from")


def test_the_kind_in_the_docs_works_as_it_stands(tmp_path, project, monkeypatch, upstream, http):
    docs = (project / "docs/for-developers.md").read_text(encoding="utf-8")
    code = docs.partition("## Extending")[2].partition("```python\n")[2].partition("```")[0]
    (tmp_path / "grad_rs").mkdir()
    (tmp_path / "grad_rs/__init__.py").touch()
    (tmp_path / "grad_rs/permits.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    upstream.answers["/years"] = [2023, 2024]
    upstream.answers["/2024.csv"] = b"broj,datum\n1,2024-05-31\n"
    entry = f"{{name: dozvole, kind: grad_rs.permits, url: '{upstream.url}', organization: nis}}"
    [source] = opened(tmp_path, f"sources: [{entry}]")
    [page] = source.harvest(http)
    assert [record.remote_id for record in page.records] == ["2023", "2024"]
    [resource] = source.collect(page.records[1], {}, http, tmp_path).dataset.resources
    assert (resource.format, resource.path.read_bytes()[:4]) == ("csv", b"broj")
