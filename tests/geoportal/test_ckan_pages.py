"""CKAN's addresses of pages: what people have bookmarked leads to the same things here."""

import re

import pytest

HTML = "text/html; charset=utf-8"


@pytest.fixture
def city(catalog):
    """A publisher with a dataset that everybody may see, one that is private, and a group."""
    catalog.call_action("group_create", {"name": "ekologija", "title": "Екологија"})
    fields = {"title": "Град Ниш", "description": "Трећи **град** <b>по</b> величини."}
    catalog.call_action("organization_create", {"name": "grad-nis", **fields})
    catalog.call_action("organization_create", {"name": "prazan", "title": "Празан"})
    file = {"url": "https://nis.rs/vazduh.csv", "name": "Мерења <1>", "size": 2048}
    vazduh = dataset(
        catalog,
        "vazduh",
        title="Ваздух",
        tags=[{"name": "pm10"}, {"name": "мерења"}],
        groups=[{"name": "ekologija"}],
        license_id="cc-by",
        resources=[file],
    )
    dataset(catalog, "buka", title="Бука", tags=[{"name": "мерења"}])
    dataset(catalog, "tajno", title="Тајно", private=True)
    return vazduh


def dataset(catalog, name, **fields):
    return catalog.call_action("package_create", {"name": name, "owner_org": "grad-nis", **fields})


def names(answer):
    """The datasets that a page lists, in their order."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == HTML
    return re.findall(r'<h3><a href="(?:/[a-z-]+)?/data/([^"]+)"', answer.text)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/dataset", ["buka", "vazduh"]),
        ("/dataset/", ["buka", "vazduh"]),
        ("/dataset/?q=vazduh&organization=grad-nis&sort=name+asc&page=1", ["vazduh"]),
        ("/dataset?tags=мерења&tags=pm10", ["vazduh"]),
        ("/dataset?tags=мерења&sort=title_string+desc", ["vazduh", "buka"]),
        ("/dataset?tags=мерења&sort=title_string+asc", ["buka", "vazduh"]),
        ("/dataset?groups=ekologija", ["vazduh"]),
        ("/dataset?res_format=CSV&license_id=cc-by", ["vazduh"]),
        ("/dataset?organization=prazan", []),
        ("/dataset?sort=views_recent+desc", ["buka", "vazduh"]),
        ("/sr/dataset?tags=pm10", ["vazduh"]),
    ],
)
@pytest.mark.usefixtures("city")
def test_a_bookmarked_search_finds_the_same(client, path, found):
    assert names(client.get(path)) == found


@pytest.mark.usefixtures("city")
def test_a_filter_that_the_form_does_not_have_can_be_taken_off(client):
    page = client.get("/dataset?tags=pm10&tags=мерења&groups=ekologija").text
    assert page.count('class="chip" href="/data?') == 3
    assert 'type="hidden" name="tags" value="pm10"' in page
    assert 'rel="canonical"' in page


@pytest.mark.usefixtures("city")
def test_a_dataset_has_its_page_at_both_addresses_and_one_is_its_own(client, server):
    own, theirs = client.get("/data/vazduh"), client.get("/dataset/vazduh")
    canonical = f'<link rel="canonical" href="{server}/data/vazduh">'
    for answer in (own, theirs):
        assert answer.status_code == 200
        assert canonical in answer.text
    assert f'href="{server}/en/data/vazduh"' not in client.get("/sr_Latn/dataset/vazduh").text


def test_an_id_leads_to_the_name(client, server, city):
    for prefix in ("", "/sr"):
        answer = client.get(f"{prefix}/dataset/{city['id']}", headers={"Accept": "*/*"})
        assert answer.status_code == 302
        assert answer.headers["content-type"] == HTML
        assert answer.headers["location"].startswith(server)
        assert answer.headers["location"].endswith("/dataset/vazduh")
    group = client.get(f"/organization/{city['owner_org']}")
    assert (group.status_code, group.headers["location"]) == (
        302,
        f"{server}/organization/grad-nis",
    )


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/nema",
        "/dataset/tajno",
        "/dataset/%2F%2Fevil.example",
        "/dataset/vazduh/resource/nema",
        "/dataset/tajno/resource/nema",
        "/organization/nema",
        "/organization/ekologija",
        "/group/nema",
        "/group/grad-nis",
        "/package/vazduh",
        "/uploads/group/x.png",
    ],
)
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.usefixtures("city")
def test_what_nobody_may_see_is_not_there(client, admin, path, signed):
    headers = {"Authorization": admin} if signed else {}
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (404, HTML)


def test_a_resource_has_a_page(client, city):
    path = f"/dataset/vazduh/resource/{city['resources'][0]['id']}"
    page = client.get(path)
    assert page.status_code == 200
    assert "Мерења &lt;1&gt;" in page.text
    assert 'href="https://nis.rs/vazduh.csv"' in page.text
    assert client.get(path.replace("vazduh", "buka")).status_code == 404


@pytest.mark.usefixtures("city")
def test_a_link_of_a_resource_runs_nothing(client, catalog):
    made = dataset(catalog, "zlo", resources=[{"url": "javascript:alert(1)", "name": "x"}])
    page = client.get(f"/dataset/zlo/resource/{made['resources'][0]['id']}").text
    assert 'href="javascript' not in page
    assert "<code>javascript:alert(1)</code>" in page


@pytest.mark.usefixtures("city")
def test_publishers_and_groups_have_lists_and_pages(client):
    for path in ("/organization", "/organization/"):
        listed = client.get(path).text
        assert 'href="/organization/grad-nis"' in listed
        assert '<td class="number">2</td>' in listed
    assert 'href="/group/ekologija"' in client.get("/group").text
    publisher = client.get("/organization/grad-nis")
    assert names(publisher) == ["buka", "vazduh"]
    assert "<strong>град</strong>" in publisher.text
    assert "<b>" not in publisher.text
    assert names(client.get("/organization/grad-nis?q=бука")) == ["buka"]
    assert names(client.get("/organization/grad-nis?sort=title_string+desc")) == ["vazduh", "buka"]
    assert names(client.get("/group/ekologija")) == ["vazduh"]


def test_more_publishers_than_come_at_once_are_all_listed(client, catalog):
    for number in range(30):
        catalog.call_action("organization_create", {"name": f"o-{number:02}"})
    assert client.get("/organization").text.count('href="/organization/o-') == 30


@pytest.mark.usefixtures("city")
def test_a_deleted_publisher_is_gone(client, catalog):
    catalog.call_action("organization_delete", {"id": "prazan"})
    assert client.get("/organization/prazan").status_code == 404
    assert "prazan" not in client.get("/organization").text


@pytest.mark.parametrize("path", ["/about", "/user/login"])
@pytest.mark.parametrize("prefix", ["", "/sr", "/sr_Latn", "/en", "/sr-cyrl", "/sr-latn"])
def test_other_pages_of_ckan_are_there_in_each_language(client, path, prefix):
    answer = client.get(prefix + path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, HTML)


@pytest.mark.parametrize("q", ["\0", '"', "(OR*", "{!x}", "a" * 300, "<script>alert(1)</script>"])
@pytest.mark.parametrize("where", ["q", "tags", "groups", "license_id", "sort", "page"])
@pytest.mark.usefixtures("city")
def test_whatever_is_asked_gets_a_page(client, where, q):
    for path in ("/dataset", "/organization/grad-nis"):
        answer = client.get(path, params={where: q})
        assert answer.status_code in {200, 400}
        assert "<script>alert" not in answer.text
