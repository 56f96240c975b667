"""`emap mirror` as a person or cron runs it, from the demo's data to a second eMap."""

import json
import shutil

import pytest

from datasets.config import Config, load
from datasets.errors import ConfigError
from publish.desk import open_desk
from publish.targets import open_targets
from tests.publish.targets.test_ckan import OF_FILES, SENT
from tests.publish.targets.test_faults import TOKEN

SITE = """
site: {{url: "https://podaci.example.rs"}}
organizations:
  - {{name: nis, title: Ниш}}
http: {{allow_private: [127.0.0.1], timeout_s: 5}}
sources:
  - {{name: demo, kind: folder, path: podaci, organization: nis}}
targets:
{targets}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory, project, emap):
    """The folder of a site that has published two datasets of the demo."""
    folder = tmp_path_factory.mktemp("published")
    for name in ("nis/naselja-oko-nisa", "cacak/naselja-oko-cacka"):
        shutil.copytree(project / "datasets/demo" / name, folder / "podaci" / name)
    write(folder, "  []")
    done = emap("--config", folder / "config.yml", "--state", folder / "var", "run")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def site(tmp_path, published, second):
    """That site, with the second eMap as its target."""
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    (tmp_path / "kljuc").write_text(second.token("urednik") + "\n")
    write(tmp_path, f"  - {{name: drzava, kind: ckan, url: '{second.url}', token_file: kljuc}}")
    return ["--config", tmp_path / "config.yml", "--state", tmp_path / "var"]


def write(folder, targets):
    (folder / "config.yml").write_text(SITE.format(targets=targets), encoding="utf-8")


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def did(done):
    return {line["dataset"]: line["action"] for line in lines(done)}


def test_the_demo_is_mirrored_once_checked_and_mended(emap, site, second, tmp_path):
    done = emap(*site, "mirror", "--json")
    assert done.returncode == 0, done.stderr
    assert did(done) == {"naselja-oko-cacka": "created", "naselja-oko-nisa": "created"}
    assert lines(done)[0].keys() == {"target", "dataset", "action", "reason"}
    here = open_desk(Config(), tmp_path / "var", "https://podaci.example.rs")
    for name in second.names():
        ours, theirs = here.catalog.call_action("package_show", {"id": name}), second.show(name)
        assert {k: theirs[k] or "" for k in SENT} == {k: ours[k] or "" for k in SENT}
        assert [t["name"] for t in theirs["tags"]] == [t["name"] for t in ours["tags"]]
        assert [{k: r[k] for k in OF_FILES} for r in theirs["resources"]] == [
            {k: r[k] for k in OF_FILES} for r in ours["resources"]
        ]
    here.versions.close()
    second.counting.asked.clear()
    assert set(did(emap(*site, "mirror", "drzava", "--json")).values()) == {"unchanged"}
    assert second.counting.asked == []
    assert emap(*site, "mirror", "--check").returncode == 0
    second.desk.catalog.call_action("package_patch", {"id": "naselja-oko-cacka", "title": "Друго"})
    checked = emap(*site, "mirror", "--check", "--json")
    assert checked.returncode == 1
    [difference] = lines(checked)
    assert (difference["kind"], difference["field"], difference["there"]) == (
        *("changed", "title"),
        "Друго",
    )
    assert did(emap(*site, "mirror", "--repair", "--json"))["naselja-oko-cacka"] == "updated"
    assert emap(*site, "mirror", "--check").returncode == 0


def test_the_publishers_own_files_are_uploaded(emap, site, second, tmp_path):
    target = f"name: drzava, kind: ckan, url: '{second.url}', token_file: kljuc, files: upload"
    write(tmp_path, f"  - {{{target}}}")
    done = emap(*site, "mirror", "--json")
    assert done.returncode == 0, done.stderr
    for name in second.names():
        there = second.show(name)["resources"]
        assert {r["url_type"] or "" for r in there if r["resource_type"] == "api"} == {""}
        assert {r["url_type"] for r in there if r["size"]} == {"upload"}


@pytest.mark.parametrize("place", ["before_record", "after_record"])
def test_a_run_that_is_killed_is_gone_on_with_and_makes_no_twin(emap, site, second, place):
    assert emap(*site, "mirror", env={"EMAP_FAIL": place}).returncode == -9
    assert len(second.names()) == 1
    done = emap(*site, "mirror", "--json")
    assert done.returncode == 0, done.stderr
    assert did(done) == {"naselja-oko-cacka": "updated", "naselja-oko-nisa": "created"}
    assert second.names() == ["naselja-oko-cacka", "naselja-oko-nisa"]
    assert set(did(emap(*site, "mirror", "--json")).values()) == {"unchanged"}


def test_a_target_that_fails_stops_no_other_and_the_code_says_it(emap, site, second, tmp_path):
    target = "kind: ckan, token_file: kljuc"
    write(
        tmp_path,
        f"  - {{name: mrtav, url: 'http://127.0.0.1:9', {target}}}\n"
        f"  - {{name: ziv, url: '{second.url}', {target}}}",
    )
    done = emap(*site, "mirror", "--json")
    assert done.returncode == 4
    assert "mrtav: http://127.0.0.1:9" in done.stderr
    assert {line["target"] for line in lines(done)} == {"ziv"}
    assert len(second.names()) == 2


def test_a_token_that_is_not_there_stops_before_anything_is_sent(emap, site, second, tmp_path):
    (tmp_path / "kljuc").unlink()
    done = emap(*site, "mirror")
    assert done.returncode == 2
    assert "drzava" in done.stderr
    assert "holds no token" in done.stderr
    assert second.counting.asked == []


def test_a_name_that_no_target_has_is_told_with_those_there_are(emap, site):
    done = emap(*site, "mirror", "pokrajina")
    assert done.returncode == 2
    assert "no target 'pokrajina'; there are drzava" in done.stderr


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("kind: ckan, url: 'https://a.rs'", "give token_env or token_file"),
        (f"kind: ckan, url: 'https://a.rs', token: {TOKEN}", "token: no such key; did you mean"),
        (f"kind: ckan, url: 'https://a.rs', token_env: {TOKEN}", "name of an environment variable"),
        ("kind: ckna, url: 'https://a.rs'", "no kind 'ckna'; there are ckan, udata"),
        ("url: 'https://a.rs'", "has no kind; there are ckan, udata"),
        ("kind: ckan, url: 'ftp://a.rs', token_env: A", "must be http:// or https://"),
        (f"kind: ckan, url: 'https://me:{TOKEN}@a.rs', token_env: A", "without password"),
        ("kind: ckan, url: 'https://a.rs', token_env: A, zones: {a: b}", "zones: no such key"),
        ("kind: ckan, url: 'https://a.rs', token_env: A, files: copy", "'link' or 'upload'"),
    ],
)
def test_a_wrong_target_is_told_with_its_line_and_never_with_a_token(tmp_path, keys, says):
    write(tmp_path, f"  - {{name: prvi, kind: ckan, url: 'https://a.rs', token_env: A}}\n"
                    f"  - {{name: drugi, {keys}}}")  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        open_targets(*load(tmp_path / "config.yml"))
    message = str(caught.value)
    assert f"{tmp_path}/config.yml:10: targets.1" in message
    assert says in message
    assert TOKEN not in message


def test_two_targets_of_one_name_are_refused(tmp_path):
    target = "  - {name: prvi, kind: ckan, url: 'https://a.rs', token_env: A}"
    write(tmp_path, f"{target}\n{target}")
    with pytest.raises(ConfigError, match="give the target a name of its own"):
        open_targets(*load(tmp_path / "config.yml"))


def test_a_kind_of_ones_own_is_taken_from_a_module(tmp_path, monkeypatch):
    (tmp_path / "gradski_portal.py").write_text(
        "from publish.targets._target import Target\n"
        "class Portal(Target):\n"
        "    def connect(self, here): raise NotImplementedError\n"
    )
    (tmp_path / "paket_grada").mkdir()
    (tmp_path / "paket_grada" / "portal.py").write_text(
        (tmp_path / "gradski_portal.py").read_text()
    )
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path, "  - {name: svoj, kind: paket_grada.portal, url: 'https://a.rs', token_env: A}")
    [target] = open_targets(*load(tmp_path / "config.yml"))
    assert type(target).__name__ == "Portal"
