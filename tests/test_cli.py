"""The command line's contract: what outside programs rely on."""

import json
import zipfile
from pathlib import Path

import frictionless
import pytest

CSV = "sifra,naziv,lon,lat\n1,Чаир,21.9050,43.3180\n2,Тврђава,21.8950,43.3250\n"
SCHEMA = {
    "fields": [
        {"name": "sifra", "type": "integer"},
        {"name": "naziv", "type": "string", "constraints": {"required": True}},
        {"name": "lon", "type": "number"},
        {"name": "lat", "type": "number"},
    ],
    "primaryKey": "sifra",
}


@pytest.fixture
def parks(tmp_path: Path) -> Path:
    path = tmp_path / "parkovi.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


@pytest.fixture
def site(tmp_path: Path) -> list[object]:
    """A configuration with one folder source that has one good and one broken dataset."""
    good, broken = tmp_path / "podaci" / "parkovi", tmp_path / "podaci" / "klupe"
    for folder, rows in ((good, CSV), (broken, CSV.replace("Тврђава", ""))):
        folder.mkdir(parents=True)
        (folder / "t.csv").write_text(rows, encoding="utf-8")
        resource = {"name": folder.name, "path": "t.csv", "schema": SCHEMA}
        (folder / "datapackage.json").write_text(
            json.dumps({"name": folder.name, "title": folder.name, "resources": [resource]})
        )
    config = tmp_path / "config.yml"
    config.write_text("sources:\n  - {name: grad, kind: folder, path: podaci, organization: nis}\n")
    return ["--config", config, "--state", tmp_path / "var"]


def receipts(done) -> dict[str, dict[str, object]]:
    return {line["dataset"]: line for line in map(json.loads, done.stdout.splitlines())}


def test_a_run_prints_one_receipt_a_line_and_ends_with_1_when_one_is_refused(emap, site):
    done = emap(*site, "run", "--json")
    assert done.returncode == 1, done.stderr
    got = receipts(done)
    assert got["parkovi"] == {"dataset": "parkovi", "action": "created", "version": 1, "reason": ""}
    assert got["klupe"]["action"] == "refused"
    assert 'constraint-error: klupe: Column "' in got["klupe"]["reason"]
    again = receipts(emap(*site, "run", "--json"))
    assert again["parkovi"]["action"] == "unchanged"
    assert emap(*site, "check").returncode == 0


def test_the_options_may_stand_before_or_after_the_command(emap, site):
    assert emap("run", "grad", "--json", *site).returncode == 1
    config, state = site[1], site[3]
    env = {"EMAP_CONFIG": str(config), "EMAP_STATE": str(state)}
    assert receipts(emap("run", "--json", env=env))["parkovi"]["action"] == "unchanged"


def test_a_misspelt_key_ends_with_2_and_says_line_and_keys(emap, site):
    config = Path(str(site[1]))
    config.write_text("site:\n  title: Ниш\n  langauge: en\n", encoding="utf-8")
    done = emap(*site, "run")
    assert done.returncode == 2
    assert f"{config}:3: site.langauge: no such key; did you mean 'language'?" in done.stderr
    assert "description" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "drugi"], "no source 'drugi'; there are grad"),
        (["rollback", "parkovi"], "there is no dataset 'parkovi'"),
        (["publish", "x.csv", "--organization", "Град Ниш"], "is no name"),
        (["token", "create", "--user", "x"], "user: "),
        (["jobs", "show", "nema"], "there is no harvest job 'nema'; `emap jobs` lists"),
        (["jobs", "run", "drugi"], "no source 'drugi'; there are grad"),
        (["validate", "nema.csv"], "nema.csv: there is no such file"),
    ],
)
def test_a_wrong_argument_ends_with_2_and_is_told_in_one_line(emap, site, words, said):
    options = site if words[0] != "validate" else []
    done = emap(*options, *words)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_source_folder_ends_with_3_and_withdraws_nothing(emap, site, tmp_path):
    emap(*site, "run")
    (tmp_path / "podaci").rename(tmp_path / "away")
    done = emap(*site, "run", "--json")
    assert done.returncode == 3
    assert "podaci" in done.stderr
    assert done.stdout == ""
    assert receipts(emap(*site, "harvest", "--json")) == {}
    (tmp_path / "away").rename(tmp_path / "podaci")
    assert receipts(emap(*site, "run", "--json"))["parkovi"]["action"] == "unchanged"


