"""The command line of ckanapi, as it comes, against our server: all its commands and options."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from publish.catalog import Embedded
from tests.geoportal.conftest import serving

pytestmark = pytest.mark.serving
NOISE = ("SyntaxWarning", "re.findall", "re.split")
LOGO = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "vrtići.csv"
    path.write_text("ime,mesta\nПчелица,30\nŠumica,25\n", encoding="utf-8")
    return path


@pytest.fixture
def filled(catalog: Embedded, server: str, admin: str, table: Path, tmp_path: Path) -> Embedded:
    """An organization with a logo, a group, a user, and datasets with files, links and extras."""
    (tmp_path / "logo.png").write_bytes(LOGO)
    run = command(server, admin)
    run(
        "action",
        "organization_create",
        "name=grad-nis",
        "title=Град Ниш",
        f"image_upload@{tmp_path / 'logo.png'}",
    )
    catalog.call_action("group_create", {"name": "deca", "title": "Деца", "extras": EXTRAS})
    user = {"name": "ana", "email": "ana@example.rs", "password": "dovoljno-duga"}
    catalog.call_action("user_create", user)
    member = {"id": "grad-nis", "username": "ana", "role": "editor"}
    catalog.call_action("organization_member_create", member)
    catalog.call_action(
        "package_create",
        {
            "name": "vrtici",
            "title": "Вртићи",
            "owner_org": "grad-nis",
            "tags": [{"name": "деца"}, {"name": "vrtići"}],
            "groups": [{"name": "deca"}],
            "extras": EXTRAS,
            "resources": [{"name": "veza", "url": "https://nis.rs/v.xlsx", "own_field": "x"}],
        },
    )
    run("action", "resource_create", "package_id=vrtici", "name=tabela", f"upload@{table}")
    catalog.call_action("package_create", {"name": "skole", "owner_org": "grad-nis"})
    return catalog


EXTRAS = [{"key": "b", "value": '{"sr": "б"}'}, {"key": "a", "value": "а"}]


def command(server: str, token: str = "") -> Callable[..., str]:
    """ckanapi for one site: gives what it prints, and fails unless it ends as expected."""
    scripts = Path(sys.executable).parent  # it calls itself by name for each worker
    path = os.pathsep.join([str(scripts), os.environ["PATH"]])
    who = ["-r", server, *(["-a", token] if token else [])]

    def run(*words: object, lines: str = "", code: int = 0) -> str:
        done = subprocess.run(
            [str(scripts / "ckanapi"), *map(str, words), *who],
            env={**os.environ, "PATH": path, "PYTHONWARNINGS": "ignore"},
            input=lines,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    return run


def everything(catalog: Embedded) -> dict[str, object]:
    """All that a site has, in full."""
    call = catalog.call_action
    full = {"include_users": True, "include_extras": True}
    return {
        "datasets": [call("package_show", {"id": name}) for name in call("package_list")],
        "organizations": [call("organization_show", {"id": "grad-nis", **full})],
        "groups": [call("group_show", {"id": "deca", **full})],
        "users": [_without_times(each) for each in call("user_list")],
    }


def _without_times(user: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in user.items() if key != "last_active"}


def only(name: str, lines: str) -> str:
    """The line of one thing."""
    return next(line for line in lines.splitlines() if json.loads(line)["name"] == name)


def parsed(lines: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.splitlines()]


def test_actions_take_words_json_files_and_standard_input(catalog, server, admin, table):
    catalog.call_action("organization_create", {"name": "grad-nis"})
    run = command(server, admin)
    tags = 'tags:[{"name": "deca"}]'
    words = ["action", "package_create", "name=vrtici", "owner_org=grad-nis", tags, "private:false"]
    made = json.loads(run(*words, "-j"))
    assert [tag["name"] for tag in made["tags"]] == ["deca"]
    uploaded = json.loads(
        run("action", "resource_create", "package_id=vrtici", f"upload@{table}", "-j")
    )
    assert (uploaded["url_type"], uploaded["format"]) == ("upload", "CSV")
    assert uploaded["size"] == table.stat().st_size
    run("action", "package_patch", "-i", lines=json.dumps({"id": "vrtici", "notes": "Списак"}))
    given = table.with_name("patch.json")
    given.write_text(json.dumps({"id": "vrtici", "author": "Ана"}), encoding="utf-8")
    run("action", "package_patch", "-I", given)
    shown = json.loads(run("action", "package_show", "id=vrtici", "-g"))
    assert (shown["notes"], shown["author"], len(shown["resources"])) == ("Списак", "Ана", 1)
    catalog.call_action("package_create", {"name": "skole", "owner_org": "grad-nis"})
    assert parsed(run("action", "package_list", "-J")) == ["skole", "vrtici"]


def test_an_action_that_is_refused_ends_with_1(filled, server):
    run = command(server)
    run("action", "package_create", "name=x", "owner_org=grad-nis", code=1)
    run("action", "nema_je", code=1)
    assert filled.call_action("package_list") == ["skole", "vrtici"]


def test_a_search_gives_every_page_of_what_is_found(filled, server):
    run = command(server)
    assert {each["name"] for each in parsed(run("search", "datasets"))} == {"skole", "vrtici"}
    found = parsed(run("search", "datasets", "q=vrtic", "fq=organization:grad-nis", "rows:5"))
    assert [each["name"] for each in found] == ["vrtici"]


def test_a_dump_gives_each_thing_whole(filled, server, admin):
    run = command(server, admin)
    of = filled.call_action("package_show", {"id": "vrtici"})["resources"][1]["id"]
    view = {"resource_id": of, "title": "Tabela", "view_type": "datatables_view"}
    filled.call_action("resource_view_create", view)
    datasets = parsed(run("dump", "datasets", "--all", "-d", "-R", "--include-private"))
    assert [each["name"] for each in datasets] == ["skole", "vrtici"]
    [shown] = datasets[1]["resources"][1]["resource_views"]
    assert shown["title"] == "Tabela"
    [organization] = parsed(run("dump", "organizations", "--all", "-U"))
    assert {user["name"] for user in organization["users"]} >= {"ana"}
    [group] = parsed(run("dump", "groups", "deca"))
    assert group["title"] == "Деца"
    users = parsed(run("dump", "users", "--all"))
    assert "ana" in {user["name"] for user in users}


def test_a_dump_of_data_packages_has_the_files(filled, server, admin, table, tmp_path):
    dataset = filled.call_action("package_show", {"id": "vrtici"})
    linked, _ = (resource["id"] for resource in dataset["resources"])
    filled.call_action("resource_delete", {"id": linked})  # only what this machine has
    command(server, admin)("dump", "datasets", "vrtici", "-D", tmp_path / "packages")
    folder = tmp_path / "packages" / "vrtici"
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    [resource] = package["resources"]
    assert (folder / resource["path"]).read_bytes() == table.read_bytes()


def test_what_was_dumped_and_is_loaded_again_changes_nothing(filled, server, admin):
    run = command(server, admin)
    before = everything(filled)
    for things in ("organizations", "groups", "users", "datasets"):
        lines = run("dump", things, "--all", *(["-U"] if things in ("organizations",) else []))
        run("load", things, lines=lines)
    assert everything(filled) == before


def test_a_load_fills_another_site_with_files_and_logos(
    filled, server, admin, config, tmp_path, table
):
    run = command(server, admin)
    wanted = {"users": "-q", "organizations": "-U", "groups": "-U", "datasets": "-q"}
    dumped = {things: run("dump", things, "--all", more) for things, more in wanted.items()}
    with serving(config, tmp_path / "other") as (address, portal):
        portal.catalog.create_user("admin", sysadmin=True)
        token = portal.catalog.call_action("api_token_create", {"user": "admin", "name": "t"})
        load = command(address, token["token"])
        load("load", "users", "-n", lines=only("ana", dumped["users"]))
        load("load", "organizations", "--upload-logo", lines=dumped["organizations"])
        load("load", "groups", lines=dumped["groups"])
        load("load", "datasets", "--upload-resources", "-n", lines=dumped["datasets"])
        organization = portal.catalog.call_action("organization_show", {"id": "grad-nis"})
        assert organization["image_display_url"].startswith(address)
        shown = portal.catalog.call_action("package_show", {"id": "vrtici"})
        link, file = shown["resources"]
        assert (link["url"], link["own_field"]) == ("https://nis.rs/v.xlsx", "x")
        assert file["url"].startswith(address)
        fetched = subprocess.run(
            [sys.executable, "-c", FETCH, file["url"]], capture_output=True, check=True
        )
        assert fetched.stdout == table.read_bytes()
        assert [group["name"] for group in shown["groups"]] == ["deca"]
        load("load", "datasets", "-n", lines=dumped["datasets"], code=3)  # they are there
        assert portal.catalog.call_action("package_list") == ["skole", "vrtici"]


FETCH = "import sys, urllib.request as r; sys.stdout.buffer.write(r.urlopen(sys.argv[1]).read())"


def test_a_load_that_only_updates_makes_nothing_and_tells(filled, server, admin, tmp_path):
    lines = [{"name": "skole", "title": "Школе"}, {"name": "nova", "owner_org": "grad-nis"}]
    log = tmp_path / "log"
    given = "\n".join(json.dumps(line | {"owner_org": "grad-nis"}) for line in lines)
    command(server, admin)("load", "datasets", "-o", "-l", log, lines=given, code=3)
    told = {tuple(json.loads(line)[2:4]) for line in log.read_text().splitlines()}
    assert told == {("update", None), ("show", "NotFound")}
    assert filled.call_action("package_list") == ["skole", "vrtici"]
    assert filled.call_action("package_show", {"id": "skole"})["title"] == "Школе"


def test_a_load_tells_what_is_wrong_with_a_line_and_goes_on(filled, server, admin, tmp_path):
    lines = [{"name": "LOŠE"}, {"name": "dobro"}]
    log = tmp_path / "log"
    given = "\n".join(json.dumps(line | {"owner_org": "grad-nis"}) for line in lines)
    command(server, admin)("load", "datasets", "-l", log, lines=given, code=3)
    wrong, right = sorted(
        (json.loads(line) for line in log.read_text().splitlines()), key=lambda each: each[1]
    )
    assert (wrong[2:4], "name" in wrong[4]) == (["create", "ValidationError"], True)
    assert right[2:] == ["create", None, "dobro"]


def test_datasets_are_deleted_by_name_and_by_line(filled, server, admin):
    run = command(server, admin)
    run("delete", "datasets", "skole")
    run("delete", "datasets", lines=json.dumps({"name": "vrtici"}) + "\n")
    assert filled.call_action("package_list") == []


def test_a_batch_runs_actions_with_local_files(filled, server, admin, table):
    calls = [
        {"action": "package_patch", "data": {"id": "skole", "notes": "Списак"}},
        {
            "action": "resource_create",
            "data": {"package_id": "skole", "name": "tabela"},
            "files": {"upload": str(table)},
        },
        {"action": "package_show", "data": {"id": "nema"}},
    ]
    lines = "\n".join(json.dumps(call) for call in calls)
    command(server, admin)("batch", "--local-files", lines=lines)
    shown = filled.call_action("package_show", {"id": "skole"})
    assert shown["notes"] == "Списак"
    assert [resource["size"] for resource in shown["resources"]] == [table.stat().st_size]
