"""The pages about harvests: read by anybody, in three languages, without a secret."""

import json

import httpx
import pytest
from sqlalchemy import insert

from datasets import config as configuration
from publish.database import writing
from publish.harvests import jobs
from publish.harvests.tables import ITEMS, SOURCES
from tests.geoportal.conftest import PAYLOAD, serving

CONFIG = """
site: {title: еМапа Сврљиг, title_en: eMap Svrljig}
http: {allow_private: ["gis.local:8081"]}
sources:
  - {name: grad, title: Градска фасцикла, kind: folder, path: /srv/tajno}
  - {name: sloj, kind: wfs, url: "https://ja:lozinka@gis.example.rs/wfs?token=tajna&a=1"}
  - {name: intranet, kind: wfs, url: "http://gis.local:8081/wfs"}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A served site with a held harvest of `sloj`, a hostile one of `grad`, which is paused."""
    folder = tmp_path_factory.mktemp("harvests")
    (folder / "config.yml").write_text(CONFIG, encoding="utf-8")
    config, _ = configuration.load(folder / "config.yml")
    with serving(config, folder / "state") as (address, portal):
        engine = portal.catalog.engine
        rows = [
            ("vrtici", f"Вртићи {PAYLOAD}", "created", "https://gis.example.rs/1", ""),
            ("parking", "Паркинг", "failed", "javascript:alert(1)", "gone"),
            ("cesme", "Чесме", "refused", "", ""),
        ]
        ids = {
            "grad": ended(engine, "grad", rows, "done", ""),
            "sloj": ended(engine, "sloj", [], "held", "missing-all", known="7"),
            "stari": ended(engine, "stari", rows, "done", ""),
        }
        with writing(engine) as connection:
            paused = {"paused": "2026-01-02T03:04:05", "fault": "unreachable", "failures": 3}
            connection.execute(insert(SOURCES).values(name="grad", next_run=1.8e9, **paused))
        with httpx.Client(base_url=address, timeout=60) as client:
            yield client, ids


def ended(engine, source, rows, state, fault, **values):
    with writing(engine) as connection:
        job = jobs.create(connection, source)
    job = jobs.claim(engine, job_id=job.id)
    with writing(engine) as connection:
        for number, (dataset, title, action, address, befell) in enumerate(rows):
            row = {"dataset": dataset, "title": title, "action": action, "address": address}
            place = {"job": job.number, "number": number, "remote_id": str(number)}
            connection.execute(insert(ITEMS).values(**place, **row, fault=befell, state="done"))
        jobs.finish(connection, job, state, fault=fault, values=values, reason="/srv/tajno: x")
    return job.id


def text(site, path):
    client, _ = site
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_every_source_is_listed_with_how_it_is_doing(site):
    page = text(site, "/harvests")
    for said in ("Градска фасцикла", "Заустављено од", "Сервер не одговара на позив.",
                 "Извор одједном нема ниједан скуп, а имао их је 7.", "Подаци још нису прикупљани.",
                 "15. 1. 2027. 08:00 UTC"):  # fmt: skip
        assert said in page
    assert "Paused since" in text(site, "/en/harvests")
    assert "Zaustavljeno od" in text(site, "/sr-latn/harvests")


@pytest.mark.parametrize("path", ["/harvests", "/harvests/source/{}", "/harvests/{}"])
def test_nobody_reads_a_secret_a_folder_or_a_private_host(site, path):
    _, ids = site
    for each in ("grad", "sloj", "intranet"):
        named = each if "source" in path else ids.get(each, ids["grad"])
        page = text(site, path.format(named))
        for secret in ("tajna", "lozinka", "/srv/tajno", "gis.local"):
            assert secret not in page


def test_a_source_shows_its_address_and_its_harvests(site):
    page = text(site, "/harvests/source/sloj")
    assert 'href="https://gis.example.rs/wfs?a=1"' in page
    assert f"/harvests/{site[1]['sloj']}" in page


def test_a_report_tells_each_record_and_can_be_narrowed(site):
    _, ids = site
    page = text(site, f"/en/harvests/{ids['grad']}")
    assert "There is nothing at that address." in page
    assert "Паркинг" in page and "Чесме" in page
    narrowed = text(site, f"/en/harvests/{ids['grad']}?action=failed")
    assert "Паркинг" in narrowed and "Чесме" not in narrowed


def test_what_a_source_calls_its_data_runs_nothing(site):
    page = text(site, f"/harvests/{site[1]['grad']}")
    assert PAYLOAD not in page and "&lt;img" in page
    assert "javascript:" not in page


def test_the_report_can_be_had_as_json_and_csv(site):
    client, ids = site
    told = json.loads(text(site, f"/en/harvests/{ids['grad']}.json"))
    assert [line["dataset"] for line in told["records"]] == ["vrtici", "parking", "cesme"]
    answer = client.get(f"/harvests/{ids['grad']}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "Није преузето" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/harvests/nema", "/harvests/nema.json", "/harvests/source/nema", "/harvests/{grad}?action=x",
     "/harvests/{stari}", "/harvests/{stari}.csv"],
)  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(site, path):
    client, ids = site
    assert client.get(path.format(**ids)).status_code == 404


@pytest.mark.parametrize("path", ["/about", "/status"])
def test_the_list_is_linked_where_the_portal_tells_of_itself(site, path):
    assert 'href="/harvests"' in text(site, path)
