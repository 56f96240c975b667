"""Publications and rollbacks while readers read: no error, no two versions in one answer."""

import threading
from collections import Counter

import httpx

CYCLES, READERS = 100, 4
COUNTS = {1: 5, 2: 9}


def test_100_publications_and_rollbacks_under_four_readers(client, registry, publish):
    first, second = (publish("sela", version, count) for version, count in COUNTS.items())
    stop, faults, seen = threading.Event(), list[str](), Counter[int]()
    readers = [
        threading.Thread(target=read, args=(str(client.base_url), stop, faults, seen))
        for _ in range(READERS)
    ]
    for reader in readers:
        reader.start()
    for _ in range(CYCLES):
        for shown in (first, second):
            registry.show(shown)
            answer = client.get("/ogc/collections/sela/items?limit=1").json()
            assert answer["numberMatched"] == COUNTS[shown.version]
    stop.set()
    for reader in readers:
        reader.join(30)
    assert faults == []
    assert min(seen[1], seen[2]) > 10


def read(url: str, stop: threading.Event, faults: list[str], seen: Counter[int]) -> None:
    """Read page after page, and say what is not of one version."""
    with httpx.Client(base_url=url) as client:
        while not stop.is_set():
            href, start = "/ogc/collections/sela/items?limit=4", 0
            while href:
                answer = client.get(href)
                if answer.status_code != 200:
                    faults.append(f"{href}: {answer.status_code} {answer.text[:100]}")
                    break
                href, start = check(answer.json(), start, faults, seen)


def check(page: dict, start: int, faults: list[str], seen: Counter[int]) -> tuple[str, int]:
    """Compare all that a page says with the version of its features; gives the next page.

    `start` is the version of the pages before, or 0.
    """
    versions = {feature["properties"]["verzija"] for feature in page["features"]}
    version = next(iter(versions))
    named = {
        one["href"].partition("v=")[2].partition("&")[0]
        for one in page["links"]
        if "/items" in one["href"]
    }
    right = (
        versions == {version}
        and version == (start or version)
        and page["numberMatched"] == COUNTS[version]
        and named == {str(version)}
    )
    if not right:
        faults.append(f"mixed: {start} {versions} {page['numberMatched']} {named}")
    seen[version] += 1
    return next((one["href"] for one in page["links"] if one["rel"] == "next"), ""), version


def test_a_new_collection_is_everywhere_at_once(client, publish):
    assert client.get("/ogc/collections/novo").status_code == 404
    publish("novo", 1, 3)
    listed = client.get("/ogc/collections").json()["collections"]
    assert "novo" in [one["id"] for one in listed]
    assert client.get("/ogc/collections/novo/items").json()["numberMatched"] == 3
    assert "/collections/novo/items" in client.get("/ogc/openapi").json()["paths"]
    assert client.get("/ogc/collections/novo", headers={"Accept": "text/html"}).status_code == 200
    assert client.get("/tiles/novo.json").json()["vector_layers"][0]["id"] == "novo"


def test_a_list_that_the_client_has_is_304_until_something_is_published(client, publish):
    tag = {"If-None-Match": client.get("/ogc/collections").headers["etag"]}
    assert client.get("/ogc/collections", headers=tag).status_code == 304
    publish("jos-jedno", 1, 3)
    assert client.get("/ogc/collections", headers=tag).status_code == 200
