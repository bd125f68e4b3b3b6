"""One look at the controller: jobs, nodes, partitions and reservations, with the cards that each job holds."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from backends.jobs import Capacity, Job, Queue, Reservation
from backends.slurm.cards import Allocations
from backends.slurm.listing import Reader
from backends.slurm.nodes import NodeReader
from backends.slurm.partitions import queues_of, reservations_of
from backends.slurm.rows import FIELDS
from backends.slurm.squeue import listed
from backends.slurm.tools import Tools
from backends.slurm.words import Unanswered

PLACES = 60.0
"""Seconds between looks at partitions and reservations, which people change by hand."""
LARGE = 200_000
"""Characters of an answer from which on it is read on a thread: some 10 ms of work."""

_Found = TypeVar("_Found")


class Seen(msgspec.Struct, frozen=True):
    """What one look has found."""

    jobs: tuple[Job, ...]
    capacities: tuple[Capacity, ...]
    queues: tuple[Queue, ...]
    reservations: tuple[Reservation, ...]


class Look:
    """Looks at one controller again and again, and remembers what need not be asked each time."""

    def __init__(self, tools: Tools, mono: Callable[[], float]) -> None:
        self._tools = tools
        self._mono = mono
        self._fields: tuple[str, ...] = FIELDS
        self._reader = Reader()
        self._nodes = NodeReader()
        self._cards = Allocations()
        self._queues: tuple[Queue, ...] = ()
        self._reservations: tuple[Reservation, ...] = ()
        self._places_at: float | None = None
        self._listed: tuple[Job, ...] = ()
        self._capacities: tuple[Capacity, ...] = ()

    def forget(self) -> None:
        """Find out anew which version it is, and what partitions there are: it may be another that comes back."""
        self._tools.forget()
        self._places_at = None

    async def take(self) -> Seen:
        """Look once.

        Raises:
            Unanswered: the controller does not answer.
        """
        version = await self._tools.version()
        if version != self._reader.version:
            self._fields = FIELDS
            self._reader = Reader(FIELDS, version)
        self._listed = await self._jobs()
        nodes = await self._tools.ask("scontrol", "-a", "-d", "-o", "show", "nodes")
        self._capacities = await _read(nodes.output, self._nodes.read)
        if self._places_at is None or self._mono() - self._places_at >= PLACES:
            await self._places()
            self._places_at = self._mono()
        return self._seen()

    async def learn(self) -> Seen:
        """Ask for the cards of jobs that have started; returns what was seen with what is known now."""
        wanted = self._cards.wanted(self._listed, self._mono())
        try:
            if wanted is None:
                said = await self._tools.ask("scontrol", "-a", "-d", "-o", "show", "jobs")
                await _read(said.output, lambda output: self._cards.learn_all(self._listed, output))
            for job in wanted or ():
                one = await self._tools.run("scontrol", "-d", "show", "job", job.number or job.id)
                if one.status == 0:  # else it has ended meanwhile
                    self._cards.learn(job, one.output)
        except Unanswered:  # the next look says why, if it lasts
            return self._seen()
        return self._seen()

    async def _jobs(self) -> tuple[Job, ...]:
        """List all jobs that the controller knows, those that have just ended among them."""
        found = await listed(self._tools, self._fields)
        if found.said.status != 0:
            raise Unanswered(self._tools.trouble("squeue", found.said))
        if found.fields != self._fields:
            self._fields = found.fields
            self._reader = Reader(self._fields, self._reader.version)
        return await _read(found.said.output, lambda _: self._reader.read(found.rows()))

    async def _places(self) -> None:
        partitions = await self._tools.ask("scontrol", "-a", "-o", "show", "partitions")
        self._queues = queues_of(partitions.output)
        reservations = await self._tools.run("scontrol", "-a", "-o", "show", "reservations")
        if reservations.status == 0:  # that they may not be read is no reason to lose the rest
            self._reservations = reservations_of(reservations.output)

    def _seen(self) -> Seen:
        jobs = self._cards.joined(self._listed, self._capacities)
        return Seen(jobs, self._capacities, self._queues, self._reservations)


async def _read(output: str, read: Callable[[str], _Found]) -> _Found:
    return read(output) if len(output) < LARGE else await asyncio.to_thread(read, output)


def changed(before: Sequence[Job], now: Sequence[Job]) -> tuple[Job, ...]:
    """The jobs of a listing that are not as they were; both list the same."""
    return tuple(new for old, new in zip(before, now, strict=True) if new is not old and new != old)
