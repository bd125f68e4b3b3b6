"""The page of a job: why it waits, what it has, its life, and what only its owner may read."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from backends.records import AnyRecord

sys.path.insert(0, str(Path(__file__).parent))
import schedule
from jobs_room import room

from backends.record import Trouble
from console.model.history import UNKNOWN_UTIL
from console.model.inventory import Way
from console.panes.job import Job
from console.services.accesses import Accesses, Openers
from console.views import job_cards
from console.views.window import RANGES

TALL = (120, 90)


async def test_a_running_job_says_what_it_has_and_makes_of_it(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "job 8812", TALL) as found:
        text = found.text()
        for said in (
            "2-03:12", "96%", "99%", "8 of 8 GPUs", "71.0G on one GPU", "step 12400/50000", "loss 1.734",
            "last checkpoint", "8 GPUs", "gpu-01", "utilisation, mean of 8 GPUs", "Since 2026-11-19",
        ):  # fmt: skip
            assert said in text, said


async def test_a_waiting_job_says_why_and_for_how_long(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "job 8850", TALL) as found:
        text = found.text()
        assert "Why it waits" in text
        assert "Resources" in text
        assert "8 on each node" in text
        assert "2h30m" in text
        assert "What is short" in text


async def test_pods_are_on_their_jobs_page(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "job team-a/pretrain", TALL) as found:
        assert "pretrain-worker-1" in found.text()
        assert "ImagePullBackOff" in found.text()


async def test_what_its_owner_may_read_is_asked_once_and_shown(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "job 8812", TALL) as found:
        text = found.text()
        assert "srun python train.py --epochs 4" in text
        assert "WANDB_MODE" in text
        assert "The standard error cannot be read: permission denied" in text
        assert "step 0 runs on gpu-01" in text
        pane = found.pane
        assert isinstance(pane, Job)
        subject = pane.subject()
        assert isinstance(subject, dict)
        assert "JobId=8812" in subject["raw"]


async def test_where_there_is_no_way_that_is_said(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "job team-a/pretrain", TALL) as found:
        assert "there is no way to k8s" in " ".join(found.text().split())


async def test_where_the_scheduler_does_not_answer_that_is_said(lab: Sequence[AnyRecord]) -> None:
    own = schedule.Own(trouble=Trouble("{host} does not answer.", "Try again.", {"host": "login-1"}))
    async with room(lab, "job 8812", TALL, own) as found:
        assert "login-1 does not answer." in found.text()
        assert "Try again." in found.text()
        assert "llama-sft" in found.text(), "the rest of the page stands"


async def test_the_plots_show_its_life_until_a_person_chooses(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "job 8812", TALL) as found:
        pane = found.pane
        assert isinstance(pane, Job)
        assert pane.period.length == pytest.approx(51.2 * 3600, abs=10)
        await found.press("+")
        assert pane.period.length == RANGES[2], "24 hours are the next that are shorter"
        await found.press("_")
        assert pane.period.length == RANGES[3]
        await found.command("job 8703")
        ended = found.pane
        assert isinstance(ended, Job)
        assert ended.period.until == schedule.WALL - 200 * 60


async def test_a_job_that_nobody_knows_is_no_defect(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "job 123456") as found:
        assert "There is no job 123456" in found.said()
        found.main.go("job", "123456")
        await found.settle()
        assert "No scheduler knows a job 123456" in found.text()
        found.main.go("log", "123456")
        await found.settle()
        assert "No scheduler knows a job 123456" in found.text()


async def test_right_and_left_go_to_the_neighbours(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "job 8812") as found:
        await found.press("right")
        assert found.pane.argument == "slurm/8820"
        await found.press("left", "left")
        assert found.pane.argument == "slurm/8812", "it is the first that is listed"


def test_the_mean_of_cards_leaves_out_what_was_not_measured() -> None:
    rows = {"a:0": bytes([10, UNKNOWN_UTIL, UNKNOWN_UTIL]), "a:1": bytes([30, 50, UNKNOWN_UTIL])}
    curve = job_cards.mean(rows)
    assert curve is not None
    assert curve.low == (10.0, 50.0, None)
    assert curve.mean == (20.0, 50.0, None)
    assert curve.high == (30.0, 50.0, None)
    assert job_cards.mean({"a:0": bytes([UNKNOWN_UTIL])}) is None
    assert job_cards.mean({}) is None


async def test_a_way_is_opened_when_it_is_used_and_closed_at_the_end() -> None:
    opened: list[schedule.Own] = []

    def open_() -> schedule.Own:
        opened.append(schedule.Own())
        return opened[-1]

    ways = Accesses(lambda: {"slurm": open_})
    assert ways.of("k8s") is None
    assert not opened
    assert ways.of("slurm") is ways.of("slurm")
    assert len(opened) == 1
    await ways.close()
    assert opened[0].closed


async def test_a_scheduler_that_is_added_while_a_console_is_open_is_reached() -> None:
    known: dict[str, Callable[[], schedule.Own]] = {}
    ways = Accesses(lambda: dict(known))
    assert ways.of("slurm") is None
    known["slurm"] = schedule.Own
    first = ways.of("slurm")
    assert first is not None
    known["k8s"] = schedule.Own
    assert ways.of("k8s") is not None
    assert ways.of("slurm") is first


def test_a_way_that_is_as_it_was_keeps_what_opens_it() -> None:
    openers = Openers()
    slurm, other = Way("slurm", "slurm", {"login": "a"}), Way("slurm", "other", {"login": "a"})
    one, two = schedule.Own, lambda: schedule.Own()
    openers.take([slurm, other], {"slurm": one, "other": one})
    openers.take([slurm, Way("slurm", "other", {"login": "b"})], {"slurm": two, "other": two})
    assert (openers["slurm"], openers["other"]) == (one, two)
    openers.take([slurm], {"slurm": two})
    assert dict(openers) == {"slurm": one}


async def test_m_plots_memory_and_power_of_its_cards(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "job 8812", (120, 60)) as found:
        await found.press("m")
        assert found.said() == "memory"
        await found.press("m", "m")
        assert found.said() == "utilisation"
        await found.command("figure nothing")
        assert "util memory_used power" in found.said()
