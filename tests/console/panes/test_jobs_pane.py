"""The list of jobs: which are shown and in which order, arrays in one line, sort, filter, jumps, and stale listings."""

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from backends.records import AnyRecord

sys.path.insert(0, str(Path(__file__).parent))
import schedule
from jobs_room import room

from backends.jobs import Jobs
from console.panes.jobs import Jobs as Pane
from console.views import export
from console.views.lines import PHASES


@pytest.mark.parametrize(
    ("size", "there", "missing"),
    [
        ((60, 15), {"JOB", "USER", "GPUS", "WHY"}, {"PART", "NODES"}),
        ((80, 24), {"JOB", "NAME", "USER", "GPUS", "EFF", "ELAPSED/LIMIT", "WHY"}, {"PART", "QOS"}),
        ((200, 60), {"PROJECT", "PART", "USED", "NODES"}, {"QOS", "RESTARTS"}),
    ],
)
async def test_columns_are_dropped_by_what_they_are_worth(
    lab: Sequence[AnyRecord], size: tuple[int, int], there: set[str], missing: set[str]
) -> None:
    async with room(lab, "jobs", size) as found:
        header = set(found.line("JOB").replace("↑", "").split())
        assert there <= header
        assert not missing & header


async def test_wide_shows_what_is_left_out(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs", (250, 40)) as found:
        await found.press("w")
        assert {"QOS", "PRIO", "SUBMITTED", "START", "HOUR", "MEM", "STEP", "LOSS", "SOURCE"} <= set(
            found.line("JOB").split()
        )


async def test_who_has_nodes_stands_before_who_waits_and_what_failed_lately_is_last(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs") as found:
        keys = [key for key in found.rows() if key.startswith("slurm/")]
        assert keys[0] == "slurm/8820", "its cards idle, so it is the first"
        assert keys.index("slurm/8812") < keys.index("slurm/8850") < keys.index("slurm/8841")
        assert keys[-3:] == ["slurm/8700", "slurm/8705", "slurm/8701"], "what failed in the last hour, the last first"
        assert "slurm/8702" not in keys, "it has ended well"
        assert "slurm/8703" not in keys, "it failed hours ago"


async def test_finished_ones_are_a_key_and_a_word_away(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs") as found:
        assert "ended not shown" in found.screen()[1]
        await found.press("m")
        assert {"slurm/8702", "slurm/8703"} <= set(found.rows())
        assert "slurm/8812" not in found.rows()
        assert "finished" in found.screen()[1]
        await found.press("m")
        assert {"slurm/8702", "slurm/8812"} <= set(found.rows())
        await found.command("jobs finished")
        assert isinstance(found.pane, Pane)
        assert found.pane.phase == "finished"
        await found.command("jobs user=li")
        assert "slurm/8852" in found.rows(), "no link leads to finished ones"
        await found.press("left_square_bracket")
        assert found.pane.phase == "finished"
        await found.command("filter state=pending")
        assert "slurm/8852" in found.rows(), "who asks for a state looks through all"
        await found.command("phase nothing")
        assert "There is no “nothing” here" in found.said()
        assert PHASES[0] in found.said()


async def test_a_filter_that_asks_how_they_ended_looks_through_all(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs state=failed & ago>2h") as found:
        assert found.rows() == ["slurm/8703"]
        await found.command("filter user=li")
        assert "slurm/8852" in found.rows()
        assert not any(key.startswith("slurm/87") for key in found.rows())


async def test_the_tasks_of_an_array_are_one_line_that_opens(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs") as found:
        assert "slurm/8841[]" in found.rows()
        assert "4 running" in found.line("8841×5")
        assert "1 failed" in found.line("8841×5")
        assert "8841_[" in found.text(), "what waits of it stands by itself"
        count = found.screen()[1].split()[-2]
        pane = found.pane
        assert isinstance(pane, Pane)
        pane.table.go("slurm/8841[]")
        await found.press("enter")
        keys = found.rows()
        at = keys.index("slurm/8841[]")
        assert keys[at + 1 : at + 6] == [f"slurm/8841_{task}" for task in (0, 1, 2, 3, 5)]
        assert found.screen()[1].split()[-2] == count, "nobody is counted twice"
        await found.press("enter")
        assert "slurm/8841_0" not in found.rows()
        await found.press("z")
        assert "slurm/8841[]" not in found.rows()
        assert "slurm/8841_5" in found.rows()


async def test_an_array_is_exported_task_by_task(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs array=8841") as found:
        listed = found.pane.listed()
        assert listed is not None
        listing, rows = listed
        assert sorted(str(row["job"]) for row in rows) == ["8841", *(f"8841_{task}" for task in (0, 1, 2, 3, 5))]
        written = list(csv.DictReader(io.StringIO(export.csv_text(rows, listing.columns))))
        assert written[0]["state"] in ("running", "pending")


async def test_it_sorts_by_number_and_by_time(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs source=slurm state=running") as found:
        await found.command("sort job")
        assert found.rows() == ["slurm/8812", "slurm/8820", "slurm/8830", "slurm/8841[]"]
        await found.command("sort elapsed")
        assert found.rows()[:2] == ["slurm/8812", "slurm/8830"]
        await found.command("sort eff")
        assert found.rows()[0] == "slurm/8812"
        await found.press("S")
        assert found.rows()[0] == "slurm/8820"


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("gpus=64", {"8850"}),
        ("hour<5 & state=running", {"8820"}),
        ("elapsed>2d", {"8812"}),
        ("limit=12h & state=running", {"8820", "8830"}),
        ("node=gpu-02", {"8830"}),
        ("why=dependency*", {"8852"}),
        ("reason=JobHeldUser", {"8853"}),
        ("step>1000 & loss<2", {"8812"}),
        ("progress>20%", {"8812"}),
        ("idle>3h", {"8820"}),
        ("眼底", {"8830"}),
        ("user=王小明", {"8830"}),
        ("exit=2", {"8703"}),
        ("count>1", {"8841"}),
        ("left<10m", {"8830"}),
        ("gpu_mem>70G", {"8812"}),
    ],
)
async def test_every_field_can_be_asked_for(lab: Sequence[AnyRecord], expression: str, ids: set[str]) -> None:
    async with room(lab, f"jobs source=slurm & ({expression})") as found:
        assert {key.partition("/")[2].removesuffix("[]") for key in found.rows()} == ids, found.said()


async def test_unknown_use_is_no_zero(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs source=k8s", (160, 40)) as found:
        line = found.line("R pretrain")
        assert "?" in line
        assert "0%" not in line


async def test_one_goes_to_node_gpu_user_and_queue(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs job=8812") as found:
        targets = {target for target, _title in found.pane.jumps()}
        assert {
            "job:slurm/8812", "node:gpu-01", "gpu:gpu-01:7", "filter:job=8812", "in:jobs:user=wang",
            "in:queues:queue=a100", "in:jobs:partition=a100",
        } <= targets  # fmt: skip
        for target, view in (
            ("in:jobs:user=wang", "jobs"),
            ("gpu:gpu-01:7", "gpu"),
            ("in:queues:queue=a100", "queues"),
        ):
            found.main.follow(target)
            await found.settle()
            assert found.main.history.here.view == view
        found.main.follow("job:slurm/8812")
        await found.settle()
        assert "llama-sft" in found.screen()[1]


@pytest.mark.parametrize(("view", "argument"), [("gpu", "gpu-01:3"), ("node", "gpu-01"), ("gpus", ""), ("nodes", "")])
async def test_cards_and_nodes_lead_to_their_jobs(lab: Sequence[AnyRecord], view: str, argument: str) -> None:
    async with room(lab, f"{view} {argument}") as found:
        jobs = [target for target, _title in found.pane.jumps() if target.startswith("job:")]
        assert jobs, found.pane.jumps()
        found.main.follow(jobs[0])
        await found.settle()
        assert found.main.history.here.view == "job"
        assert "knows no" not in found.text()
        assert "State" in found.text()


async def test_a_listing_that_is_too_old_keeps_its_rows_and_says_so(lab: Sequence[AnyRecord]) -> None:
    old = [
        msgspec.structs.replace(record, mono=record.mono - 500) if isinstance(record, Jobs) else record
        for record in schedule.records()
    ]
    async with room(lab, "jobs source=slurm", more=old) as found:
        assert "slurm/8812" in found.rows()
        assert found.pane.table._painter.row(  # type: ignore[attr-defined] # its style is the row's
            found.pane.table.rows[0],
            cursor=False,
            marked=False,  # type: ignore[attr-defined]
        )
        assert {row.style for row in found.pane.table.rows} == {"stale"}  # type: ignore[attr-defined]
        assert "stale" in found.text()


async def test_the_cursor_stays_on_its_job_while_others_come_and_go(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs source=slurm") as found:
        pane = found.pane
        assert isinstance(pane, Pane)
        pane.table.go("slurm/8850")
        listing = found.main.scene.fleet.jobs[schedule.SLURM]
        new = msgspec.structs.replace(listing.by_id["8812"], id="9999", started=schedule.WALL)
        await found.apply(Jobs(schedule.SLURM, schedule.WALL, schedule.MONO, (new,), ("8820",), False, 30.0))
        assert pane.table.cursor == "slurm/8850"
        assert "slurm/9999" in found.rows()
        assert "slurm/8820" not in found.rows()


async def test_nothing_is_said_to_be_there_where_nobody_listed_anything() -> None:
    async with room((), "jobs", more=()) as found:
        assert "No scheduler has listed its jobs yet." in found.text()
