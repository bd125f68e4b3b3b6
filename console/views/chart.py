"""The picture of a timeline, made row by row when one is drawn."""

from collections.abc import Mapping, Sequence

from console.model.history import Rows
from console.views import time as view
from console.views.time import Paint
from console.views.tracks import Moment, Track
from console.views.window import Window
from widgets.timeline.models import Beside, Lane, Scale


class Chart:
    """A `widgets.timeline.models.Chart` of rows of the past. It does not change; what was made of a row is kept."""

    def __init__(
        self,
        keys: Sequence[str],
        rows: Rows,
        tracks: Mapping[str, Track],
        window: Window,
        scale: Scale,
        paint: Paint = Paint.OWNER,
        kept_since: float | None = None,
        reading: bool = True,
    ) -> None:
        """Make one.

        Args:
            keys: the rows in their order.
            rows: what they are.
            tracks: what was answered of them; a row without is one that is still asked for.
            window: what is in view.
            scale: the axis, of that window.
            paint: what the colours say.
            kept_since: before it nothing is unknown, but not kept.
            reading: rows that are not there yet are still to come; else it is said elsewhere why they are not.
        """
        self.keys = keys
        self.scale = scale
        self.window = window
        self.rows = rows
        self._tracks = dict(tracks)
        self._paint = paint
        self._reading = reading
        self._blank = 0 if kept_since is None else max(0, min(window.slot(kept_since), window.slots))
        self._moments: dict[str, tuple[Moment | None, ...]] = {}
        self._lanes: dict[int, Lane] = {}
        self._codes: dict[int, int] = {}
        self.top = self._most()
        """Of users and projects: how many cards the highest bar stands for."""

    def _most(self) -> float:
        if self.rows in view.PLACES:
            return 1.0
        held = (moment.cards or 0.0 for track in self._tracks.values() for moment in track.moments)
        return max(1.0, max(held, default=1.0))

    def moments(self, key: str) -> tuple[Moment | None, ...]:
        """What a row was in each slot."""
        found = self._moments.get(key)
        if found is None:
            track = self._tracks.get(key)
            none = (None,) * self.window.slots
            over = none if track is None else track.over(self.window)
            found = self._moments[key] = none[: self._blank] + over[self._blank :]
        return found

    def moment(self, key: str, slot: int) -> Moment | None:
        """What a row was in one slot."""
        moments = self.moments(key)
        return moments[slot] if 0 <= slot < len(moments) else None

    def track(self, key: str) -> Track | None:
        """What was answered of a row."""
        return self._tracks.get(key)

    def lane(self, index: int) -> Lane:
        """One row."""
        found = self._lanes.get(index)
        if found is None:
            key = self.keys[index]
            before = self.keys[index - 1] if index else None
            found = view.lane(
                key, self.rows, self.moments(key), self.window, self._paint, self.top, before, self._codes
            )
            self._lanes[index] = found
        return found

    def beside(self, index: int, slot: int) -> Beside:
        """Who held a row while the cursor is on a slot, and its idle hours."""
        key = self.keys[index]
        track = self._tracks.get(key)
        if track is None and self._reading:
            return view.reading()
        return view.beside(track, self.moment(key, slot), self.rows, self.scale.beside)

    def heading(self, slot: int) -> Beside:
        """What stands above that."""
        return view.heading(self.window, slot, self.rows, self.scale.beside)
