"""The part of the past that is in view: slots of equal length, as many as fit, on the hours of the viewer's zone."""

import math
from datetime import UTC, datetime, tzinfo

import msgspec

HOUR, DAY = 3600.0, 86_400.0
RANGES = (HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY)
"""Seconds that can be asked for; more is shown where more fits."""
MOST = 500
"""Slots that may be asked for at once."""
_STEPS = tuple(60.0 * m for m in (1, 2, 3, 5, 6, 10, 12, 15, 20, 30, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880))
"""Lengths of a slot: minutes are the finest that is kept, and each divides an hour or a day."""


class Window(msgspec.Struct, frozen=True):
    """Slots of equal length. Times are UTC in seconds."""

    since: float
    step: float
    slots: int
    wide: int = 1
    """Terminal cells of one slot."""

    @property
    def until(self) -> float:
        """The end of the last slot."""
        return self.since + self.slots * self.step

    def start(self, slot: int) -> float:
        """When a slot begins."""
        return self.since + slot * self.step

    def middle(self, slot: int) -> float:
        """The instant that stands for a slot."""
        return self.since + (slot + 0.5) * self.step

    def slot(self, at: float) -> int:
        """The slot in which an instant is; below 0 and from `slots` on where it is outside."""
        return math.floor((at - self.since) / self.step)

    def holds(self, at: float) -> bool:
        """Whether an instant is in view."""
        return 0 <= self.slot(at) < self.slots


def offset(at: float, zone: tzinfo | None = None) -> float:
    """Seconds by which the viewer's zone (or the one given) is ahead of UTC at an instant."""
    ahead = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
    return ahead.total_seconds() if ahead is not None else 0.0


def midnight(at: float, zone: tzinfo | None = None) -> float:
    """When the day of an instant began in the viewer's zone (or the one given), UTC."""
    return (
        datetime.fromtimestamp(at, UTC).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    )


def window(span: float, room: int, last: float, zone: tzinfo | None = None) -> Window:
    """The window that shows at least so many seconds and whose last slot holds an instant.

    Args:
        span: seconds; of `RANGES`, or anything else.
        room: terminal cells; all of them are filled, so that more than `span` may be shown.
        last: an instant of the last slot.
        zone: of the viewer; None takes the system's.
    """
    room = max(1, room)
    step = next((step for step in _STEPS if math.ceil(span / step) <= min(room, MOST)), _STEPS[-1])
    wide = max(1, room // math.ceil(span / step))
    slots = min(MOST, room // wide)
    ahead = offset(last, zone)
    end = (math.floor((last + ahead) / step) + 1) * step - ahead
    return Window(end - slots * step, step, slots, wide)


def around(span: float, room: int, at: float, now: float, zone: tzinfo | None = None) -> Window:
    """The window that has an instant in its middle, as far as it does not reach beyond now."""
    shown = window(span, room, at, zone)
    return window(span, room, min(now, at + shown.slots // 2 * shown.step), zone)
