"""config.yml: what is read, and where a mistake is told to be."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from datasets import config
from datasets.config import Config, Document, load
from datasets.errors import ConfigError


def written(folder, text):
    path = folder / "config.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def told(folder, text):
    path = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value).replace(f"{folder}/", "")


def test_an_empty_file_is_the_default_configuration(tmp_path):
    assert load(written(tmp_path, "# nothing yet\n"))[0] == Config()


def test_what_is_written_is_read(tmp_path):
    text = (
        "site: {title: Шабац, language: sr-Latn}\n"
        "organizations: [{name: sabac, title: Град Шабац}]\n"
        "sources: [{name: grad, kind: folder, path: podaci}]\n"
        "http: {allow_private: [opendata.local]}\n"
        "validation: {max_loss: 0.5, limits: {cpu_s: 10}}\n"
    )
    read, _ = load(written(tmp_path, text))
    assert (read.site.title, read.site.language) == ("Шабац", "sr-Latn")
    assert read.organizations[0].title == "Град Шабац"
    assert dict(read.sources[0]) == {"name": "grad", "kind": "folder", "path": "podaci"}
    assert read.http.allow_private == ("opendata.local",)
    assert (read.validation.max_loss, read.validation.limits.cpu_s) == (0.5, 10)


def test_a_configuration_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Config().http.max_bytes = 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("site:\n  title: A\n  langauge: en\n",
         "config.yml:3: site.langauge: no such key; did you mean 'language'? there are "),
        ("sorces: []\n", "config.yml:1: sorces: no such key; did you mean 'sources'? there are"),
        ("site: {}\nxyz: 1\n", "config.yml:2: xyz: no such key; there are catalog, embed,"),
        ("organizations:\n- name: aa\n  title: A\n- name: bb\n  titel: B\n",
         "config.yml:5: organizations.1.titel: no such key; did you mean 'title'? there are"),
        ("validation:\n  limits:\n    cpu: 3\n",
         "config.yml:3: validation.limits.cpu: no such key; did you mean 'cpu_s'? there are cpu_s"),
    ],
)  # fmt: skip
def test_a_misspelt_key_is_told_with_its_line_and_the_keys_there_are(tmp_path, text, says):
    assert says in told(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("site:\n  language: rs\n", "config.yml:2: site.language: Input should be 'sr-Cyrl'"),
        ("http:\n\n  timeout_s: 0\n", "config.yml:3: http.timeout_s: Input should be greater than"),
        ("organizations:\n- title: A\n", "config.yml:2: organizations.0.name: is missing"),
        ("sources: 5\n", "config.yml:1: sources: "),
        ("sources: [folder]\n", "config.yml:1: sources.0: "),
        ("validation:\n  extent: [1, 2, 3]\n", "config.yml:2: validation.extent"),
        ("harvest:\n  parallel: 0\n", "config.yml:2: harvest.parallel: Input should be greater"),
        ("harvest:\n  executor: ray\n", "config.yml:2: harvest.executor: Input should be 'local'"),
        ("harvest:\n  executor: dask\n",
         "config.yml:1: harvest.scheduler: must be where Dask's scheduler listens: tcp://HOST:8786"),
        ("harvest:\n  executor: dask\n  scheduler: 10.0.0.5\n",
         "config.yml:3: harvest.scheduler: must be where Dask's scheduler listens"),
        ("harvest:\n  timezone: Europe\n",
         "config.yml:2: harvest.timezone: must be a time zone, as Europe/Belgrade or UTC, not"),
        ("harvest:\n  timezone: Evropa/Beograd\n", "config.yml:2: harvest.timezone: must be a"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_line(tmp_path, text, says):
    assert says in told(tmp_path, text)


def test_all_mistakes_are_told_at_once(tmp_path):
    said = told(tmp_path, "site: {a: 1}\nhttp: {b: 2}\n")
    assert [line.split(": ")[0] for line in said.splitlines()] == ["config.yml:1", "config.yml:2"]


@pytest.mark.parametrize(
    "text", ["a: [", "a: b: c", "\tsite:", b"a: \xff", "a: 2024-13-45", "a: *nobody", "a: !!x y"]
)
def test_what_is_not_yaml_is_told(tmp_path, text):
    assert told(tmp_path, text).startswith("config.yml: is not YAML: ")


@pytest.mark.parametrize("text", ["[site]", "just words", "5"])
def test_what_is_no_mapping_is_told(tmp_path, text):
    assert "must be a mapping of sections" in told(tmp_path, text)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"config\.yml: cannot be read: No such file"):
        load(tmp_path / "config.yml")


def test_a_line_is_that_of_the_key_or_of_its_nearest_parent(tmp_path):
    document = Document(written(tmp_path, "a:\n  b:\n  - c: 1\n    d: 2\n  - c: 3\n"))
    lines = [
        document.line(place)
        for place in [
            (),
            ("a",),
            ("a", "b", 0, "d"),
            ("a", "b", 1, "c"),
            ("a", "b", 1, "x"),
            ("z",),
        ]
    ]
    assert lines == [1, 1, 4, 5, 5, 1]


def test_every_section_refuses_keys_that_it_does_not_know():
    sections = [s for s in vars(config).values() if isinstance(s, type)]
    for section in sections:
        if issubclass(section, config.Section):
            assert section.model_config["extra"] == "forbid"
            assert section.model_config["frozen"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sources:\n- name: aa\n  kind: folder\n  paht: x\n  path: .\n",
         "config.yml:4: sources.0.paht: no such key; did you mean 'path'? there are between,"),
        ("sites: {}\n", "config.yml:1: sites: no such key; did you mean 'site'? there are"),
    ],
)  # fmt: skip
def test_the_command_ends_with_2_and_says_where(project, tmp_path, text, says):
    path = written(tmp_path, text)
    done = subprocess.run(
        [sys.executable, "emap.py", "run", "--config", str(path), "--state", str(tmp_path / "s")],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
