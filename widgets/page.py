"""How a page of facts becomes lines: sections with titles, labels in one column, bars, plots, small tables. Pure."""

from collections.abc import Sequence
from typing import Final, assert_never

from widgets.line import shorten
from widgets.models import (
    Bar,
    Cell,
    Fact,
    Grid,
    Item,
    Paragraph,
    Plot,
    Section,
    Signs,
    Span,
    Spans,
    Spark,
    spans_of,
    text_of,
)
from widgets.plot import plot
from widgets.text import cut, fit, plain, width_of
from widgets.wrap import wrap

BESIDE: Final = 110
"""From so many cells on sections stand in two columns."""
GUTTER: Final = 3
"""Cells between the two columns."""
_BAR: Final = 20
_ROOM: Final = 6
"""Cells a value needs to stand beside its label."""
_LABEL_SHARE: Final = 0.4
"""Of the width at most, so that a long label leaves room for what it names."""


def page(sections: Sequence[Section], width: int, signs: Signs, split: int | None = None) -> list[Spans]:
    """Return the lines of a page.

    Args:
        sections: In reading order.
        width: Cells of a line.
        signs: What to draw with.
        split: How many of those that may stand left do so; None stands all below each other.
    """
    if split is None:
        return _stacked(sections, width, signs)
    half = (width - GUTTER) // 2
    below = [section for section in sections if section.wide]
    movable, aside = _sides(sections)
    left, right = _stacked(movable[:split], half, signs), _stacked([*aside, *movable[split:]], half, signs)
    lines: list[Spans] = []
    for number in range(max(len(left), len(right))):
        one = left[number] if number < len(left) else ()
        other = right[number] if number < len(right) else ()
        filling = half - sum(width_of(span.text) for span in one) + GUTTER
        lines.append((*one, Span(" " * filling), *other) if other else one)
    return lines + ([(), *_stacked(below, width, signs)] if below else [])


