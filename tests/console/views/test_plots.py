"""Scales, words and what is left out."""

import pytest

from console.model.history import Curve, Curves, Holder, Kind, Row, Span, Spans, Timeline
from console.views import happened, plots, units
from console.views.plots import Scale
from widgets.models import Grid, text_of

NOW = 1_000_000.0


def curves(*mean: float | None, metric: str = "x") -> Curves:
    return Curves(NOW - 60.0, 20.0, (Curve(metric, mean, mean, mean),))


@pytest.mark.parametrize(
    ("scale", "mean", "levels", "said"),
    [
        (Scale("x", "", units.percent, 100.0), (3.0, None), ["100%", "0%", "50%"], "mean 3%, most 3%"),
        (Scale("x", "", units.watts), (130.0, 180.0), ["200W", "0W", "100W"], "mean 155W, most 180W"),
        (Scale("x", "", units.rate, None, 1024.0), (3e8,), ["512M/s", "0B/s", "256M/s"], "mean 286M/s, most 286M/s"),
        (Scale("x", "", units.watts, None, 10.0, 50.0), (0.1,), ["50W", "0W", "25W"], "mean 0W, most 0W"),
    ],
)
def test_a_scale_ends_at_what_there_is_or_at_a_round_number(
    scale: Scale, mean: tuple[float | None, ...], levels: list[str], said: str
) -> None:
    (plot,) = plots.plots([scale], curves(*mean))
    assert [name for _value, name in plot.levels] == levels
    assert text_of(plot.text) == said
    assert plot.mean == mean


def test_a_figure_of_which_nothing_is_known_has_no_plot() -> None:
    scales = [Scale("x", "", units.percent, 100.0), Scale("y", "", units.percent, 100.0)]
    assert plots.plots(scales, curves(None, None)) == []
    assert plots.plots(scales, Curves(0.0, 1.0, ())) == []


def test_the_row_of_a_node_becomes_a_curve() -> None:
    row = Row("n", bytes([0, 100, 255]), b"")
    found = plots.node_util(Timeline(0.0, 20.0, (row,), ()))
    assert found is not None
    assert found.mean == (0.0, 100.0, None)
    assert plots.node_util(Timeline(0.0, 20.0, (), ())) is None


def span(kind: Kind, since: float, until: float | None, value: str, slot: int | None = 0) -> Span:
    return Span(kind, "n", slot, since, until, value, Holder(value, job="7") if kind is Kind.OWNER else None)


def test_owners_that_follow_each_other_closely_are_one() -> None:
    spans = (
        span(Kind.OWNER, NOW - 100, None, "li"),
        span(Kind.OWNER, NOW - 400, NOW - 150, "li"),
        span(Kind.OWNER, NOW - 900, NOW - 800, "li"),
        span(Kind.OWNER, NOW - 1000, NOW - 900, "wang"),
    )
    section = happened.owners(Spans(spans), None, NOW)
    assert section is not None
    (grid,) = section.items
    assert isinstance(grid, Grid)
    assert [(row[1], text_of(row[2])) for row in grid.rows] == [("6m40s", "li"), ("1m40s", "li"), ("1m40s", "wang")]


def test_what_processes_tell_of_a_job_before_the_scheduler_does_is_the_same_holding() -> None:
    process = Holder("li", job="7", name="torchrun", allocated=False)
    told = Holder("li", "rl", "7", "sweep")
    for newer, older in ((process, told), (told, process)):
        spans = (
            Span(Kind.OWNER, "n", 0, NOW - 600, None, "li", newer),
            Span(Kind.OWNER, "n", 0, NOW - 6000, NOW - 600, "li", older),
        )
        (one,) = happened.folded(spans)
        assert (one.since, one.until, one.holder) == (NOW - 6000, None, told)


def test_only_what_was_wrong_is_a_trouble_and_what_is_beyond_the_list_is_counted() -> None:
    well = (span(Kind.STATE, NOW - 9, None, "ok"), span(Kind.HEALTH, NOW - 9, None, ""))
    assert happened.troubles(Spans(well), None, NOW) is None
    many = tuple(span(Kind.STATE, NOW - at, NOW - at + 1, "lost") for at in range(1, 31))
    section = happened.troubles(Spans(many), None, NOW, slots=True)
    assert section is not None
    grid, more = section.items
    assert isinstance(grid, Grid)
    assert len(grid.rows) == happened.SHOWN
    assert "18" in text_of(more.text)  # type: ignore[union-attr]
