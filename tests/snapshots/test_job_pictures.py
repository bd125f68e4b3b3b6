"""What jobs, queues, the pulse and the pages of a job look like; each docstring says what a person should see."""

import schedule
import stage
from lately import Lately

from console.services.accesses import Accesses

WIDE = (120, 40)
SMALL = (80, 24)
LARGE = (200, 60)
HIGH = (120, 60)


def _console(said, **more):
    own = schedule.Own({"output": schedule.written(), "errors": [b"Traceback\n"]})
    ways = Accesses(lambda: {schedule.SLURM: lambda: own})
    return stage.console([*said, *schedule.records()], following=Lately, accesses=ways, **more)


def _to(*commands, keys=()):
    async def go(pilot):
        for command in commands:
            pilot.app._main.command(command)
            for _ in range(4):
                await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()

    return go


def test_jobs_small(snap_compare, said):
    """80 × 24: id, name, user, GPUs, efficiency, time and why; what idles is marked, an array is one line."""
    assert snap_compare(_console(said), terminal_size=SMALL, run_before=_to("jobs"))


def test_jobs_beside_the_page(snap_compare, said):
    """120 × 40: the list, and beside it why the one under the cursor waits, with Chinese names in their columns."""
    assert snap_compare(_console(said), terminal_size=WIDE, run_before=_to("jobs", keys="jjjjj"))


def test_jobs_large_with_an_open_array(snap_compare, said):
    """200 × 60: project, queue, used cards and nodes too; the tasks of an array below its line."""
    run = _to("jobs", keys=("j", "enter"))
    assert snap_compare(_console(said), terminal_size=LARGE, run_before=run)


def test_jobs_mono_ascii(snap_compare, said):
    """In ASCII and without colour nothing is lost."""
    app = _console(said, palette="mono", glyphs=stage.ASCII)
    assert snap_compare(app, terminal_size=SMALL, run_before=_to("jobs"))


def test_queues_beside_the_page(snap_compare, said):
    """What each queue has, would fit, and who waits; quotas and reservations beside."""
    assert snap_compare(_console(said), terminal_size=LARGE, run_before=_to("queues"))


def test_page_of_a_running_job(snap_compare, said):
    """State, use, training, its cards with their life as a plot, and what its owner may read."""
    assert snap_compare(_console(said), terminal_size=LARGE, run_before=_to("job 8812"))


def test_page_of_a_waiting_job(snap_compare, said):
    """Why it waits, what is short, who holds what it needs, and when it will start."""
    assert snap_compare(_console(said), terminal_size=HIGH, run_before=_to("job 8850"))


def test_log(snap_compare, said):
    """The end of what a job writes: a progress bar in one line, the searched text marked, the outputs above."""
    run = _to("log 8812", keys=("/", *"loss 0.36", "enter"))
    assert snap_compare(_console(said), terminal_size=SMALL, run_before=run)


def test_pulse_small(snap_compare, said):
    """80 × 24: every number, and the last day of the cluster below them."""
    assert snap_compare(_console(said), terminal_size=SMALL, run_before=_to("pulse", keys=("down",)))


def test_policy(snap_compare, said):
    """The rules in sentences, and their figures."""
    assert snap_compare(_console(said), terminal_size=WIDE, run_before=_to("policy"))


def test_platform(snap_compare, said):
    """What is down stands first and says why."""
    assert snap_compare(_console(said), terminal_size=WIDE, run_before=_to("platform"))
