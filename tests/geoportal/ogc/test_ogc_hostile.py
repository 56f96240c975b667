"""Questions that are wrong or meant to harm: 400 with the way out, 404, and never a 500."""

import re

import anyio
import pytest
import shapely
from starlette.requests import Request

from geoportal.ogc.asked import body
from geoportal.ogc.problems import Problem

ITEMS = "/ogc/collections/naselja/items"
PAYLOAD = "<script>alert(1)</script>"


def refused(client, path: str, status: int = 400) -> str:
    """What a refusal says."""
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["code"]
    return problem["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3",
        "bbox=1,2,3,4,5",
        "bbox=nan,42,20,45",
        "bbox=19,42,inf,45",
        "bbox=19,45,20,42",
        "bbox=a,b,c,d",
        "bbox=",
        "bbox=" + "1," * 3000 + "1",
        "bbox=1_0,2,3,4",
        "bbox=%201,2,3,4",
        "bbox=1,2,3,4,",
        "bbox=1e999,2,3,4",
        "bbox=%D9%A1,2,3,4",
        "limit=%D9%A5",
        "offset=%D9%A5",
        "v=%D9%A1",
        "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326",
        "bbox=1,2,3,4&bbox-crs=EPSG:4326",
        "bbox=1e308,1e308,1e308,1e308&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/32634",
        "crs=http://www.opengis.net/def/crs/EPSG/0/9999",
        "crs=../../etc/passwd",
        "datetime=yesterday",
        "datetime=2024-13-01",
        "datetime=2024-01-02/2024-01-01",
        "datetime=2024-01-01/2024-01-02/2024-01-03",
        "datetime=",
        "limit=0",
        "limit=-1",
        "limit=many",
        "limit=1.5",
        "limit=",
        "limit=" + "9" * 5000,
        "offset=-1",
        "offset=1180591620717411303424",
        "offset=1e3",
        "v=0",
        "v=-1",
        "v=abc",
        "v=1;drop",
        "stanovnistvo=abc",
        "stanovnistvo=1.5",
        "stanovnistvo=99999999999999999999",
        "grad=maybe",
        "nazib=Рача",
        "naziv=a&naziv=b",
        "limit=1&limit=2",
        "sortby=nothing",
        "sortby=naziv;drop table a",
        "sortby=" + ",".join(["naziv"] * 6),
        "f=xml",
        "f=dwg",
        "f=",
        "f=json&f=json",
        "geometry=1",
        "fid=1",
        "c0=1",
    ],
)
def test_a_wrong_question_is_refused_with_what_is_allowed(client, query):
    assert refused(client, f"{ITEMS}?{query}")


@pytest.mark.parametrize("value", ["", "1_0", "%201", "nan", "inf", "1e999", "%D9%A4", "1,5"])
def test_a_number_is_written_as_numbers_are(client, registry, build, value):
    columns = {"visina": ("number", [1.0, 10.0]), "dan": ("date", [None, None])}
    registry.show(build("brojevi", [shapely.Point(20, 44), shapely.Point(21, 44)], columns))
    said = refused(client, f"/ogc/collections/brojevi/items?visina={value}")
    assert said.endswith("is no number, such as 4.2")
    assert refused(client, f"/ogc/collections/brojevi/items?dan={value}")


def test_a_refusal_names_the_parameter_the_value_and_the_way_out(client):
    assert refused(client, f"{ITEMS}?limit=many") == "limit: 'many' is not a whole number from 1"
    said = refused(client, f"{ITEMS}?nazib=Рача")
    assert "'nazib'" in said
    assert "naziv, stanovnistvo, grad, limit_" in said
    assert "json, jsonld, html, csv" in refused(client, f"{ITEMS}?f=xml")


def test_an_endless_query_is_refused(client):
    assert refused(client, f"{ITEMS}?naziv={'a' * 30_000}", 414)
    assert refused(client, f"{ITEMS}?" + "&".join(f"a{i}=1" for i in range(200)))


