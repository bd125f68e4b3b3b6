"""Memory and power of a job's cards over its life, as one plot of their mean; their utilisation is in `job_cards`."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from console.language import _, ngettext
from console.model.history import Curve, Curves
from console.views import plots, units
from console.views.plots import Scale
from widgets.models import Item, Paragraph, Span

FIGURES = ("util", "memory_used", "power")
"""What the page of a job can plot, in the order in which a key goes through them."""
CARDS = 8
"""Cards of which memory and power are asked at most."""


def mean(metric: str, answers: Sequence[Curves]) -> tuple[Curves, Curve] | None:
    """The mean of a metric over cards, with the lowest and the highest of them; None where nothing was measured.

    Answers to another time than the last are left out: the next look has them.
    """
    if not answers:
        return None
    last = max(answers, key=lambda answer: answer.since)
    own = [
        curve
        for answer in answers
        if (answer.since, answer.step) == (last.since, last.step)
        for curve in answer.curves
        if curve.metric == metric
    ]
    slots = zip_longest(*(curve.mean for curve in own))
    found = plots.band(metric, ([value for value in slot if value is not None] for slot in slots))
    return None if found is None else (last, found)


def past(metric: str, answers: Sequence[Curves], count: int, cards: int, top: float | None) -> Iterator[Item]:
    """The plot.

    Args:
        metric: one of `FIGURES`.
        answers: of the cards that were asked for.
        count: cards that were asked for.
        cards: that the job has.
        top: where the scale ends: the memory or the power limit of a card; None follows the values.
    """
    found = mean(metric, answers)
    if found is not None:
        told, curve = found
        yield from plots.plots((_scale(metric, count, top),), Curves(told.since, told.step, (curve,)))
        if count < cards:
            text = ngettext("of the first {count} GPU", "of the first {count} GPUs", count).format(count=count)
            yield Paragraph(Span(text, "dim"))


def title(metric: str) -> str:
    """What a figure is called."""
    return {"memory_used": _("memory"), "power": _("power")}.get(metric, _("utilisation"))


def _scale(metric: str, count: int, top: float | None) -> Scale:
    said = title(metric)
    if count > 1:
        text = _("{figure}, mean of {count} GPUs; the band is from the lowest to the highest")
        said = text.format(figure=said, count=count)
    if metric == "power":
        return Scale(metric, said, units.watts, top, 10.0, 50.0)
    return Scale(metric, said, units.size, top, 1024.0, 2.0**20)
