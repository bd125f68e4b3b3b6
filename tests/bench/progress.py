"""What the progress of trainings costs the collector: a full read of 64 KB, and a round of 50 jobs, in ms of CPU.

Run: ``python tests/bench/progress.py``
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence

from backends.jobs import Job, Jobs, JobState, Outputs
from backends.records import AnyRecord
from console.model.fleet import Fleet
from console.rules.progress.course import Course
from console.rules.progress.lines import Reader
from console.rules.progress.pattern_file import OURS, parse
from console.services.followed import BACK
from console.services.progress import ROUND, Trainings
from console.services.progress_files import Files

BAR = "\r 12%|█▏        | {step}/900000 [10:00<1:13:20,  2.00it/s, loss=0.42]"
LINE = (
    " [2024-05-01 10:00:00] iteration {step:8d}/  900000 | consumed samples: 307200 | elapsed time per iteration (ms):"
    " 500.0 | learning rate: 1.0E-04 | global batch size: 256 | lm loss: 2.1E+00 | loss scale: 1.0 |\n"
)
TARGETS = {"bar": 150.0, "line": 50.0, "round": 450.0}
"""A round each 45 s: one percent of a core."""


class Clock:
    """A clock that is set."""

    speed = 1.0
    passed = 0.0

    def wall(self) -> float:
        return 1_790_000_000.0 + self.passed

    def mono(self) -> float:
        return 1000.0 + self.passed


class Desk:
    """A scheduler each of whose jobs writes two bars a second."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    async def outputs(self, job: str) -> Outputs:
        return Outputs(("output",), (None,))

    async def follow(self, job: str, output: str, back: int, *, go_on: bool = True) -> AsyncIterator[bytes]:
        step = 5000 + int(self.clock.passed * 2)
        yield "".join(BAR.format(step=each) for each in range(step - 1000, step)).encode()[-back:]

    async def close(self) -> None:
        """Nothing is open."""


def full(reader: Reader, form: str) -> float:
    """CPU of reading 64 KB of one form, in ms."""
    text = "".join(form.format(step=step) for step in range(1, BACK // len(form.encode())))
    began = time.process_time()
    Course().after(reader.read(text)[0], 1.0, grown=None)
    return (time.process_time() - began) * 1000


async def rounds(reader: Reader, files: Files, count: int) -> Sequence[float]:
    """CPU of rounds of 50 jobs, in ms; the first reads all that there is."""
    clock, fleet, found = Clock(), Fleet(), []
    jobs = tuple(Job(str(number), state=JobState.RUNNING, gpus=8, started=1.0) for number in range(ROUND))
    fleet.apply([Jobs("slurm", 0.0, 0.0, jobs)])
    trainings = Trainings({"slurm": lambda: Desk(clock)}, clock, reader, files)  # type: ignore[dict-item, return-value]

    def take(batch: Sequence[AnyRecord]) -> None:
        fleet.apply(batch)

    for _ in range(count):
        began = time.process_time()
        await trainings.round(fleet, take)
        found.append((time.process_time() - began) * 1000)
        clock.passed += 45.0
    return found


def main() -> None:
    known = parse(OURS.read_bytes(), str(OURS))
    reader = Reader(known)
    full(reader, BAR)  # RE2 makes its states
    first, *later = asyncio.run(rounds(reader, Files(known.names), 6))
    figures = {"bar": full(reader, BAR), "line": full(reader, LINE), "round": sorted(later)[len(later) // 2]}
    print(f"64 KB of bars          {figures['bar']:6.1f} ms")
    print(f"64 KB of Megatron-LM   {figures['line']:6.1f} ms")
    print(f"a round of {ROUND} jobs     {figures['round']:6.1f} ms (90 new bars each; the first {first:.0f} ms)")
    missed = [name for name, most in TARGETS.items() if figures[name] > most]
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