def test_a_query_that_is_not_utf_8_is_refused(client):
    assert "UTF-8" in refused(client, f"{ITEMS}?naziv=%ff%fe")


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/collections/nothing",
        "/ogc/collections/nothing/items",
        "/ogc/collections/nothing/items/1",
        "/ogc/collections/nothing/schema",
        "/ogc/collections/nothing/queryables",
        "/ogc/collections/nothing/tiles",
        "/ogc/collections/nothing/tiles/WebMercatorQuad",
        "/ogc/collections/nothing/tiles/WebMercatorQuad/0/0/0",
        "/ogc/collections/naselja/tiles/Other",
        "/ogc/collections/naselja/items/99",
        "/ogc/collections/naselja/items/..%2f..%2fetc",
        "/ogc/collections/naselja/items/01",
        "/ogc/collections/naselja/items/1%20OR%201=1",
        "/ogc/collections/naselja/items/999999999999999999999999",
        "/ogc/collections/naselja/items/a/b/c",
        "/ogc/processes/nothing",
        "/ogc/admin/config",
        "/ogc/collections/naselja/items/%00",
        "/ogc/collections/metadata:main/items/%00",
        "/tiles/nothing.json",
        "/tiles/nothing/0/0/0.mvt",
    ],
)
def test_what_is_not_there_is_404(client, path):
    assert refused(client, path, 404)


def test_injection_strings_are_values(client):
    for value in ("' OR 1=1 --", "x'; drop table a; --", "%", "_%", "\x00", '"', "Рача' --"):
        answer = client.get(ITEMS, params={"naziv": value})
        assert (answer.status_code, answer.json()["numberMatched"]) == (200, 0), value
    assert client.get(ITEMS).json()["numberMatched"] == 7


@pytest.mark.parametrize(
    "path",
    [
        f"{ITEMS}?naziv={PAYLOAD}",
        f"{ITEMS}?{PAYLOAD}=1",
        f"{ITEMS}/{PAYLOAD}",
        f"{ITEMS}?limit={PAYLOAD}",
        f"/ogc/collections/{PAYLOAD}",
        f"/ogc/{PAYLOAD}",
        f"{ITEMS}?f=html&limit={PAYLOAD}",
        "/ogc/collections/naselja",
        f"{ITEMS}",
        f"{ITEMS}/7",
    ],
)
def test_nothing_in_an_address_or_a_value_becomes_markup(client, path):
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text


def test_a_page_names_no_other_host(client):
    for path in ("/ogc", "/ogc/collections", ITEMS, "/ogc/openapi", f"{ITEMS}/1"):
        text = client.get(path, headers={"Accept": "text/html"}).text
        named = re.findall(r'(?:src|href|action|url)[=(]"?(https?://[^"/]+)', text)
        assert set(named) <= {str(client.base_url)}


def test_a_column_named_like_a_parameter_never_is_one(client, registry, build):
    columns = {name: ("integer", [1, 2]) for name in ("v", "limit", "f")}
    registry.show(build("imena", [shapely.Point(20, 44), shapely.Point(21, 44)], columns))
    answer = client.get("/ogc/collections/imena/items", params={"v": 1, "limit": 2}).json()
    assert answer["numberMatched"] == 2
    queryables = client.get("/ogc/collections/imena/queryables").json()["properties"]
    assert set(queryables) == {"geometry"}
    assert {"v", "limit", "f"} < set(
        client.get("/ogc/collections/imena/schema").json()["properties"]
    )


def test_a_question_that_takes_too_long_is_503(client, naselja, monkeypatch):
    def late(*_args: object, **_more: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(type(naselja.features), "joined", late)
    assert "smaller bbox" in refused(client, f"{ITEMS}?limit=3&offset=1", 503)


def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_fault_of_ours():
    async def part() -> dict[str, object]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "headers": [], "path": "/ogc", "query_string": b""}
    with pytest.raises(Problem, match="ended"):
        anyio.run(body, Request(scope, part))


def test_the_definition_names_every_type_of_a_refusal_and_of_a_page(client):
    document = client.get("/ogc/openapi?f=json").json()
    told = document["components"]["responses"]["problem"]["content"]
    assert set(told) == {"application/problem+json", "text/html"}
    page = document["paths"]["/collections/naselja/items"]["get"]["responses"]["200"]
    assert page == {"$ref": "#/components/responses/items"}
    assert "application/ld+json" in document["components"]["responses"]["items"]["content"]