def test_jobs_are_listed_shown_asked_for_and_ended(emap, site):
    emap(*site, "run")
    [ran] = map(json.loads, emap(*site, "jobs", "--json").stdout.splitlines())
    assert (ran["source"], ran["state"]) == ("grad", "done")
    assert ran["counts"] == {"created": 1, "refused": 1}
    shown = emap("jobs", "show", ran["id"], *site).stdout
    assert "klupe: refused" in shown
    assert "1 created, 1 refused" in shown
    assert json.loads(emap(*site, "jobs", "show", ran["id"], "--json").stdout)["id"] == ran["id"]
    asked = json.loads(emap(*site, "jobs", "run", "grad", "--json").stdout)
    assert asked["state"] == "queued"
    assert json.loads(emap(*site, "jobs", "run", "grad", "--json").stdout) == asked
    over = json.loads(emap(*site, "jobs", "abort", asked["id"], "--json").stdout)
    assert over["state"] == "aborted"
    assert "harvested by its own rhythm" in emap(*site, "jobs", "resume", "grad").stdout
    assert len(emap(*site, "jobs", "list", "grad", "--json").stdout.splitlines()) == 2


def test_a_state_folder_that_cannot_be_written_ends_with_4(emap, parks, tmp_path):
    state = tmp_path / "file"
    state.write_text("a file, not a folder")
    done = emap("--state", state, "publish", parks, "--organization", "nis")
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_is_published_changed_and_rolled_back(emap, parks, tmp_path):
    options = ["--state", tmp_path / "var"]
    publish = [*options, "publish", parks, "--organization", "nis", "--name", "parkovi", "--json"]
    assert receipts(emap(*publish))["parkovi"]["action"] == "created"
    assert receipts(emap(*publish))["parkovi"]["action"] == "unchanged"
    parks.write_text(CSV + "3,Свети Сава,21.92,43.32\n", encoding="utf-8")
    assert receipts(emap(*publish))["parkovi"]["version"] == 2
    back = receipts(emap(*options, "rollback", "parkovi", "--json"))["parkovi"]
    assert (back["action"], back["version"]) == ("updated", 1)
    assert receipts(emap(*publish))["parkovi"]["version"] == 2


def test_a_token_is_alone_on_the_last_line_also_on_an_empty_state_folder(emap, tmp_path):
    done = emap("--state", tmp_path / "new", "token", "create", "--user", "robot", "--sysadmin")
    assert done.returncode == 0
    token = done.stdout.splitlines()[-1]
    assert len(token) > 40
    assert token.split() == [token]
    stored = b"".join(p.read_bytes() for p in (tmp_path / "new").glob("catalog.sqlite*"))
    assert token.encode() not in stored
    listed = emap("--state", tmp_path / "new", "token", "list", "--user", "robot").stdout
    assert emap("--state", tmp_path / "new", "token", "revoke", listed.split()[0]).returncode == 0
    assert emap("--state", tmp_path / "new", "token", "list", "--user", "robot").stdout == ""


def test_validate_needs_no_config_and_prints_frictionless_own_report(emap, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("los.csv").write_text(CSV.replace("1,Чаир", "prvi,Чаир").replace("Тврђава", ""))
    Path("schema.json").write_text(json.dumps(SCHEMA))
    done = emap("validate", "los.csv", "--schema", "schema.json", "--json")
    assert done.returncode == 1
    ours = json.loads(done.stdout)
    theirs = frictionless.validate("los.csv", schema="schema.json").to_descriptor()
    assert ours["valid"] is False
    assert ours["tasks"][0]["errors"] == theirs["tasks"][0]["errors"]
    assert {path.name for path in tmp_path.iterdir()} == {"los.csv", "schema.json"}


def test_validate_ends_with_0_for_a_valid_file(emap, parks, tmp_path):
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(SCHEMA))
    done = emap("validate", parks, "--schema", schema, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["valid"] is True


def corrupt_zip(folder: Path) -> Path:
    path = folder / "sloj.zip"
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 40)
    return path


