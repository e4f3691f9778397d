"""Polygons fit to be measured."""

from __future__ import annotations

import numpy as np
import shapely

from geo.geometry.repair import polygons_only, valid_polygons

SQUARE = shapely.box(0, 0, 10, 10)


def test_sound_polygons_pass_as_they_are() -> None:
    geoms = np.array([SQUARE, shapely.MultiPolygon([SQUARE])], dtype=object)
    got = valid_polygons(geoms)
    assert got[0] is SQUARE
    assert got[1] is geoms[1]
    assert got is not geoms


def test_what_has_no_surface_is_none() -> None:
    geoms = [
        None,
        shapely.Polygon(),
        shapely.Point(0, 0),
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.GeometryCollection(),
    ]
    assert valid_polygons(geoms).tolist() == [None] * 5
    assert polygons_only([]).tolist() == []
    flat = shapely.Polygon([(0, 0), (5, 0), (10, 0)])
    assert valid_polygons([flat]).tolist() == [None]


def test_both_lobes_of_a_figure_of_eight_stay() -> None:
    eight = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    (whole,) = valid_polygons([eight])
    assert whole.is_valid
    assert shapely.area(whole) == 50


def test_collections_keep_their_surface() -> None:
    mixed = shapely.GeometryCollection([SQUARE, shapely.LineString([(0, 0), (20, 0)]), shapely.box(20, 0, 30, 10)])
    (got,) = polygons_only([mixed])
    assert got.geom_type == "MultiPolygon"
    assert shapely.area(got) == 200
    assert polygons_only([shapely.GeometryCollection([shapely.Point(0, 0)])]).tolist() == [None]
