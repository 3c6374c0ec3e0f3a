"""Charts: scales that hold their amounts, and images that say what they show."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from tests.support.nouns import usd
from vultr_cost_mcp.page.chart import draw, ticks
from vultr_cost_mcp.page.document import Bar, Bars, Column, Columns, Mark, Step, Waterfall

HOSTILE = '"/><script>alert(1)</script><x y="'
BARS = Bars("Title", "Summary", [Bar("web", usd(30), "$30.00", usd(60)), Bar("db", usd(15), "$15")])


def drawn(chart: Bars | Columns | Waterfall) -> ET.Element:
    """Parse what is drawn: it is well-formed XML."""
    return ET.fromstring(draw(chart, "k"))  # noqa: S314  (our own text)


def rects(svg: ET.Element, style: str) -> list[tuple[float, float]]:
    """Left end and width, in percent, of the bars of a style."""
    return [
        (float(row.attrib["x"][:-1]), float(row.attrib["width"][:-1]))
        for row in svg.iter("rect")
        if row.attrib["class"] == style
    ]


@pytest.mark.parametrize(
    ("highest", "last"),
    [("0", "1"), ("0.03", "0.03"), ("1", "1"), ("286.59", "300"), ("300", "300"), ("301", "400")],
)
def test_ticks_are_round_and_reach_the_highest(highest: str, last: str) -> None:
    """The last one is at or above the amount, and there are few."""
    found = ticks(Decimal(highest))
    assert found[-1] == Decimal(last)
    assert found[0] == 0
    assert len(found) <= 5


def test_bars_are_as_long_as_their_amounts() -> None:
    """The longest is the width, the others in proportion."""
    svg = drawn(BARS)
    assert rects(svg, "soft") == [(0, 100)]
    assert rects(svg, "solid") == [(0, 50), (0, 25)]


def test_a_mark_stands_at_its_amount() -> None:
    """A budget below the projection crosses the bar."""
    svg = drawn(Bars("T", "S", [Bar("a", usd(50), "", usd(200))], marks=[Mark("100", usd(100))]))
    assert [row.attrib["x1"] for row in svg.iter("line")] == ["50.00%"]


def test_a_negative_bar_ends_at_zero() -> None:
    """Zero moves to the right by the credit's length."""
    svg = drawn(Bars("T", "S", [Bar("a", usd(75), ""), Bar("credit", usd(-25), "")]))
    assert rects(svg, "solid") == [(25, 75)]
    assert rects(svg, "down") == [(0, 25)]


def test_a_waterfall_steps_from_total_to_total() -> None:
    """Each step begins where the one before ended, on a scale that says where it starts."""
    steps = [
        Step("Oct", usd(0), usd(100), "$100.00"),
        Step("new", usd(100), usd(130), "+$30.00"),
        Step("gone", usd(130), usd(120), "-$10.00"),
        Step("Nov", usd(0), usd(120), "$120.00"),
    ]
    svg = drawn(Waterfall("T", "S", steps))
    # 90 to 130 dollars are the width.
    assert rects(svg, "solid") == [(0, 25), (0, 75)]
    assert rects(svg, "up") == [(25, 75)]
    assert rects(svg, "down") == [(75, 25)]
    assert "Scale starts at $90.00" in "".join(svg.itertext())


def test_columns_are_as_high_as_their_amounts() -> None:
    """Of 100 dollars 130 pixels; a day in part is lighter."""
    columns = [
        Column("1 Nov", usd(100)),
        Column("2 Nov", usd(50)),
        Column("3 Nov", usd(10), partial=True),
    ]
    svg = drawn(Columns("T", "S", columns))
    heights = [(row.attrib["class"], row.attrib["height"]) for row in svg.iter("rect")]
    assert heights == [("solid", "130"), ("solid", "65"), ("soft", "13")]
    assert "2 Nov: $50.00" in "".join(svg.itertext())


@pytest.mark.parametrize("chart", [BARS, Columns("T", "S", []), Waterfall("T", "S", [])])
def test_a_chart_is_an_image_with_a_name_and_a_description(
    chart: Bars | Columns | Waterfall,
) -> None:
    """A screen reader reads both; a chart of nothing is drawn too."""
    if not isinstance(chart, Bars):
        chart = (
            Columns("T", "S", [Column("a", usd(0))])
            if isinstance(chart, Columns)
            else Waterfall("T", "S", [Step("a", usd(0), usd(0), "")])
        )
    svg = drawn(chart)
    assert svg.attrib["role"] == "img"
    names = {row.attrib["id"] for row in svg if "id" in row.attrib}
    assert set(svg.attrib["aria-labelledby"].split()) == names


def test_a_name_is_never_markup() -> None:
    """Text of others stays text, in attributes and elements."""
    chart = Bars(HOSTILE, HOSTILE, [Bar(HOSTILE, usd(1), HOSTILE)], [Mark(HOSTILE, usd(1))])
    assert not list(drawn(chart).iter("script"))
    assert "<script" not in draw(chart, "k")
