"""Which of the things that are counted in one output is the training: not the bar of an evaluation beside it."""

from collections.abc import Iterable, Sequence

from console.rules.progress.reading import Reading

Kind = tuple[str, int | None]


def main(readings: Iterable[Reading], known: Reading | None = None) -> Kind | None:
    """Return the kind of those that count the training; None where none counts anything that may be it.

    Args:
        readings: of one text, in its order.
        known: the last that counted it, while that goes on: it stays, unless something better is found. A bar of an
            evaluation stands alone in a text while the training waits for it.
    """
    last: dict[Kind, Reading] = {}
    counts: dict[Kind, int] = {}
    for reading in readings:
        if reading.place is not None:
            last[reading.kind] = reading
            counts[reading.kind] = counts.get(reading.kind, 0) + 1
    if known is not None and known.kind in last and not last[known.kind].done:
        return known.kind
    if not last:
        return None
    found = max(last, key=lambda kind: _rank(last[kind], counts[kind]))
    ended = known is not None and known.kind in last
    return found if known is None or ended or _better(last[found], known) else known.kind


def of_loss(readings: Sequence[Reading], kind: Kind | None) -> Sequence[Reading]:
    """Return the readings that say the training's loss: its own, else those that count nothing otherwise."""
    own = [reading for reading in readings if reading.loss is not None and reading.kind == kind]
    return own or [reading for reading in readings if reading.loss is not None]


def _rank(reading: Reading, count: int) -> tuple[bool, bool, bool, int, int]:
    """A log goes before a bar, steps before epochs, what goes on before what is done, and then the longest."""
    return not reading.done, reading.step is not None, not reading.bar, reading.steps or 0, count


def _better(found: Reading, known: Reading) -> bool:
    """Whether something counts better than what was counted so far: steps, in a log, to a goal that lies farther."""
    if found.strand == known.strand:
        return (found.steps or 0) > (known.steps or 0)
    return (found.step is not None, not found.bar) > (known.step is not None, not known.bar)
