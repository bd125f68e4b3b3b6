"""Which of the things that are counted in one output is the training: not the bar of an evaluation beside it."""

from collections.abc import Iterable, Sequence

from console.rules.progress.reading import Reading

Kind = tuple[str, int | None]


def main(readings: Iterable[Reading], known: Kind | None = None) -> Kind | None:
    """Return the kind of those that count the training; None where none counts anything.

    Args:
        readings: of one text, in its order.
        known: what it was before; it stays while it is there, unless it is done and something else goes on.
    """
    last: dict[Kind, Reading] = {}
    counts: dict[Kind, int] = {}
    for reading in readings:
        if reading.place is not None:
            last[reading.kind] = reading
            counts[reading.kind] = counts.get(reading.kind, 0) + 1
    if known in last and known is not None and not last[known].done:
        return known
    if not last:
        return known
    found = max(last, key=lambda kind: _rank(last[kind], counts[kind]))
    if known is not None and not _succeeds(last[found], known, known in last):
        return known
    return found


def of_loss(readings: Sequence[Reading], kind: Kind | None) -> Sequence[Reading]:
    """Return the readings that say the training's loss: its own, else those that count nothing otherwise."""
    own = [reading for reading in readings if reading.loss is not None and reading.kind == kind]
    return own or [reading for reading in readings if reading.loss is not None]


def _rank(reading: Reading, count: int) -> tuple[bool, bool, bool, int, int]:
    """A log goes before a bar, steps before epochs, what goes on before what is done, and then the longest."""
    return not reading.done, reading.step is not None, not reading.bar, reading.steps or 0, count


def _succeeds(reading: Reading, known: Kind, there: bool) -> bool:
    """Whether something else may take the place of what was counted so far.

    A bar of an evaluation stands alone in a text while the training waits for it. It is shorter, as a rule.
    """
    if there:
        return not reading.done
    return reading.strand != known[0] or reading.steps is None or known[1] is None or reading.steps >= known[1]
