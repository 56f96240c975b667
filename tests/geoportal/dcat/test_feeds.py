"""Atom feeds, held to RFC 4287 and RFC 5005."""

import re
import uuid
from datetime import datetime
from xml.etree import ElementTree as etree

import pytest

ATOM = "{http://www.w3.org/2005/Atom}"
PAYLOAD = '<img src=x onerror="alert(1)">'
FEEDS = (
    "/feeds/dataset.atom",
    "/feeds/organization/svrljig.atom",
    "/feeds/tag/паркови.atom",
    "/feeds/custom.atom?q=parkovi",
    "/en/feeds/dataset.atom",
)


def feed(client, path):
    answer = client.get(path).raise_for_status()
    assert answer.headers["content-type"] == "application/atom+xml"
    return etree.fromstring(answer.content)


def only(element, name):
    (found,) = element.findall(ATOM + name)
    return found


def links(element):
    return {each.get("rel"): each.get("href") for each in element.findall(f"{ATOM}link")}


def check(found):
    """What RFC 4287 asks of a feed and its entries (4.1.1, 4.1.2, 3.3, 4.2.6)."""
    assert found.tag == f"{ATOM}feed"
    for element in (found, *found.findall(f"{ATOM}entry")):
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", only(element, "id").text)
        assert only(element, "title").text.strip()
        assert only(element, "updated").text.endswith("Z")
        datetime.fromisoformat(only(element, "updated").text)
        assert only(only(element, "author"), "name").text
        assert links(element)["alternate"].startswith("http")
        assert all(each.get("term") for each in element.findall(f"{ATOM}category"))
    ids = [only(each, "id").text for each in found.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    assert links(found)["self"]


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_valid_atom(pages, path):
    found = feed(pages, path)
    check(found)
    assert found.findall(f"{ATOM}entry")


def test_an_entry_tells_of_its_dataset(pages):
    (entry,) = [
        each
        for each in feed(pages, "/feeds/dataset.atom").findall(f"{ATOM}entry")
        if links(each)["alternate"].endswith("/data/parkovi")
    ]
    package = pages.get("/api/3/action/package_show?id=parkovi").json()["result"]
    assert only(entry, "id").text == uuid.UUID(package["id"]).urn
    assert only(entry, "title").text == f"Паркови {PAYLOAD}"
    assert {each.get("term") for each in entry.findall(f"{ATOM}category")} == {
        tag["name"] for tag in package["tags"]
    }
    for relation in ("alternate", "describedby"):
        assert pages.get(links(entry)[relation]).status_code == 200


def test_a_feed_speaks_the_language_of_its_address(pages):
    title = only(feed(pages, "/en/feeds/organization/svrljig.atom"), "title").text
    assert title == "Municipality of Svrljig – еМапа Сврљиг"
    assert (
        feed(pages, "/sr-latn/feeds/dataset.atom").get("{http://www.w3.org/XML/1998/namespace}lang")
        == "sr-Latn"
    )


def test_pages_of_a_feed_lead_to_each_other(catalog, client):
    catalog.call_action("organization_create", {"name": "grad-nis"})
    for n in range(45):
        catalog.call_action("package_create", {"name": f"skup-{n:02}", "owner_org": "grad-nis"})
    address, names, sizes = "/feeds/organization/grad-nis.atom", [], []
    while address:
        found = feed(client, address)
        check(found)
        entries = found.findall(f"{ATOM}entry")
        sizes.append(len(entries))
        names += [links(each)["alternate"].rpartition("/")[2] for each in entries]
        address = links(found).get("next")
    assert sizes == [20, 20, 5]
    assert names == [f"skup-{n:02}" for n in reversed(range(45))]
    assert set(links(found)) == {"self", "first", "previous", "last", "alternate"}
    assert links(found)["previous"].endswith("?page=2")


def test_a_feed_has_one_id_on_all_its_pages_and_each_feed_its_own(pages):
    ids = {path: only(feed(pages, path), "id").text for path in FEEDS}
    assert len(set(ids.values())) == len(FEEDS)
    assert only(feed(pages, f"{FEEDS[0]}?page=1"), "id").text == ids[FEEDS[0]]


def test_an_empty_feed_is_valid(empty):
    found = feed(empty, "/feeds/dataset.atom")
    check(found)
    assert found.findall(f"{ATOM}entry") == []


@pytest.mark.parametrize("path", ["organization/nema", "group/nema", "organization/%00"])
def test_a_feed_of_nobody_is_not_there(pages, path):
    answer = pages.get(f"/feeds/{path}.atom")
    assert answer.status_code == 404 and "there is no" in answer.json()["error"]


def test_a_group_has_a_feed(catalog, client):
    catalog.call_action("organization_create", {"name": "grad-nis"})
    catalog.call_action("group_create", {"name": "priroda", "title": "Природа & <b>људи</b>"})
    given = {"name": "drvece", "owner_org": "grad-nis", "groups": [{"name": "priroda"}]}
    catalog.call_action("package_create", given)
    found = feed(client, "/sr-cyrl/feeds/group/priroda.atom")
    check(found)
    assert (
        only(found, "title").text.startswith("Priroda & <b>ljudi</b>")
        or "Природа" in only(found, "title").text
    )
    assert len(found.findall(f"{ATOM}entry")) == 1


def test_every_page_offers_the_feed(pages):
    for path in ("/", "/data", "/data/parkovi"):
        offered = re.findall(
            r'type="application/atom\+xml"[^>]*href="([^"]+)"', pages.get(path).text
        )
        assert offered and pages.get(offered[0]).status_code == 200
