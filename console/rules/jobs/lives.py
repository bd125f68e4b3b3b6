"""What each running job makes of its cards over its life and over the last hour: sums, from one look to the next.

A look counts for the time since the one before it, as `console.rules.usage` does. 2,000 jobs on 4,096 cards take some
3 ms, so it is done every ten seconds and not with every sample.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from backends.jobs import HOLDING, Job, JobState, JobUse
from backends.records import CardState
from console.model.fleet import Listing, Node
from console.model.intervals import SECONDS_BRIDGED
from console.rules.jobs import join, use
from console.rules.jobs.join import Moment, Part
from console.rules.jobs.names import Book, Names

SLOT = 300
"""Seconds of the sums that make the last hour."""
HOUR = 3600
SAME_START = 60.0
"""Seconds by which the start of one run may differ from one listing to another: schedulers correct it."""
ENDED = 5_000
"""Jobs that have ended and are remembered; the file has them all."""
TOLD = 1_000
"""Of these, so many are told to the lab while their scheduler lists them, the last ones."""

Key = tuple[str, str]
"""A source, and the id of a job of it."""


class Life(msgspec.Struct, gc=False):
    """What one run of a job made of its cards so far. The only mutable thing here: thousands are added to at a time."""

    source: str
    job: str
    started: float
    """UTC; which run it is."""
    seen: float
    """UTC until which it was counted."""
    cards: int = 0
    measured: float = 0.0
    """Seconds for which one of its cards was measured at least."""
    known: float = 0.0
    """The same for each card, summed up."""
    work: float = 0.0
    """Percent times seconds of its cards."""
    memory: int | None = None
    idle_since: float | None = None
    hour: list[tuple[int, float, float]] = []
    """The last hour: when each five minutes began, with `known` and `work` of them."""
    busy: int | None = None
    processes: int | None = None
    empty: int | None = None
    written: float | None = None
    """Monotonic time at which it was last written down; None where it was not since it began or ended."""

    def count(self, at: float, longest: float, utils: Sequence[float]) -> None:
        """Count the time until now as its measured cards are now; time of which nobody saw enough is left out."""
        seconds, measured = at - self.seen, len(utils)
        self.seen = at
        if not measured:
            self.busy = None
            return
        busy = 0
        work = 0.0
        for util in utils:
            work += util
            busy += util >= use.BUSY
        self.busy = busy
        bridged = 0.0 < seconds <= longest
        if busy:
            self.idle_since = None
        elif self.idle_since is None or not bridged:
            self.idle_since = at
        if not bridged:
            return
        known, work = measured * seconds, work * seconds
        self.measured += seconds
        self.known += known
        self.work += work
        self._remember(int(at // SLOT) * SLOT, known, work)

    def _remember(self, slot: int, known: float, work: float) -> None:
        hour = self.hour
        if hour and hour[-1][0] == slot:
            _slot, before, done = hour[-1]
            hour[-1] = (slot, before + known, done + work)
            return
        hour.append((slot, known, work))
        if len(hour) > 1:
            self.hour = [one for one in hour if one[0] > slot - HOUR]

    def follow(self, other: "Life", longest: float) -> None:
        """Go on where another one of the same run was left; one that idles has idled if it was seen just before."""
        if self.idle_since is not None and other.idle_since is not None and self.idle_since - other.seen <= longest:
            self.idle_since = other.idle_since
        self.measured += other.measured
        self.known += other.known
        self.work += other.work
        self.hour = [*(one for one in other.hour if not self.hour or one[0] < self.hour[0][0]), *self.hour]
        if other.memory is not None:
            self.memory = max(self.memory or 0, other.memory)

    def tell(self, at: float) -> JobUse:
        """Say it as a record."""
        last = [(known, work) for slot, known, work in self.hour if slot > at - HOUR]
        known = sum(one for one, _work in last)
        return JobUse(
            self.job,
            self.cards,
            self.busy,
            self.work / self.known if self.known else None,
            sum(work for _one, work in last) / known if known else None,
            self.memory,
            self.idle_since,
            self.measured,
            self.processes,
            self.empty,
        )


class _Watched(msgspec.Struct, gc=False):
    """A running job, with where its cards are."""

    job: Job
    life: Life
    parts: tuple[Part, ...]


class Lives:
    """The lives of all running jobs, and of those that ended lately."""

    def __init__(self, speed: float = 1.0) -> None:
        """Make it for a lab whose clock runs so fast."""
        self._longest = 2 * SECONDS_BRIDGED * speed
        self._book = Book()
        self._names = Names(())
        self._listed: dict[str, Mapping[str, Job]] = {}
        self._running: dict[Key, _Watched] = {}
        self.ended: dict[Key, Life] = {}
        """Those that ended lately, or were not listed since; the last one at the end."""

    @property
    def running(self) -> Iterable[Life]:
        """Those of jobs that run."""
        return [watched.life for watched in self._running.values()]

    def remember(self, known: Iterable[Life]) -> None:
        """Take in what an earlier collector knew, what it saw last at the end; it may come after the first looks."""
        for life in known:
            key = (life.source, life.job)
            watched = self._running.get(key)
            if watched is None:
                self.ended.setdefault(key, life)
            elif not _another(life, watched.job):
                watched.life.follow(life, self._longest)

    def look(self, nodes: Mapping[str, Node], listings: Mapping[str, Listing], at: float, mono: float) -> None:
        """Count what every running job makes of its cards.

        Args:
            nodes: of the lab, by name.
            listings: what each scheduler lists.
            at: now, UTC.
            mono: now, on the monotonic clock.
        """
        self._list(nodes, listings, at)
        moment = Moment(nodes, mono)
        every = {name: moment.gpus(name) for name in nodes}
        longest, ok = self._longest, CardState.OK
        for watched in self._running.values():
            utils: list[float] = []
            cards = 0
            for part in watched.parts:
                slots = part.slots
                if slots is None:
                    slots = join.slots(watched.job, part, moment) or ()
                cards += len(slots)
                gpus = every.get(part.node) or ()
                most = len(gpus)
                utils += [
                    gpu.util
                    for slot in slots
                    if slot < most and (gpu := gpus[slot]).state is ok and gpu.util is not None
                ]
            if cards:  # of pods nobody says which cards; what was last seen stands while no process tells
                watched.life.cards = cards
            watched.life.count(at, longest, utils)

    def inspect(self, nodes: Mapping[str, Node], mono: float) -> None:
        """See the processes of every running job, and what they hold; dearer than a look, and wanted less often."""
        moment = Moment(nodes, mono)
        for watched in self._running.values():
            life = watched.life
            now = use.now(watched.job, watched.parts, moment)
            if now is None:
                life.processes = life.empty = None
                continue
            life.processes, life.empty = now.processes, now.empty
            if now.memory is not None and now.memory > (life.memory or 0):
                life.memory = now.memory

    def tell(self, at: float) -> dict[str, list[JobUse]]:
        """What is known of the jobs of each scheduler: of those that run, and of the last that ended."""
        found: dict[str, list[JobUse]] = {source: [] for source in self._listed}
        left = TOLD
        for (source, job), life in reversed(self.ended.items()):
            if left and job in self._listed.get(source, {}):
                found[source].append(life.tell(at))
                left -= 1
        for (source, _job), watched in self._running.items():
            found[source].append(watched.life.tell(at))
        return found

    def _list(self, nodes: Mapping[str, Node], listings: Mapping[str, Listing], at: float) -> None:
        """Take in who runs now; a listing that is the one of the last look says nothing new."""
        names = self._book.of(nodes.values())
        same, self._names = names is self._names, names
        for source, listing in listings.items():
            if not same or self._listed.get(source) is not listing.by_id:
                self._listed[source] = listing.by_id
                self._take(source, listing.by_id, at, anew=not same)

    def _take(self, source: str, jobs: Mapping[str, Job], at: float, anew: bool) -> None:
        running, others = JobState.RUNNING, tuple(HOLDING - {JobState.RUNNING})
        names = self._names
        here = set()
        for number, job in jobs.items():
            if (job.state is running or job.state in others) and job.held:
                key = (source, number)
                here.add(key)
                watched = self._running.get(key)
                if watched is None:
                    life = self._begin(source, job, at)
                    self._running[key] = _Watched(job, life, join.parts(job, names))
                elif watched.job is not job or anew:
                    watched.job, watched.parts = job, join.parts(job, names)
                    if _another(watched.life, job):
                        watched.life = _born(source, job, at)
        for key in [key for key in self._running if key[0] == source and key not in here]:
            life = self._running.pop(key).life
            life.busy = life.processes = life.empty = life.idle_since = life.written = None
            self.ended.pop(key, None)
            self.ended[key] = life
        while len(self.ended) > ENDED:
            del self.ended[next(iter(self.ended))]

    def _begin(self, source: str, job: Job, at: float) -> Life:
        life = self.ended.pop((source, job.id), None)
        return _born(source, job, at) if life is None or _another(life, job) else life


def _born(source: str, job: Job, at: float) -> Life:
    return Life(source, job.id, at if job.started is None else job.started, at)


def _another(life: Life, job: Job) -> bool:
    """Whether a job was started anew since."""
    return job.started is not None and abs(job.started - life.started) > SAME_START
