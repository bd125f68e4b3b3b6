"""What a simulated lab said before anybody looked: the lab that goes on now, at moments before it opened."""

import asyncio
from collections.abc import Iterator, Sequence

import msgspec

from backends.demo.shape import Shape
from backends.demo.source import LabFeed
from backends.records import AnyRecord


def said(
    shape: Shape, origin: float, since: float, until: float, step: float
) -> Iterator[tuple[float, Sequence[AnyRecord]]]:
    """Yield what the lab said at an instant and, until another, at every full step of UTC after it.

    The monotonic clock of its records is UTC.

    Args:
        shape: of the lab.
        origin: UTC at which it opened; its stories began shortly before.
        since: UTC of the first step.
        until: UTC before which the last one lies.
        step: seconds between two.
    """
    feed = LabFeed(msgspec.structs.replace(shape, interval=step, speed=1.0), since, since, origin, True)
    with asyncio.Runner() as runner:
        at = since
        while at < until:
            yield at, runner.run(feed.batch(at, at))
            at = (at // step + 1.0) * step
