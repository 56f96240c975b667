"""Each name we replace inside pygeoapi: it is there, it is used, and ours gives what it should."""

import copy
import logging
from types import SimpleNamespace

import orjson
import pygeoapi
import pytest
from pygeoapi import l10n
from pygeoapi.api import itemtypes
from pygeoapi.util import to_json

from datasets.config import Config
from geoportal.ogc import config, features, patches
from geoportal.ogc.asked import Asked
from geoportal.registry import View
from publish.layers import crs
from publish.layers.crs import CRS84, EPSG


def test_the_pygeoapi_we_patch_is_the_one_we_know():
    assert pygeoapi.__version__.startswith("0.24.")


@pytest.mark.parametrize(
    ("module", "name", "ours"), patches.PATCHES, ids=lambda v: getattr(v, "__name__", v)
)
def test_a_patched_name_is_where_it_was_and_now_is_ours(module, name, ours):
    patches.apply()
    assert getattr(module, name) is ours


def test_a_name_that_moved_is_an_error(monkeypatch):
    moved = ((patches._crs, "a_name_that_moved", None),)
    monkeypatch.setattr(patches, "PATCHES", moved)
    with pytest.raises(AttributeError, match="a_name_that_moved"):
        patches.apply()


@pytest.mark.parametrize("number", [4326, 3857, 25834, 32634, 8682])
@pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform")  # which pygeoapi still calls
def test_our_coordinates_are_pygeoapis_own(naselja, number):
    uri = f"{EPSG}{number}"
    stored = [orjson.loads(feature) for feature in naselja.features.features(limit=10)]
    ours, theirs = copy.deepcopy(stored), copy.deepcopy(stored)
    crs.project_features(ours, uri)
    way = pygeoapi.crs.get_transform_from_crs(patches.get_crs(CRS84), patches.get_crs(uri))
    for feature, theirs_feature in zip(ours, theirs, strict=True):
        pygeoapi.crs.crs_transform_feature(theirs_feature, way)
        place = theirs_feature["geometry"]["coordinates"]
        assert feature["geometry"]["coordinates"] == pytest.approx(place, abs=0.0006)


def test_pygeoapi_leaves_the_logging_of_the_process_alone(capsys):
    level, handlers = logging.getLogger().level, list(logging.getLogger().handlers)
    config.service.cache_clear()
    config.service(Config().site, "http://127.0.0.1/ogc", "en")
    assert (logging.getLogger().level, logging.getLogger().handlers) == (level, handlers)


def test_its_language_caches_do_not_grow_with_titles(client):
    client.get("/ogc/collections")
    before = sum(len(words) for words in l10n._gettext_cache.values())
    client.get("/ogc/collections/naselja/items")
    client.get("/ogc/collections/zone")
    cached = {word for words in l10n._gettext_cache.values() for word in words}
    assert not {word for word in cached if "Насеља" in word or "127.0.0.1" in word}
    assert sum(len(words) for words in l10n._gettext_cache.values()) < before + 30


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"limit": "2", "offset": "3"},
        {"bbox": "20,43,21,44.1"},
        {"stanovnistvo": "0"},
        {"sortby": "-naziv", "limit": "2"},
    ],
)
def test_fast_answers_are_what_plain_pygeoapi_says_of_dicts(client, naselja, query):
    ours = client.get("/ogc/collections/naselja/items", params=query).json()
    plain = plainly(naselja, query)
    assert ours["features"] == plain["features"]
    for member in ("type", "numberMatched", "numberReturned"):
        assert ours[member] == plain[member]
    for rel in ("next", "prev", "collection"):
        theirs = [path(one["href"]) for one in plain["links"] if one["rel"] == rel]
        assert [path(one["href"]) for one in ours["links"] if one["rel"] == rel] == theirs
    assert set(plain) - set(ours) == {"timeStamp"}


def plainly(shown, query: dict[str, str]) -> dict:
    """The items as pygeoapi makes them of features as dicts, through its own writer."""
    site = SimpleNamespace(site=Config().site)
    asked = Asked(
        request=SimpleNamespace(headers={}),
        portal=SimpleNamespace(config=site, site_url="http://plain"),
        view=View(1, {}),
        path="/collections/naselja/items",
        base_url="http://plain/ogc",
        format="json",
        language="sr-Cyrl",
        query=tuple(query.items()),
    )
    api = config.view(asked, (shown,))
    document = features.call(itemtypes.get_collection_items, asked, api, "naselja", v="1")[1]
    text = to_json(copy.deepcopy(document)).replace("&lt;", "<").replace("&gt;", ">")
    return orjson.loads(text)


def path(href: str) -> str:
    """An address without its host."""
    return href.split("/ogc/", 1)[1]
