"""What a list of 10,000 jobs costs on the screen: ``python tests/bench/jobs_table.py [jobs]``.

The pane `jobs` in the whole console at 140x50, on a lab whose time stands still. Prints milliseconds of process time
until idle (the best of seven) and the longest time for which the event loop was not given back (the median of seven).
To hold: sort 25, filter 15, 1 % of the jobs changed 10, no gap above 30 ms.
"""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import msgspec

from backends.jobs import Asked, Held, Job, Jobs, JobState, JobUse, JobUses
from backends.records import AnyRecord
from console.garbage import seldom
from console.panes.jobs import Jobs as Pane
from console.screens.main import Main
from console.services.turns import Turns

sys.path.insert(0, str(Path(__file__).parents[1] / "snapshots"))
import stage

WALL = stage.OPENED + 58
STATES = (JobState.RUNNING, JobState.PENDING, JobState.PENDING, JobState.COMPLETED, JobState.FAILED)
REASONS = ("Priority", "Resources", "Dependency", "QOSMaxGRESPerUser")


def job(number: int, chance: random.Random) -> Job:
    """One job as a scheduler lists it; every fifth belongs to an array of ten tasks."""
    state = STATES[0] if number < 3000 else chance.choice(STATES[1:3] if number < 8000 else STATES[3:])
    running, over = state is JobState.RUNNING, state in (JobState.COMPLETED, JobState.FAILED)
    node = f"gpu-{chance.randrange(1, 31):02}"
    cards = chance.choice([1, 1, 2, 4, 8])
    array = str(500_000 + number // 50) if number % 5 == 0 and running else None
    return Job(
        f"{array}_{number}" if array else str(100_000 + number),
        f"train-{chance.randrange(500)}",
        f"user{chance.randrange(60)}",
        f"lab{chance.randrange(9)}",
        chance.choice(["a100", "h100", "l40s"]),
        state,
        chance.choice(REASONS) if state is JobState.PENDING else None,
        cards,
        (Held(node, tuple(range(cards))),) if running else (),
        WALL - 90_000,
        WALL - chance.randrange(80_000) if running or over else None,
        WALL - chance.randrange(7000) if over else None,
        86_400.0,
        float(chance.randrange(10_000)),
        array=array,
        nodes=(node,) if running or over else (),
        asked=Asked(nodes=1, cpus=8 * cards, gpus_per_node=cards),
        qos="normal",
    )


def records(count: int) -> list[AnyRecord]:
    """A listing and the use of what runs."""
    chance = random.Random(7)
    jobs = tuple(job(number, chance) for number in range(count))
    uses = tuple(
        JobUse(each.id, each.gpus or 0, each.gpus, chance.random() * 100, chance.random() * 100, 40 << 30)
        for each in jobs
        if each.state is JobState.RUNNING
    )
    return [Jobs("slurm", WALL, 1058.0, jobs, interval=30.0), JobUses("slurm", WALL, 1058.0, uses)]


class Gaps:
    """How long the loop was kept: a task that wants its turn every millisecond."""

    def __init__(self) -> None:
        self.most = 0.0
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            self.most = max(self.most, time.perf_counter() - began - 0.001)

    def close(self) -> float:
        """The longest, in milliseconds."""
        self._task.cancel()
        return self.most * 1000


async def spent(act: Callable[[], Awaitable[None]]) -> float:
    """Process time of an act, in milliseconds."""
    began = time.process_time()
    await act()
    return (time.process_time() - began) * 1000


async def kept(act: Callable[[], Awaitable[None]]) -> float:
    """The longest that an act kept the loop, in milliseconds."""
    gaps = Gaps()
    await asyncio.sleep(0.01)
    gaps.most = 0.0
    await act()
    await asyncio.sleep(0.005)
    return gaps.close()


async def measured(count: int) -> dict[str, tuple[float, float]]:
    """Every act."""
    app = stage.console([*await stage.lab(stage.Shape(nodes=30, gpus=8, seed=7)), *records(count)])
    found: dict[str, tuple[float, float]] = {}
    async with app.run_test(size=(140, 50)) as pilot:
        main: Main = app._main
        main.command("jobs all")
        await pilot.pause(2.0)
        seldom()
        pane = main.pane
        assert isinstance(pane, Pane)
        chance = random.Random(3)

        async def drawn() -> None:
            await pane.look_between(Turns())
            await pilot.pause()

        async def several(name: str, change: Callable[[], None]) -> None:
            times, gaps = [], []
            for _ in range(7):
                change()
                times.append(await spent(drawn))
                change()
                gaps.append(await kept(drawn))
            found[name] = min(times), median(gaps)

        async def by(name: str, *keys: str) -> None:
            def change() -> None:
                pane.arrangement.sorting = msgspec.structs.replace(
                    pane.arrangement.sorting, key=chance.choice(keys), reverse=not pane.arrangement.sorting.reverse
                )

            await several(name, change)

        listing = main.scene.fleet.jobs["slurm"]

        def one_percent() -> None:
            jobs = list(main.scene.fleet.jobs["slurm"].by_id.values())
            some = [
                msgspec.structs.replace(each, priority=(each.priority or 0) + 1)
                for each in chance.sample(jobs, len(jobs) // 100)
            ]
            main.scene.fleet.apply([Jobs("slurm", WALL, 1058.0, tuple(some), whole=False, interval=30.0)])

        await several("nothing changed", lambda: None)
        await several("1 % changed, judged and drawn", one_percent)

        def judged() -> None:
            one_percent()
            assert main.scene.jobs

        await several("1 % changed, drawn", judged)
        await by("sort by user", "user")
        await by("sort by efficiency", "eff")
        await by("sort by elapsed", "elapsed")
        pane.arrangement.sorting = msgspec.structs.replace(pane.arrangement.sorting, key=None, reverse=False)
        for expression in ("user=user7", "eff<50 & gpus>=4", "train-77"):
            main.narrow("jobs", expression)
            await pilot.pause(0.2)
            await several(f"filter {expression}", lambda: None)
        assert listing.by_id
    return found


def main(count: int) -> None:
    """Measure and print."""
    print(f"{count} jobs at 140x50; CPU ms until idle, longest gap ms")
    for act, (cost, gap) in asyncio.run(measured(count)).items():
        print(f"{act:32}{cost:9.1f}{gap:9.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
