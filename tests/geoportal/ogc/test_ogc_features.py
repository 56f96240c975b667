"""Features and what stands around them: counts, pages, filters, CRS, links, caches."""

import httpx
import pytest

ITEMS = "/ogc/collections/naselja/items"
ZONE = "/ogc/collections/zone/items"


def link(document: dict, rel: str) -> str:
    """The only link of a relation."""
    (found,) = [one["href"] for one in document["links"] if one["rel"] == rel]
    return found


def test_items_are_geojson_with_the_count_of_all_that_match(client):
    answer = client.get(ITEMS, params={"limit": 3})
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["numberMatched"] == 7
    assert answer.json()["numberReturned"] == len(answer.json()["features"]) == 3


def test_following_next_gives_every_feature_once(client):
    url, ids = f"{ZONE}?limit=100", []
    while url:
        page = client.get(url).json()
        ids += [feature["id"] for feature in page["features"]]
        url = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert len(ids) == len(set(ids)) == 252


def test_the_default_page_has_100_features_and_the_largest_5000(client):
    assert client.get(ZONE).json()["numberReturned"] == 100
    assert client.get(ZONE, params={"limit": 2**70}).json()["numberReturned"] == 252
    assert "limit=5000" in client.get(ZONE, params={"limit": 2**70, "offset": 1}).text


def test_a_bbox_finds_what_it_touches_and_features_without_a_place(client):
    answer = client.get(ZONE, params={"bbox": "19.1,42.01,19.2,42.02"}).json()
    assert answer["numberMatched"] == 3
    assert [feature["geometry"] is None for feature in answer["features"]] == [False, True, True]


def test_heights_in_a_bbox_are_not_looked_at(client):
    flat = client.get(ITEMS, params={"bbox": "20,43,21,44.1"}).json()
    high = client.get(ITEMS, params={"bbox": "20,43,-5,21,44.1,900"}).json()
    assert high["features"] == flat["features"]
    assert flat["numberMatched"] == 2


def test_a_bbox_across_the_antimeridian_is_two_boxes(client):
    assert client.get(ITEMS, params={"bbox": "170,-10,20.4,50"}).json()["numberMatched"] == 4


def test_a_column_is_asked_for_by_its_name_and_type(client):
    def names(**query: object) -> set[str]:
        answer = client.get(ITEMS, params=query).json()
        assert answer["numberMatched"] == len(answer["features"])
        return {feature["properties"]["naziv"] for feature in answer["features"]}

    assert names(naziv="Рача") == {"Рача"}
    assert names(stanovnistvo=2744) == {"Рача"}
    assert names(grad="false", limit_="a") == {
        "Рача",
        "Лајковац",
        '<script>alert("Б & Б")</script>',
    }
    assert names(naziv="Рача", stanovnistvo=1) == set()


def test_features_are_sorted_by_columns(client):
    def first(sortby: str) -> str:
        features = client.get(ITEMS, params={"sortby": sortby}).json()["features"]
        return features[0]["properties"]["naziv"]

    assert first("-stanovnistvo") == "Крагујевац"
    assert first("grad,-stanovnistvo") == "Лајковац"
    assert first("+naziv").startswith("<script>")
    assert client.get(f"{ITEMS}?sortby=+naziv").json()["features"][0]["id"] == 7


def test_pages_keep_their_order_when_sorted(client):
    page = client.get(ITEMS, params={"sortby": "-stanovnistvo", "limit": 4}).json()
    more = client.get(link(page, "next")).json()
    people = [f["properties"]["stanovnistvo"] for f in page["features"] + more["features"]]
    assert people == sorted(people, reverse=True)
    assert len(people) == 7


def test_values_with_angle_brackets_arrive_as_they_are(client):
    text = client.get(ITEMS, params={"stanovnistvo": 0}).text
    assert '<script>alert(\\"Б & Б\\")</script>' in text
    assert "&lt;" not in text
    assert '<script>alert(\\"Б & Б\\")</script>' in client.get(f"{ITEMS}/7").text


def test_datetime_of_a_layer_without_time_matches_everything(client):
    for value in ("2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01/..", "../2024-01-01"):
        assert client.get(ITEMS, params={"datetime": value}).json()["numberMatched"] == 7


def test_an_item_has_its_id_and_its_links(client):
    answer = client.get(f"{ZONE}/z5")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["properties"] == {"broj": 5, "oznaka": "z5"}
    assert link(answer.json(), "self").endswith("/zone/items/z5?f=json&v=1")
    assert link(answer.json(), "collection").endswith("/ogc/collections/zone")


@pytest.mark.parametrize(
    ("path", "query"), [(ZONE.removesuffix("/items"), ""), (f"{ZONE}/z5", "&amp;feature=zone/z5")]
)
def test_the_page_of_a_layer_and_of_a_feature_shows_it_on_a_map(client, path, query):
    page = client.get(path, params={"f": "html"}).text
    assert f'src="/map/picture.png?layers=zone{query}&amp;width=640' in page
    assert f'href="/map?layers=zone{query}"' in page


