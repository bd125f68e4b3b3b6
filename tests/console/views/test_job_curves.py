"""The mean of a figure over cards: what is unknown counts for nothing, and answers to another time are left out."""

from console.model.history import Curve, Curves
from console.views.job_curves import mean, past


def answer(since: float, *values: float | None) -> Curves:
    return Curves(since, 10.0, (Curve("power", values, values, values),))


def test_the_mean_of_what_is_known() -> None:
    found = mean("power", [answer(0.0, 100.0, None, None), answer(0.0, 200.0, 50.0, None), answer(-10.0, 9.0)])
    assert found is not None
    assert found[1] == Curve("power", (100.0, 50.0, None), (150.0, 50.0, None), (200.0, 50.0, None))
    assert mean("power", [answer(0.0, None)]) is None
    assert mean("memory_used", [answer(0.0, 1.0)]) is None
    assert mean("power", []) is None


def test_it_is_said_of_how_many_cards_it_is() -> None:
    plot, told = past("power", [answer(0.0, 100.0, 110.0)] * 8, 8, 32, 700.0)
    assert "mean of 8 GPUs" in str(plot)
    assert "of the first 8 GPUs" in str(told)
