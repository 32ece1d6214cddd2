"""The picture of how cost grows."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.bench.growth import KINDS, Point
from tests.bench.picture import UNITS, picture


def points(*costs_us: float) -> list[Point]:
    return [
        Point(what="queues & <more>", times=10**number, amount=20 * 10**number, unit_us=cost, more={})
        for number, cost in enumerate(costs_us)
    ]


def heights(svg: str) -> list[float]:
    return [float(y) for y in re.findall(r'cy="([\d.]+)"', svg)]


def test_it_is_xml_whatever_the_work_is_called():
    texts = [text.text for text in ElementTree.fromstring(picture(points(20, 21, 22), {})).iter("{http://www.w3.org/2000/svg}text")]
    assert "queues & <more>" in texts
    assert {"20.0", "21.0", "22.0", "20", "200", "2,000"} <= set(texts)


def test_the_same_cost_for_each_unit_is_a_level_line_and_a_higher_cost_stands_higher():
    assert len(set(heights(picture(points(20, 20, 20), {})))) == 1
    low, middle, high = heights(picture(points(10, 20, 40), {}))
    assert low > middle > high
    assert low - middle == pytest.approx((middle - high) / 2, abs=0.2)


def test_a_picture_of_one_point_is_one():
    assert len(heights(picture(points(20), {}))) == 1


def test_each_kind_of_work_has_a_unit():
    assert UNITS.keys() == KINDS.keys()
