"""A past that was never measured: the same curves, owners and troubles each time they are asked for."""

import math

from stage import Still

from console.model.history import (
    Answer,
    Curve,
    Curves,
    CurvesOf,
    Holder,
    Kind,
    Question,
    Row,
    Rows,
    Span,
    Spans,
    SpansOf,
    Timeline,
    TimelineOf,
)

_TOPS = {
    "cpu": 80.0,
    "util": 100.0,
    "iowait": 6.0,
    "memory_used": 60e9,
    "temperature": 70.0,
    "power": 380.0,
    "clock": 1400.0,
    "held": 240.0,
}
KEPT = 40.0
"""Days of which the history knows."""


def _wave(metric: str, at: float) -> float:
    """A figure between 0.1 and 1 that goes up and down over minutes and hours."""
    shift = sum(map(ord, metric))
    return 0.55 + 0.3 * math.sin(at / 900 + shift) + 0.15 * math.sin(at / 7000 + 2 * shift)


def curve(metric: str, since: float, step: float, points: int) -> Curve:
    """A curve with a gap in its third quarter."""
    top = _TOPS.get(metric, 2e8)
    mean = [
        None if 0.55 < number / points < 0.62 else top * _wave(metric, since + number * step)
        for number in range(points)
    ]
    return Curve(
        metric,
        tuple(None if value is None else 0.6 * value for value in mean),
        tuple(mean),
        tuple(None if value is None else min(1.3 * value, top) for value in mean),
    )


class Lately(Still):
    """A follower whose collector remembers."""

    async def ask(self, question: Question) -> Answer:
        """Answer at once."""
        return await answer(question)


async def answer(question: Question) -> Answer:
    """What would be answered."""
    match question:
        case CurvesOf():
            step = (question.until - question.since) / question.points
            curves = tuple(curve(metric, question.since, step, question.points) for metric in question.metrics)
            return Curves(question.since, step, curves, question.until - KEPT * 86_400)
        case TimelineOf():
            step = (question.until - question.since) / question.slots
            found = curve("util", question.since, step, question.slots)
            util = bytes(255 if value is None else round(value) for value in found.mean)
            if question.rows is Rows.CARDS:
                keys = [f"{name}:{slot}" for name in question.nodes for slot in range(8)]
                lower = [bytes(255 if each == 255 else each - slot for each in util) for slot in range(8)]
                rows = tuple(Row(key, lower[number % 8], b"") for number, key in enumerate(keys))
                return Timeline(question.since, step, rows, (), question.until - KEPT * 86_400)
            return Timeline(question.since, step, (Row(question.nodes[0], util, b""),), ())
        case SpansOf():
            return Spans(tuple(_spans(question)), kept_since=question.since - KEPT * 86_400)


def _spans(question: SpansOf) -> list[Span]:
    until = question.until
    wang, li = Holder("wang", "nlp", "8812", "llama-sft"), Holder("li", "cv", "8790", "眼底分割")
    slot = question.slot if question.slot is not None else 3
    found = [
        Span(Kind.OWNER, question.node, slot, until - 5_400, None, "wang", wang),
        Span(Kind.STATE, question.node, slot, until - 9_000, until - 8_400, "critical"),
        Span(Kind.HEALTH, question.node, slot, until - 9_000, until - 8_400, "xid79 nvlink"),
        Span(Kind.OWNER, question.node, slot, until - 40_000, until - 9_000, "li", li),
        Span(Kind.OWNER, question.node, slot, until - 60_000, until - 40_060, "li", li),
    ]
    return [span for span in found if span.kind in question.kinds]
