"""The list of collections: paged, remembered, and never older than the catalog."""

import pytest


@pytest.fixture
def five(client, publish):
    """Five collections: three small ones beside the two of the site."""
    for name in ("a-sela", "b-sela", "c-sela"):
        publish(name, 1, 2)
    return client


def layers(document):
    return [one["id"] for one in document["collections"] if one.get("itemType") == "feature"]


def link(document, rel):
    return next((one["href"] for one in document["links"] if one["rel"] == rel), "")


def test_the_list_is_whole_when_no_limit_is_given(five):
    document = five.get("/ogc/collections").json()
    assert sorted(layers(document)) == ["a-sela", "b-sela", "c-sela", "naselja", "zone"]
    assert document["numberReturned"] == document["numberMatched"] == len(document["collections"])
    assert not link(document, "next")


@pytest.mark.parametrize("form", ["json", "html"])
def test_pages_lead_through_all_collections_and_back(five, form):
    href, seen = f"/ogc/collections?limit=2&f={form}", []
    while href:
        assert five.get(href).status_code == 200
        document = five.get(href.replace("f=html", "f=json")).json()
        assert len(document["collections"]) <= 2
        seen += [one["id"] for one in document["collections"]]
        last, href = document, link(document, "next")
    assert len(seen) == len(set(seen)) == last["numberMatched"]
    before = five.get(link(last, "prev")).json()
    assert before["collections"][-1]["id"] in seen


def test_a_page_behind_the_last_one_is_empty(five):
    document = five.get("/ogc/collections?offset=100").json()
    assert document["collections"] == []
    assert not link(document, "next")


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "offset=-1", "page=2"])
def test_what_is_no_page_is_told(client, query):
    answer = client.get(f"/ogc/collections?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["detail"]


def test_the_list_says_of_a_collection_what_its_own_address_says(five):
    for one in five.get("/ogc/collections").json()["collections"]:
        if one.get("itemType") == "feature":
            own = five.get(f"/ogc/collections/{one['id']}").json()
            own.pop("links"), one.pop("links")
            assert one == own


def test_list_and_definition_follow_a_withdrawal(five, registry):
    tags = {path: five.get(path).headers["etag"] for path in ("/ogc/collections", "/ogc/openapi")}
    registry.hide("b-sela")
    for path, tag in tags.items():
        answer = five.get(path, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert "b-sela" not in answer.text
        assert "c-sela" in answer.text
        again = five.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