def balance(sections: Sequence[Section], width: int, signs: Signs) -> int | None:
    """Return how many sections to stand left so that the page is short; None where it is too narrow for two columns."""
    movable, aside = _sides(sections)
    if width < BESIDE or len(movable) + len(aside) < 2 or not movable:
        return None

    def height(section: Section) -> int:
        return len(_stacked([section], (width - GUTTER) // 2, signs)) + 1

    heights, kept = [height(section) for section in movable], sum(map(height, aside))
    choices = range(1, len(movable) + (1 if aside else 0))
    return min(choices, key=lambda left: max(sum(heights[:left]), kept + sum(heights[left:])))


def _sides(sections: Sequence[Section]) -> tuple[list[Section], list[Section]]:
    """Those that stand where there is room, and those that stand at the right; neither has the wide ones."""
    narrow = [section for section in sections if not section.wide]
    return [section for section in narrow if not section.aside], [section for section in narrow if section.aside]


def _stacked(sections: Sequence[Section], width: int, signs: Signs) -> list[Spans]:
    lines: list[Spans] = []
    for number, section in enumerate(sections):
        if number:
            lines.append(())
        if section.title:
            lines.append(_title(section.title, width, signs))
        labels = [item.label for item in section.items if isinstance(item, Fact | Bar | Spark)]
        label = min(max((width_of(plain(text)) for text in labels), default=0), int(width * _LABEL_SHARE))
        for item in section.items:
            lines += _item(item, label, width, signs)
    return lines


def _title(title: str, width: int, signs: Signs) -> Spans:
    text = plain(title, width, signs.ellipsis)
    rule = width - width_of(text) - 1
    return (Span(text, "title"), Span(" " + signs.horizontal * rule if rule > 0 else "", "dim"))


def _item(item: Item, label: int, width: int, signs: Signs) -> list[Spans]:
    match item:
        case Paragraph(text):
            return list(wrap(spans_of(text), width))
        case Grid():
            return _grid(item, width, signs)
        case Plot():
            return plot(item, width, signs)
        case Fact(name, value):
            return _labelled(name, [], value, label, width, signs)
        case Bar(name, value, text, style):
            return _labelled(name, _bar(value, style, width - label, signs), text, label, width, signs)
        case Spark(name, values, top, text, style):
            room = max(1, width - label - 1 - (width_of(plain(text_of(text))) + 1 if text else 0))
            drawn = Span(spark(values, room, signs, top), style)
            return _labelled(name, [drawn], text, label, width, signs)
        case _:
            assert_never(item)


def _labelled(name: str, drawn: list[Span], text: Cell, label: int, width: int, signs: Signs) -> list[Spans]:
    """A label, what is drawn, and text that goes on below itself where it is long."""
    lead = Span(fit(plain(name), label, "left", signs.ellipsis) + " ", "dim")
    used = label + 1 + sum(width_of(span.text) for span in drawn) + (1 if drawn else 0)
    if width - used < _ROOM:  # too narrow for both: the text goes below
        below = wrap(spans_of(text), width) if text else []
        return [tuple(shorten([lead, *drawn], width, signs.ellipsis)), *below]
    first, *others = wrap(spans_of(text), width - used)
    between = [Span(" ")] if drawn else []
    return [(lead, *drawn, *between, *first), *((Span(" " * used), *other) for other in others)]


def _bar(value: float | None, style: str, room: int, signs: Signs) -> list[Span]:
    """Draw a part of a whole; nothing where it is not known."""
    length = max(1, min(_BAR, room // 2))
    if value is None or value != value:
        return [Span(" " * length)]
    filled = max(0, min(length, round(value * length)))
    if value > 0 and not filled:
        filled = 1  # a little is not nothing
    return [Span(signs.full * filled, style), Span(signs.empty * (length - filled), "dim")]


def spark(values: Sequence[float | None], width: int, signs: Signs, top: float | None = None) -> str:
    """Draw a series in at most so many cells; several values that share a cell show the highest of them.

    A gap has its own sign: what was not measured does not look like nothing.
    """
    cells = _folded(values, width)
    known = [value for value in cells if value is not None]
    full = top if top is not None else max(known, default=0.0)
    steps = len(signs.spark) - 1
    drawn: list[str] = []
    for value in cells:
        if value is None:
            drawn.append(signs.gap)
        else:
            part = value / full if full > 0 else 0.0
            drawn.append(signs.spark[max(0, min(steps, round(part * steps)))])
    return "".join(drawn)


def _folded(values: Sequence[float | None], width: int) -> list[float | None]:
    clean = [None if value is None or value != value else value for value in values]
    if len(clean) <= width:
        return clean
    cells: list[float | None] = []
    for cell in range(width):
        part = clean[cell * len(clean) // width : (cell + 1) * len(clean) // width]
        cells.append(max((value for value in part if value is not None), default=None))
    return cells


def _grid(grid: Grid, width: int, signs: Signs) -> list[Spans]:
    """Draw a small table; the last columns are cut where it is too wide."""
    count = max([len(grid.titles), *(len(row) for row in grid.rows)])
    rows = [[spans_of(row[at]) if at < len(row) else () for at in range(count)] for row in grid.rows]
    titles = [[Span(grid.titles[at] if at < len(grid.titles) else "", "dim")] for at in range(count)]
    safe = [[[_safe(span) for span in cell] for cell in row] for row in ([titles] if any(grid.titles) else []) + rows]
    widths = [max((_width(row[at]) for row in safe), default=0) for at in range(count)]
    lines: list[Spans] = []
    for row in safe:
        line: list[Span] = []
        for at, cell in enumerate(row):
            spare = Span(" " * (widths[at] - _width(cell)))
            line += [spare, *cell] if at in grid.right else [*cell, spare]
            line.append(Span("  "))
        while line and not line[-1].text.strip():
            line.pop()
        lines.append(tuple(shorten(line, width, signs.ellipsis)))
    return lines


def _safe(span: Span) -> Span:
    return Span(cut(plain(span.text), 200), span.style, span.target)


def _width(spans: Sequence[Span]) -> int:
    return sum(width_of(span.text) for span in spans)
