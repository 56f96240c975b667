"""`emap repair`, as a clerk types it."""

import json
from pathlib import Path

import pytest

DIRTY = "sifra,naziv\n1, Чаир\n2,Kрагујевац\n"
MENDED = "sifra,naziv\r\n1,Чаир\r\n2,Крагујевац\r\n"


@pytest.fixture
def klupe(tmp_path: Path) -> Path:
    path = tmp_path / "klupe.csv"
    path.write_text(DIRTY, encoding="utf-8")
    return path


def lines(done) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_file_is_mended_into_another_and_its_recipe_mends_the_next(emap, klupe, tmp_path):
    recipe, out = tmp_path / "steps.json", tmp_path / "klupe-ispravljene.csv"
    offered = {each["step"]["repair"]: each for each in lines(emap("repair", klupe, "--json"))}
    assert offered["trim"]["samples"] == [{"row": 2, "before": " Чаир", "after": "Чаир"}]
    done = emap("repair", klupe, "--accept", "safe", "--recipe", recipe, "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("\nThe data are in order and can be published.\n")
    assert out.read_text(encoding="utf-8", newline="") == MENDED
    assert klupe.read_text(encoding="utf-8") == DIRTY
    steps = json.loads(recipe.read_text(encoding="utf-8"))["steps"]
    assert {"type": "trim", "fieldName": "naziv"} in steps

    klupe.write_text(DIRTY.replace("Чаир", "Палилула"), encoding="utf-8")
    undone = emap(
        "repair", klupe, "--recipe", recipe, "--undo", offered["one-script"]["id"], "--out", out
    )
    assert undone.returncode == 0, undone.stderr
    assert out.read_text(encoding="utf-8").splitlines() == [
        "sifra,naziv",
        "1,Палилула",
        "2,Kрагујевац",
    ]


def test_the_end_says_the_verdict_and_the_next_command_in_the_readers_language(emap, klupe):
    klupe.write_text(DIRTY + "3,Дом,4\n", encoding="utf-8")
    done = emap("repair", klupe, "--language", "sr-Latn")
    assert done.returncode == 1
    *_, verdict, what, how, command = done.stdout.splitlines()
    assert verdict.startswith("Podaci ne mogu da se objave: 1 vrsta greške, na 1 mestu.")
    assert what.startswith("Greška: ") and how.startswith("    ")
    said = f"Sledeća komanda: emap repair {klupe} --accept safe --out corrected.csv"
    assert command == said
    accepted = emap("repair", klupe, "--accept", "safe", "--language", "en").stdout
    assert "The next command" not in accepted.splitlines()[-1]


def test_a_dataset_of_the_site_is_repaired_by_its_name(emap, klupe, tmp_path):
    site = ["--state", tmp_path / "var"]
    assert emap("publish", klupe, "--organization", "nis", *site).returncode == 0
    [done] = lines(emap("repair", "klupe", "--accept", "safe", "--json", *site))
    assert (done["action"], done["version"]) == ("updated", 2)
    listed = lines(emap("repair", "klupe", "--list", "--json", *site))
    accepted = [each for each in listed if each["accepted"]]
    assert {each["step"]["repair"] for each in accepted if each["always"]} == {"one-script", "trim"}
    ids = [word for each in accepted for word in ("--undo", each["id"])]
    [back] = lines(emap("repair", "klupe", *ids, "--json", *site))
    assert (back["action"], back["version"]) == ("updated", 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--accept", "ffffffff"], "no repair ffffffff is offered; there are"),
        (["--undo", "ffffffff"], "no step ffffffff in the recipe; there are none"),
        (["--out", "klupe.csv"], "is the original, which stays as it came"),
        (["--out", "klupe.doc"], "end it with .csv, .geojson, .xlsx"),
        (["--recipe", "klupe.csv"], "is no recipe of steps in JSON"),
        (["--list", "--accept", "safe"], "--list changes nothing"),
    ],
)
def test_what_cannot_be_done_is_told_and_ends_with_2(emap, klupe, words, said):
    words = [str(klupe.with_name(w)) if w.startswith("klupe") else w for w in words]
    done = emap("repair", klupe, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert klupe.read_text(encoding="utf-8") == DIRTY
