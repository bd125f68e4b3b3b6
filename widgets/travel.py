"""How a cursor travels over a heatmap's plan: pure, and never to a place where nothing is."""

from bisect import bisect_left

from widgets.layout import Plan
from widgets.models import Block

Stop = tuple[int, int]
"""A block by position and a cell by index; index -1 is a block without cells."""


def sideways(plan: Plan, at: Stop, steps: int) -> Stop:
    """Go left (below 0) or right along a line, as far as it reaches."""
    spot = plan.spot(*at)
    stops = plan.stops(spot.y, spot.low)
    here = next((i for i, stop in enumerate(stops) if stop[1:] == at), 0)
    _, block, index = stops[max(0, min(len(stops) - 1, here + steps))]
    return block, index


def upright(plan: Plan, at: Stop, rows: int, goal: int) -> Stop:
    """Go up (below 0) or down by rows of cells, as far as there are any, to the cell nearest to column `goal`."""
    spot = plan.spot(*at)
    way = 1 if rows > 0 else -1
    found = at
    y, low, left = spot.y, spot.low, abs(rows)
    while left:
        if plan.halves and low == (way < 0):
            low = not low
        else:
            y += way
            low = plan.halves and way < 0
        if not 0 <= y < len(plan.lines):
            break
        if stops := plan.stops(y, low):
            found = _nearest(stops, goal)
            left -= 1
    return found


def paged(plan: Plan, at: Stop, lines: int, goal: int) -> Stop:
    """Go up (below 0) or down so many lines, headings counted; to the first or last line where there are fewer."""
    spot = plan.spot(*at)
    y = max(0, min(len(plan.lines) - 1, spot.y + lines))
    back = -1 if lines > 0 else 1
    while y != spot.y and not plan.lines[y].places:
        y += back
    if y == spot.y:  # only headings lie that way
        return upright(plan, at, 1 if lines > 0 else -1, goal)
    return _nearest(plan.stops(y, spot.low) or plan.stops(y), goal)


def ends(plan: Plan) -> tuple[Stop, Stop]:
    """The first and the last cell of the picture, as it is read."""
    first = next(line for line in plan.lines if line.places).places[0]
    last = plan.lines[-1].places[-1]
    return _stop(first.block, first.start, first.stop), _stop(last.block, last.stop - 1, last.stop - last.start)


def kept(old: tuple[Block, ...], new: tuple[Block, ...], cursor: tuple[str, int] | None, at: Stop) -> Stop | None:
    """Where the cursor stands among new blocks: on its own, else on the nearest that is still there.

    Args:
        old: The blocks shown until now.
        new: The blocks shown from now on.
        cursor: The key and cell under the cursor until now; None before there was one.
        at: The same by position among `old`.

    Returns:
        Its position among `new`; None where there is nothing.
    """
    if not new:
        return None
    where = {block.key: i for i, block in enumerate(new)}
    if cursor is None:
        return _within(new, 0, 0)
    key, index = cursor
    if key in where:
        return _within(new, where[key], index)
    after, before = at[0] + 1, at[0] - 1
    while after < len(old) or before >= 0:
        for i in (after, before):
            if 0 <= i < len(old) and old[i].key in where:
                return _within(new, where[old[i].key], index)
        after, before = after + 1, before - 1
    return _within(new, min(at[0], len(new) - 1), index)


def _within(blocks: tuple[Block, ...], block: int, index: int) -> Stop:
    count = len(blocks[block].cells)
    return block, max(0, min(index, count - 1)) if count else -1


def _stop(block: int, index: int, count: int) -> Stop:
    return block, index if count else -1


def _nearest(stops: list[tuple[int, int, int]], goal: int) -> Stop:
    i = bisect_left(stops, (goal,))
    around = stops[max(0, i - 1) : i + 1]
    _, block, index = min(around, key=lambda stop: abs(stop[0] - goal))
    return block, index
