"""Which part of the past the plots of a page show: its length, its end, and the times that are named below them."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

import msgspec

from console.language import _
from console.views.window import DAY, HOUR, RANGES

POINTS = 180
"""Points that are asked for: two for each cell of a plot that is as wide as a column gets."""
_TICKS = (
    *(60.0 * minutes for minutes in (5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    DAY,
    2 * DAY,
    7 * DAY,
)
_NAMED = 8
"""Times that are named below a plot, at most."""


class Period(msgspec.Struct, frozen=True):
    """A time of one of `RANGES`, or the life of a thing; times are UTC in seconds."""

    length: float = HOUR
    until: float | None = None
    """None ends now, whenever that is."""

    def bounds(self, now: float) -> tuple[float, float]:
        """From when to when, at this moment."""
        end = now if self.until is None else min(self.until, now)
        return end - self.length, end

    def zoomed(self, steps: int, now: float) -> "Period":
        """Longer by so many steps, shorter where negative; its middle stays, or its end where that is now."""
        if self.length in RANGES:
            at = RANGES.index(self.length) + steps
        else:  # the next that is longer, or shorter
            at = sum(known < self.length for known in RANGES) + steps - (steps > 0)
        at = max(0, min(len(RANGES) - 1, at))
        length = RANGES[at]
        if self.until is None:
            return Period(length)
        return Period(length, self.until + (length - self.length) / 2).settled(now)

    def panned(self, halves: int, now: float) -> "Period":
        """Later by so many halves of its length, earlier where negative."""
        return Period(self.length, self.bounds(now)[1] + halves * self.length / 2).settled(now)

    def settled(self, now: float) -> "Period":
        """Following the present where it has reached it."""
        return self if self.until is not None and self.until < now else Period(self.length)

    @property
    def step(self) -> float:
        """Seconds of one point, if everything is kept."""
        return self.length / POINTS

    def title(self, now: float, zone: tzinfo | None = None) -> str:
        """What is shown, with the viewer's zone."""
        since, until = (_local(at, zone) for at in self.bounds(now))
        zone_name = f"{until:%Z}"
        if self.until is None and self.length == HOUR:
            return _("Last hour, times in {zone}").format(zone=zone_name)
        if self.until is None and self.length not in RANGES:
            return _("Since {start}").format(start=f"{since:%Y-%m-%d %H:%M %Z}")
        if self.until is None and self.length <= DAY:
            return _("Last {hours} hours, times in {zone}").format(hours=round(self.length / HOUR), zone=zone_name)
        if self.until is None:
            return _("Last {days} days, times in {zone}").format(days=round(self.length / DAY), zone=zone_name)
        start, end = f"{since:%Y-%m-%d %H:%M}", f"{until:%m-%d %H:%M %Z}"
        return _("{start} to {end}").format(start=start, end=end)


def times(since: float, until: float, zone: tzinfo | None = None) -> tuple[tuple[float, str], ...]:
    """Round times of the viewer's zone between two instants: their place from 0 to 1, and their names."""
    length = until - since
    if length <= 0:
        return ()
    each = next((tick for tick in _TICKS if length / tick <= _NAMED), 14 * DAY)
    return tuple(((at - since) / length, _name(at, each, zone)) for at in _round(since, until, each, zone))


def _round(since: float, until: float, each: float, zone: tzinfo | None) -> Iterator[float]:
    at = (since + _ahead(since, zone)) // each * each - _ahead(since, zone)
    while at <= until:
        # A zone may have changed its offset since the last one.
        aligned = at + (_ahead(since, zone) - _ahead(at, zone))
        if since <= aligned <= until:
            yield aligned
        at += each


def _name(at: float, each: float, zone: tzinfo | None) -> str:
    when = _local(at, zone)
    midnight = when.hour == when.minute == 0
    return f"{when:%m-%d}" if each >= DAY or (midnight and each >= HOUR) else f"{when:%H:%M}"


def _ahead(at: float, zone: tzinfo | None) -> float:
    ahead = _local(at, zone).utcoffset()
    return ahead.total_seconds() if ahead is not None else 0.0


def _local(at: float, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(zone)