def test_links_to_itself_lead_to_the_same_bytes(client):
    for path in (f"{ITEMS}?limit=2&offset=2&naziv=Рача", f"{ZONE}?bbox=19,42,20,43&limit=1"):
        answer = client.get(path)
        again = client.get(link(answer.json(), "self"))
        assert again.content == answer.content


WORK = ("/execution", "/jobs", "/jobs?f=json", "/jobs?f=html")
"""Ends of addresses that are posted to, or need what runs processes: tested with these."""


def test_every_link_of_every_document_answers(client):
    seen: set[str] = set()
    todo = ["/ogc"]
    while todo:
        href = todo.pop()
        answer = client.get(href, headers={"Accept": "application/json"})
        assert answer.status_code == 200, href
        if answer.headers["content-type"].endswith("json"):
            found = {one["href"] for one in links(answer.json()) if not one.get("templated")}
            fresh = {h for h in found if "/ogc" in h and not h.endswith(WORK)} - seen
            seen |= fresh
            todo += fresh
    assert len(seen) > 50


def links(document: object) -> list[dict]:
    """All links in a document, however deep."""
    if isinstance(document, list):
        return [one for part in document for one in links(part)]
    if isinstance(document, dict):
        own = [one for one in document.get("links", ()) if "href" in one]
        return own + [one for part in document.values() for one in links(part)]
    return []


def test_an_unversioned_answer_is_asked_for_again_and_costs_nothing(client):
    first = client.get(ITEMS)
    assert first.headers["cache-control"] == "public, no-cache"
    again = client.get(ITEMS, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get(ITEMS, params={"limit": 1}, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_a_versioned_answer_may_be_kept_for_ever(client):
    answer = client.get(ITEMS, params={"v": 1})
    assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in client.get(ITEMS).headers["cache-control"]


def test_paging_stays_on_its_version_when_another_is_published(client, publish):
    page = client.get(ITEMS, params={"limit": 3}).json()
    publish("naselja", version=2, count=9)
    assert client.get(ITEMS).json()["numberMatched"] == 9
    rest = client.get(link(page, "next")).json()
    assert rest["numberMatched"] == 7
    assert "v=1" in link(rest, "self")


def test_a_version_that_is_gone_is_410(client, registry, publish):
    publish("naselja", version=2, count=9)
    del registry.all["naselja", 1]
    answer = client.get(ITEMS, params={"v": 1})
    assert (answer.status_code, answer.json()["code"]) == (410, "Gone")


def test_a_withdrawn_collection_is_gone_at_once(client, registry):
    registry.hide("naselja")
    assert client.get(ITEMS).status_code == 404
    listed = client.get("/ogc/collections").json()["collections"]
    assert [one["id"] for one in listed] == ["metadata:main", "zone"]
    assert "/collections/naselja/items" not in client.get("/ogc/openapi").json()["paths"]


def test_head_gives_the_headers_alone(client):
    asked = client.get(ITEMS)
    head = client.head(ITEMS)
    assert head.content == b""
    assert head.headers["etag"] == asked.headers["etag"]
    assert head.headers["content-length"] == asked.headers["content-length"]


def test_titles_are_said_in_the_language_of_the_address(client):
    def title(prefix: str) -> str:
        return client.get(f"{prefix}/ogc/collections/naselja").json()["title"]

    assert [title(p) for p in ("", "/sr-latn", "/en")] == ["Насеља", "Naselja", "Settlements"]
    document = client.get("/en/ogc/collections/naselja").json()
    assert all("/en/" in one["href"] for one in document["links"])


@pytest.mark.parametrize(
    "path",
    ["", "/collections", "/collections/naselja", "/collections/naselja/items?limit=1&offset=1"]
    + [f"/collections/metadata:main{more}" for more in ("", "/items?limit=1")],
)
def test_links_have_serbian_titles_in_serbian(client, path):
    document = client.get(f"/ogc{path}").json()
    links = [*document["links"], *(x for c in document.get("collections", ()) for x in c["links"])]
    english = (" as ", " in ", "Items", "Conformance", "Collections", "Processes", "Schema")
    said = [one.get("title", "") for one in links]
    assert not [title for title in said if any(word in title for word in english)]


@pytest.mark.parametrize("form", ["json", "jsonld"])
def test_next_is_of_the_type_that_it_says(client, form):
    document = client.get(f"/ogc/collections/naselja/items?limit=1&f={form}").json()
    following = next(one for one in document["links"] if one["rel"] == "next")
    answer = client.get(following["href"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, following["type"])


def test_a_body_on_get_is_refused(client):
    answer = client.request("GET", ITEMS, content=b'{"op":"="}')
    assert answer.status_code == 400
    assert "body" in answer.json()["detail"]


def test_only_get_and_head_are_allowed(client: httpx.Client):
    refused = client.post(ITEMS, content=b"{}")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert client.delete(f"{ITEMS}/1").status_code == 405