def text_named_gpkg(folder: Path) -> Path:
    path = folder / "sloj.gpkg"
    path.write_text("ovo nije sloj", encoding="utf-8")
    return path


def no_features(folder: Path) -> Path:
    path = folder / "sloj.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    return path


def claims_ten_gigabytes(folder: Path) -> Path:
    path = folder / "sloj.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sloj.shp", b"\x00" * 100)
    raw = bytearray(path.read_bytes())
    entry = raw.rindex(b"PK\x01\x02")
    raw[entry + 24 : entry + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(raw)
    return path


def hidden_vrt(folder: Path) -> Path:
    (folder / "tajna.csv").write_text("tajna\nkljuc-od-sefa\n")
    path = folder / "sloj.geojson"
    source = f"<SrcDataSource>{folder / 'tajna.csv'}</SrcDataSource>"
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="tajna">{source}</OGRVRTLayer></OGRVRTDataSource>'
    )
    return path


@pytest.mark.parametrize(
    "made", [corrupt_zip, text_named_gpkg, no_features, claims_ten_gigabytes, hidden_vrt]
)
def test_a_bad_file_is_refused_by_name_and_nothing_of_it_is_public(emap, tmp_path, made):
    state = tmp_path / "var"
    done = emap(
        "--state", state, "publish", made(tmp_path), "--organization", "nis", "--name", "sloj",
        "--json",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    receipt = receipts(done)["sloj"]
    assert (receipt["action"], receipt["version"]) == ("refused", None)
    assert "sloj" in receipt["reason"]
    assert "kljuc-od-sefa" not in done.stdout + done.stderr
    assert list((state / "layers").iterdir()) == []


def test_validate_writes_the_report_and_the_marked_table(emap, tmp_path):
    path = tmp_path / "los.csv"
    path.write_text("a,b\n1,x\nдва,y\n", encoding="utf-8")
    schema = tmp_path / "s.json"
    schema.write_text('{"fields": [{"name": "a", "type": "integer"}, {"name": "b"}]}', "utf-8")
    html, xlsx = tmp_path / "r.html", tmp_path / "r.xlsx"
    files = ["--html", html, "--xlsx", xlsx]
    done = emap("validate", path, "--schema", schema, *files, "--language", "sr-Latn")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("Podaci ne mogu da se objave")
    assert '<html lang="sr-Latn">' in html.read_text(encoding="utf-8")
    assert xlsx.read_bytes().startswith(b"PK")
    spoiled = emap("validate", path, "--xlsx", path)
    assert spoiled.returncode != 0
    assert "is the file itself" in spoiled.stderr
    assert path.read_text(encoding="utf-8").startswith("a,b")


def test_nothing_is_reported_of_a_dataset_that_never_came(emap, site):
    done = emap("report", "nema", *site)
    assert done.returncode == 2
    assert "nothing of a dataset 'nema' was delivered" in done.stderr


def test_a_dataset_becomes_a_map_of_one_file(emap, site, tmp_path):
    emap(*site, "run")
    drawn = emap(*site, "map", "parkovi", "--output", tmp_path / "mapa.html", "--language", "en")
    assert drawn.returncode == 0, drawn.stderr
    page = (tmp_path / "mapa.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page and "Tvr\\u0111ava" in page
    missing = emap(*site, "map", "klupe", "--output", tmp_path / "nema.html")
    assert missing.returncode != 0
    assert "no public dataset 'klupe' is on the map; there are parkovi" in missing.stderr
    assert not (tmp_path / "nema.html").exists()
