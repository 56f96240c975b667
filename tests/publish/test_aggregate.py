"""Points in polygons: each counts once where polygons touch, in each where they overlap."""

import geopandas
import numpy as np
import pytest
import shapely

from publish.processes.aggregate import Statistic, holding, reduced


@pytest.fixture
def areas():
    """Two squares side by side, and a third over half of each."""
    boxes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(0.5, 0, 1.5, 1)]
    return geopandas.GeoDataFrame({"id": ["a", "b", "c"]}, geometry=boxes)


def points(*places, **columns):
    return geopandas.GeoDataFrame(columns, geometry=list(places))


def test_a_point_on_the_border_of_several_lies_in_the_first(areas):
    found = holding(points(shapely.Point(1, 0.5), shapely.Point(1, 1)), areas.iloc[:2])
    assert found.tolist() == [0, 1]
    assert found.index.tolist() == [0, 0]


def test_a_point_lies_in_each_of_the_polygons_that_overlap_there(areas):
    found = holding(points(shapely.Point(0.75, 0.5)), areas)
    assert sorted(found.index) == [0, 2]


def test_a_point_inside_one_is_not_given_to_those_whose_border_it_is_on(areas):
    found = holding(points(shapely.Point(1, 0.5)), areas)
    assert found.index.tolist() == [2]


def test_points_without_a_place_and_far_ones_lie_nowhere(areas):
    assert holding(points(None, shapely.Point(), shapely.Point(9, 9)), areas).empty


def test_polygons_that_cross_themselves_hold_what_lies_in_either_half():
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    area = geopandas.GeoDataFrame({"id": [1]}, geometry=[bow])
    there = points(shapely.Point(0.2, 1), shapely.Point(1.8, 1), shapely.Point(1, 0.2))
    assert holding(there, area).tolist() == [0, 1]


def test_statistics_pass_over_what_is_missing_and_are_missing_where_nothing_is(areas):
    places = [shapely.Point(0.1, 0.5), shapely.Point(0.2, 0.5), shapely.Point(1.9, 0.5)]
    there = points(*places, broj=[1.0, np.nan, np.nan])
    wanted = [Statistic(function, "broj") for function in ("sum", "mean", "min", "max")]
    found = reduced(there, holding(there, areas), wanted, 3)
    assert found[0].tolist() == [2, 1, 1, 1, 1]
    assert found[1, 0] == 1
    assert np.isnan(found[1, 1:]).all()
    assert found[2, 0] == 0
    assert np.isnan(found[2, 1:]).all()
