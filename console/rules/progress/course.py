"""The course of one training over all that was read of it: its speed, its end, and whether it hangs or began again."""

import itertools
import math
import statistics
from collections.abc import Sequence

import msgspec

from backends.jobs import Progress
from console.rules.progress.losses import KEPT, diverging
from console.rules.progress.numbers import finite
from console.rules.progress.reading import Reading
from console.rules.progress.strands import Kind, main, of_loss

SPAN = 600.0
"""Seconds over which speed is measured."""
AT_LEAST = 20.0
"""Seconds between two places from which a speed is made."""
FEWEST = 4
"""Places that are kept, however old: some training writes once in an hour."""
MOST = 128
"""Places that are kept."""
SILENT = 600.0
"""Seconds without a sign of life before which nothing is called hung."""
STEPS_SILENT = 20.0
"""Steps of the usual length, likewise."""
LINES_SILENT = 3.0
"""Lines of the usual distance, likewise: who writes every 500 steps is silent for as long."""
STEADY = 3600.0
"""Seconds for which nothing shorter takes the place of a training that stands still: an evaluation may take so long."""
ENDED = 0.95
"""Of its goal: a bar that falls back from there has begun its next epoch, and was not started again."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a training was, and when that was seen."""

    at: float
    place: float


class Course(msgspec.Struct, frozen=True):
    """All that is remembered of one training."""

    kind: Kind | None = None
    at: float | None = None
    """UTC of the last sign of life; None before the first look."""
    looked: float | None = None
    """UTC of the last look that found the output readable."""
    last: Reading | None = None
    """The last that counted the training."""
    epoch: float | None = None
    epochs: float | None = None
    places: tuple[Place, ...] = ()
    said: float | None = None
    """Steps a second that the training itself says."""
    stride: float | None = None
    """Steps from line to line."""
    losses: tuple[float, ...] = ()
    peak: float | None = None
    """The farthest place before it fell back; None once it is past it."""
    loops: bool = False
    """Whether its bar begins anew for each epoch, so that its goal is none."""
    saved: float | None = None
    saved_place: float | None = None
    """Where it was at its last checkpoint, while nobody knows when that was."""
    origin: str | None = None

    @property
    def speed(self) -> float | None:
        """Places a second over the last minutes, else as the training itself says; None where nobody knows."""
        if len(self.places) > 1:
            first, last = self.places[0], self.places[-1]
            if last.at - first.at >= AT_LEAST and last.place > first.place:
                return finite((last.place - first.place) / (last.at - first.at))
        return self.said

    def hung(self) -> bool:
        """Whether the last look found it without a sign of life for too long."""
        if self.at is None or self.looked is None or self.last is None:
            return False
        return self.looked - self.at > self.patience

    @property
    def patience(self) -> float:
        """Seconds for which it may be silent."""
        speed = self.speed
        each = 1 / speed if speed else 0.0
        return max(SILENT, STEPS_SILENT * each, LINES_SILENT * each * (self.stride or 0.0))

    def progress(self, job: str) -> Progress | None:
        """Say it as a record; None where nothing that was read tells of a training."""
        last = self.last
        if self.at is None or (last is None and not self.losses):
            return None
        hung = self.hung()
        flags = (("hung", hung), ("diverging", diverging(self.losses)), ("rerun", self.peak is not None))
        return Progress(
            job,
            self.at,
            step=None if last is None else last.step,
            steps=None if last is None or self.loops else last.steps,
            epoch=self.epoch,
            epochs=self.epochs,
            loss=self.losses[-1] if self.losses and math.isfinite(self.losses[-1]) else None,
            speed=self.speed if last is not None and last.step is not None else None,
            ends=None if hung else self._ends(),
            saved=self._saved(),
            flags=tuple(name for name, so in flags if so),
            origin=self.origin,
        )

    def after(
        self,
        readings: Sequence[Reading],
        at: float,
        *,
        grown: float | None,
        whole: bool = True,
        origin: str | None = None,
    ) -> "Course":
        """Return the course after a look.

        Args:
            readings: what is new since the last look, in its order.
            at: UTC of this look.
            whole: whether everything since the last look is there; False where a part of it was missed.
            grown: UTC at which the output grew last, as far as is known; None where it did not since the last look.
            origin: what was read.
        """
        kind = main(readings, self.last if self._goes_on(at) else None) or self.kind
        own = [reading for reading in readings if reading.kind == kind]
        course = self if kind == self.kind else self._anew(kind)
        course = msgspec.structs.replace(course, stride=_stride(own) or course.stride)
        timely = self.looked is not None and whole
        joined = timely
        for reading in readings:
            course = course._saw(reading, at, timely, joined)
            joined = joined or (reading.kind == kind and reading.place is not None)
        losses = [reading.loss for reading in of_loss(readings, kind) if reading.loss is not None]
        signs = [sign for sign in (course.at, grown) if sign is not None]
        return msgspec.structs.replace(
            course,
            at=min(max(signs), at) if signs else at,
            looked=at,
            places=_lately(course.places),
            losses=(*course.losses, *losses)[-KEPT:],
            origin=origin if own and origin is not None else course.origin,
        )

    def _anew(self, kind: Kind | None) -> "Course":
        """The same training, counted otherwise."""
        return msgspec.structs.replace(self, kind=kind, last=None, places=(), said=None, stride=None, loops=False)

    def _goes_on(self, at: float) -> bool:
        """Whether what was counted so far is not done, and was seen lately."""
        seen = self.places[-1].at if self.places else at
        return self.last is not None and not self.last.done and at - seen < max(STEADY, self.patience)

    def _saw(self, reading: Reading, at: float, timely: bool, joined: bool) -> "Course":
        """Take a reading in.

        Args:
            reading: the next.
            at: UTC of the look.
            timely: whether it was written since the last look.
            joined: whether nothing is missing between the last of its kind and this one.
        """
        if reading.saved:
            when = reading.at or (at if timely else None)
            place = self.last.place if self.last is not None and when is None else None
            saved = max(filter(None, (when, self.saved)), default=None)
            return msgspec.structs.replace(self, saved=saved, saved_place=place)
        epoch = self.epoch if reading.epoch is None else reading.epoch
        epochs = self.epochs if reading.epochs is None else reading.epochs
        course = msgspec.structs.replace(self, epoch=epoch, epochs=epochs)
        if reading.kind != self.kind or reading.place is None:
            return course
        course = course._moved(reading, joined)
        seen = Place(reading.at or at, reading.place)
        places = course.places
        if not places or seen.place > places[-1].place:
            same = bool(places) and places[-1].at >= seen.at
            places = (*places[:-1], msgspec.structs.replace(places[-1], place=seen.place)) if same else (*places, seen)
        return msgspec.structs.replace(course, last=reading, places=places, said=reading.speed or course.said)

    def _moved(self, reading: Reading, joined: bool) -> "Course":
        """Take notice of a place that lies before the last one, or past where it was before it fell back."""
        place, last = reading.place, self.last
        if place is None or last is None or last.place is None:
            return self
        if self.peak is not None and place > self.peak:
            return msgspec.structs.replace(self, peak=None)
        if place >= last.place - 2 * (self.stride or 1.0) and not (place == 0 and last.place > 0):
            return self
        if reading.bar and not joined:
            return msgspec.structs.replace(self, places=())  # nobody saw whether it had come to its end
        if reading.bar and (self.loops or last.place >= ENDED * (last.goal or math.inf)):
            return msgspec.structs.replace(self, loops=True, places=(), peak=None)
        peak = last.place if self.peak is None else max(self.peak, last.place)
        return msgspec.structs.replace(self, peak=peak, places=(), losses=())

    def _ends(self) -> float | None:
        last, speed = self.last, self.speed
        if last is None or last.place is None or last.goal is None or self.loops or not self.places:
            return None
        left = last.goal - last.place
        since = self.places[-1].at
        if left <= 0:
            return since
        return finite(since + left / speed) if speed else None

    def _saved(self) -> float | None:
        """UTC of the last checkpoint; where only its place is known, by the speed since then."""
        if self.saved_place is None or self.last is None or self.last.place is None or not self.places:
            return self.saved
        speed = self.speed
        return self.places[-1].at - max(self.last.place - self.saved_place, 0.0) / speed if speed else self.saved


def _lately(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """The places of the last `SPAN` seconds before the newest, and `FEWEST` at least."""
    recent = [place for place in places if place.at >= places[-1].at - SPAN]
    kept = places[-max(len(recent), FEWEST) :]
    return kept if len(kept) <= MOST else (kept[0], *kept[-MOST + 1 :])


def _stride(readings: Sequence[Reading]) -> float | None:
    places = [reading.place for reading in readings if reading.place is not None]
    steps = [later - earlier for earlier, later in itertools.pairwise(places) if later > earlier]
    return statistics.median(steps) if steps else None
