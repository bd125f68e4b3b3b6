"""Which part of the past a pane shows: how much of it, where it ends, and the moment under the cursor."""

import msgspec

from console.views.window import DAY, RANGES, Window, around, window


class Reach(msgspec.Struct, frozen=True):
    """How much of the past is shown, and where. It follows now until it is moved away from it."""

    span: float = DAY
    """Seconds; of `RANGES`."""
    last: float | None = None
    """An instant in the last slot; None is now."""
    moment: float | None = None
    """Under the cursor; None is now."""

    def window(self, room: int, now: float) -> Window:
        """The window, in so many terminal cells."""
        return window(self.span, room, now if self.last is None else min(self.last, now))

    def slot(self, shown: Window, now: float) -> int:
        """Where the cursor is in the window."""
        return max(0, min(shown.slot(now if self.moment is None else self.moment), shown.slots - 1))

    def on(self, shown: Window, slot: int, now: float) -> "Reach":
        """The cursor is on a slot; on that of now it stays with now."""
        at = None if shown.slot(now) == slot else shown.middle(slot)
        return msgspec.structs.replace(self, moment=at)

    def panned(self, shown: Window, slots: int, slot: int, now: float) -> "Reach":
        """The window is moved by slots, and the cursor with it; not beyond now."""
        last = shown.middle(shown.slots - 1) + slots * shown.step
        if last >= now:
            slots = shown.slot(now) - (shown.slots - 1)
        return Reach(self.span, None if last >= now else last).on(shown, slot + slots, now)

    def pushed(self, shown: Window, slots: int, slot: int, now: float) -> "Reach":
        """The cursor goes on beyond the edge by slots; the window follows by an eighth, so that there is room again."""
        if slot + slots > shown.slot(now):
            return self
        part = max(abs(slots), shown.slots // 8)
        moved = self.panned(shown, part if slots > 0 else -part, slot, now)
        return moved.on(shown, slot + slots, now)

    def zoomed(self, steps: int, room: int, now: float) -> "Reach":
        """A longer time, or a shorter one where negative; the moment under the cursor stays in view."""
        at = min(range(len(RANGES)), key=lambda index: abs(RANGES[index] - self.span)) + steps
        span = RANGES[max(0, min(at, len(RANGES) - 1))]
        wider = Reach(span, self.last, self.moment)
        return wider if self.moment is None and self.last is None else wider.to(self.moment or now, room, now)

    def to(self, at: float, room: int, now: float) -> "Reach":
        """The cursor is on an instant; the window moves only where it must, and has it in its middle then."""
        shown = self.window(room, now)
        if shown.holds(at):
            return msgspec.structs.replace(self, moment=at)
        newest = window(self.span, room, now)
        if newest.holds(at):
            return Reach(self.span, None, at)
        found = around(self.span, room, at, now)
        return Reach(self.span, found.middle(found.slots - 1), at)
