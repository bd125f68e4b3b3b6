"""Curves of the past as plots: scales with units, what they say in words, and what is said where there is nothing."""

import math
from collections.abc import Callable, Iterable, Sequence

import msgspec

from backends.record import Trouble
from console.language import _
from console.model.history import UNKNOWN_UTIL, Curve, Curves, Timeline
from console.views import units
from console.views.period import Period, times
from console.views.words import say
from widgets.models import Item, Paragraph, Plot, Section, Span

HEIGHT = 5
"""Lines of dots of one plot."""


class Scale(msgspec.Struct, frozen=True):
    """How one figure is drawn: its name, how its values are written, and where its scale ends."""

    metric: str
    title: str
    """Translated."""
    write: Callable[[object], str]
    top: float | None = None
    """Where it ends: 100 for percent, the memory that there is; None ends above the largest value."""
    base: float = 10.0
    """Of round numbers: 10, or 1,024 for bytes."""
    least: float = 1.0
    """The smallest end of a scale that follows its values: noise must not fill a plot."""


def section(
    period: Period, now: float, plots: Sequence[Item], answer: Curves | None, trouble: Trouble | None
) -> Section:
    """The plots of a page, or why there are none."""
    items: list[Item] = []
    if trouble is not None:
        items.append(Paragraph(Span(say(trouble), "warning")))
    if answer is None and trouble is None:
        items.append(Paragraph(Span(_("asking for the history …"), "dim")))
    elif answer is not None and not plots:
        items.append(Paragraph(Span(_nothing(answer), "dim")))
    elif answer is not None and answer.kept_since is not None and answer.kept_since > answer.since + answer.step:
        text = _("the history begins {time}").format(time=units.clock(answer.kept_since))
        items.append(Paragraph(Span(text, "dim")))
    return Section(period.title(now), (*items, *plots), aside=True)


def _nothing(answer: Curves) -> str:
    if answer.kept_since is None:
        return _("There is no history yet.")
    return _("Nothing was recorded in this time; the history begins {time}.").format(
        time=units.clock(answer.kept_since)
    )


def plots(scales: Iterable[Scale], answer: Curves) -> list[Plot]:
    """The plots of what was measured, in the order of the scales; a figure of which nothing is known has none."""
    by_metric = {curve.metric: curve for curve in answer.curves}
    found = []
    for scale in scales:
        curve = by_metric.get(scale.metric)
        if curve is not None and any(value is not None for value in curve.mean):
            found.append(_plot(scale, curve, answer.since, answer.step))
    return found


def _plot(scale: Scale, curve: Curve, since: float, step: float) -> Plot:
    means = [value for value in curve.mean if value is not None]
    most = max((value for value in (*curve.high, *means) if value is not None), default=0.0)
    top = scale.top if scale.top is not None else _round(max(most, scale.least), scale.base)
    levels = tuple((value, scale.write(value)) for value in (top, 0.0, top / 2))
    mean = sum(means) / len(means)
    said = _("mean {mean}, most {most}").format(mean=scale.write(mean), most=scale.write(most))
    until = since + step * len(curve.mean)
    return Plot(
        scale.title, curve.low, curve.mean, curve.high, 0.0, top, levels, times(since, until), Span(said, "dim"), HEIGHT
    )


def _round(value: float, base: float) -> float:
    """The next round number: 1, 2 or 5 times a power of ten, or a power of two of bytes."""
    if base == 1024.0:
        return float(2 ** max(0, math.ceil(math.log2(value))))
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * 0.999)


def band(metric: str, slots: Iterable[Sequence[float]]) -> Curve | None:
    """The mean of several curves, with the lowest and the highest of them; None where nothing was measured.

    Args:
        metric: its name.
        slots: of each the values that are known, oldest first.
    """
    every = list(slots)
    if not any(every):
        return None
    low = tuple(min(slot, default=None) for slot in every)
    middle = tuple(sum(slot) / len(slot) if slot else None for slot in every)
    return Curve(metric, low, middle, tuple(max(slot, default=None) for slot in every))


def node_util(answer: Timeline) -> Curve | None:
    """The mean utilisation of a node's cards, from its row of a timeline."""
    if not answer.rows:
        return None
    values = tuple(None if value == UNKNOWN_UTIL else float(value) for value in answer.rows[0].util)
    return Curve("gpu_util", values, values, values)


def of_cluster(cards: float | None = None) -> tuple[Scale, ...]:
    """What is plotted of all nodes together, given how many cards there are."""
    return (
        Scale("util", _("GPU utilisation of the cluster, mean"), units.percent, 100.0),
        Scale("held", _("GPUs that somebody holds"), units.number, cards or None, 10.0, 8.0),
    )


def of_node(memory: float | None) -> tuple[Scale, ...]:
    """What is plotted of a node, given its memory in bytes."""
    return (
        Scale("gpu_util", _("GPU utilisation, mean"), units.percent, 100.0),
        Scale("cpu", "CPU", units.percent, 100.0),
        Scale("memory_used", _("host memory"), units.size, memory, 1024.0, 2.0**20),
        Scale("disk_read", _("disks, read"), units.rate, None, 1024.0, 2.0**20),
        Scale("disk_write", _("disks, written"), units.rate, None, 1024.0, 2.0**20),
        Scale("net_received", _("network, in"), units.rate, None, 1024.0, 2.0**20),
        Scale("net_sent", _("network, out"), units.rate, None, 1024.0, 2.0**20),
    )


NODE = ("cpu", "memory_used", "disk_read", "disk_write", "net_received", "net_sent")
"""Metrics that are asked of a node."""


def of_card(memory: float | None, limit: float | None, clock: float | None) -> tuple[Scale, ...]:
    """What is plotted of a card, given its memory in bytes, its power limit in watts, its highest clock in MHz."""
    return (
        Scale("util", _("utilisation"), units.percent, 100.0),
        Scale("memory_used", _("memory"), units.size, memory, 1024.0, 2.0**20),
        Scale("temperature", _("temperature"), units.celsius, 100.0),
        Scale("power", _("power"), units.watts, limit, 10.0, 50.0),
        Scale("clock", _("clock"), units.megahertz, clock, 10.0, 100.0),
    )


CARD = ("util", "memory_used", "temperature", "power", "clock")
"""Metrics that are asked of a card."""
