"""Each name we replace inside pygeoapi: it is there, it is used, and ours gives what it should."""

import copy
import logging

import orjson
import pygeoapi
import pytest
from pygeoapi import l10n

from datasets.config import Config
from geoportal.ogc import config, patches
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
