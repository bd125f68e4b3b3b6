"""One job whose output is read again and again: where it was read up to, its course, and when to look next."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from backends.jobs import Job, Progress
from backends.ports import Access, Unavailable
from console.rules.progress.course import Course
from console.rules.progress.lines import Reader
from console.rules.progress.reading import Carried, Reading
from console.rules.progress.tail import Tail, fresh
from console.services.progress_files import End, Files

BACK = 1 << 16
"""Bytes of an output that a look reads: some 800 lines."""
OUTPUTS = 3
"""Outputs of one job that are read: of a job with a hundred pods the first ones."""
FOLDER_EVERY = 300.0
"""Seconds between two walks through the folder of a job whose output says how far it is: for its checkpoints."""
PAUSES = (60.0, 1800.0)
"""Seconds before a job is read again whose outputs cannot be read: the first pause and the longest."""
SILENT = (30.0, 600.0)
"""Seconds before one is read again that told nothing so far: more for each look, and the most. Many are no training."""
USUAL = ("output", "errors")
"""What is tried where the scheduler does not say what there is."""


class Followed:
    """A job that is followed."""

    def __init__(self, reader: Reader, files: Files) -> None:
        """Make one.

        Args:
            reader: reads texts.
            files: looks at folders.
        """
        self._reader = reader
        self._files = files
        self._course = Course()
        self._started: float | None = None
        self._outputs: Sequence[str] = ()
        self._folder: Path | None = None
        self._paths: dict[str, str | None] = {}
        self._asked = False
        """Whether the scheduler was asked what it writes."""
        self._tails: dict[str, Tail] = {}
        self._carried: dict[str, Carried | None] = {}
        self._walk_due = 0.0
        self._pause = PAUSES[0]
        self._silent = 0
        self._rested = False
        self.read: float | None = None
        """Monotonic time of the last look; None before the first."""
        self.due = 0.0
        """Monotonic time before which it is left alone."""

    def progress(self, job: str) -> Progress | None:
        """What is known of it; None where nothing that it writes tells of a training."""
        return self._course.progress(job)

    @property
    def folder(self) -> Path | None:
        """Where it works, as far as that is known."""
        return self._folder

    def rest(self) -> None:
        """Take notice that it does not run: that it was silent meanwhile means nothing."""
        self._rested = True

    def failed(self, mono: float) -> None:
        """Have it left alone for a while, longer each time."""
        self.read = mono
        self.due = mono + self._pause
        self._pause = min(self._pause * 2, PAUSES[1])

    async def look(self, access: Access, job: Job, at: float, mono: float, *, alone: bool = True) -> None:
        """Read what is new; where nothing can be read it is left alone for a while.

        Args:
            access: the way to its scheduler.
            job: as it is listed now.
            at: UTC.
            mono: monotonic time.
            alone: whether no other job works in its folder; else nobody knows whose the files there are.
        """
        again = self._started is not None and job.started != self._started
        if not self._outputs or again or (not self._asked and self._course.last is None and self.read is not None):
            await self._acquaint(access, job)
        errors = await self._texts(access, job, at, again)
        seen = await self._walk(job, at, mono) if alone and mono >= self._walk_due else False
        if len(errors) == len(self._outputs) and not seen:
            self._outputs = ()  # a pod may have another name by then
            self.failed(mono)
            return
        self._rested = False
        self.read, self._pause = mono, PAUSES[0]
        self._silent = 0 if self._course.last is not None else self._silent + 1
        self.due = mono + min(self._silent * SILENT[0], SILENT[1])

    async def _acquaint(self, access: Access, job: Job) -> None:
        """Find out what it writes, and where; that is asked where the listing does not say, or what it says is silent.

        The scripts and environments of people are none of the collector's business, and are not read for it.
        """
        outputs: Sequence[str] = USUAL
        folder: str | None = None
        self._paths = {"output": job.output, "errors": job.errors}
        self._asked = job.output is None or self.read is not None
        if self._asked:
            with contextlib.suppress(Unavailable):
                told = await access.outputs(job.id)
                outputs, folder = told.names, told.folder
                paths = zip(told.names, told.paths, strict=False)
                self._paths.update({name: path for name, path in paths if path is not None})
        if self._paths["errors"] is not None and self._paths["errors"] == self._paths["output"]:
            outputs = tuple(name for name in outputs if name != "errors")
        self._outputs = [name for name in outputs if not name.endswith("/previous")][:OUTPUTS]
        if folder is None and self._paths["output"] is not None:
            folder = str(Path(self._paths["output"]).parent)
        self._folder = Path(folder) if folder is not None and folder.startswith("/") and "\0" not in folder else None
        self._started = job.started

    async def _texts(self, access: Access, job: Job, at: float, again: bool) -> list[str]:
        """Read its outputs in their order, that first which told of the training; the others where it does not grow.

        Returns:
            Those that cannot be read.
        """
        first = self._course.origin
        errors: list[str] = []
        for name in sorted(self._outputs, key=lambda name: name != first):
            try:
                if await self._text(access, job, name, at, again) and self._course.last is not None:
                    break
            except Unavailable:
                errors.append(name)
        return errors

    async def _text(self, access: Access, job: Job, name: str, at: float, again: bool) -> bool:
        """Read one output; whether it has grown."""
        end = await self._here(job, name)
        data = await _followed(access, job.id, name) if end is None else end.data
        begun = name in self._tails
        new = fresh(self._tails.get(name, Tail()), data, BACK)
        self._tails[name] = new.tail
        grown = at if self._rested or (begun and new.grown) else None
        if end is not None and not self._rested:
            grown = end.at
        whole = new.whole or again

        def take() -> tuple[Course, Carried | None]:
            readings, carried = self._reader.read(new.text, self._carried.get(name))
            return self._course.after(readings, at, grown=grown, whole=whole, origin=name), carried

        self._course, self._carried[name] = await asyncio.to_thread(take)  # 40 ms for 64 KB of bars
        return new.grown

    async def _here(self, job: Job, name: str) -> End | None:
        """The end of an output that this machine sees itself: that costs the scheduler nothing."""
        path = self._paths.get(name)
        if path is None or not path.startswith("/") or "\0" in path or job.started is None:
            return None
        return await self._files.end(Path(path), BACK, job.started, job.uid)

    async def _walk(self, job: Job, at: float, mono: float) -> bool:
        """Look for metrics and checkpoints in its folder; whether there are any."""
        self._walk_due = mono + (FOLDER_EVERY if self._course.origin in self._outputs else 0.0)
        if self._folder is None or self._folder in (Path("/"), Path.home()):
            return False
        seen = await self._files.look(self._folder, job.started or at, job.uid)
        if seen is None:
            return False
        readings = list(seen.readings) if self._needs_files() else []
        new = _newer(readings, self._course.last)
        if seen.saved is not None:
            new.append(Reading("files", saved=True, at=seen.saved))
        if not new and seen.written is None:
            return False
        self._course = self._course.after(new, at, grown=seen.written if readings else None, origin=seen.origin)
        return bool(readings)

    def _needs_files(self) -> bool:
        """Whether its outputs do not say how far it is."""
        return self._course.last is None or self._course.origin not in self._outputs


async def _followed(access: Access, job: str, name: str) -> bytes:
    data = bytearray()
    chunks = access.follow(job, name, BACK, go_on=False)
    try:
        async for chunk in chunks:
            data += chunk
            if len(data) >= 2 * BACK:  # it grows faster than it is read
                break
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
    return bytes(data[-BACK:])


def _newer(readings: Sequence[Reading], last: Reading | None) -> list[Reading]:
    """Those behind the one that was the last when the file was read before; all, where it is not among them."""
    if last is not None:
        mark = (last.kind, last.step, last.epoch, last.at)  # not its loss: nan is not equal to nan
        for number in range(len(readings) - 1, -1, -1):
            each = readings[number]
            if (each.kind, each.step, each.epoch, each.at) == mark:
                return list(readings[number + 1 :])
    return list(readings)
