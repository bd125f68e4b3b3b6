"""The panes of queues, of the pulse, of rules and of services: what they show, and where their numbers lead."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from backends.records import AnyRecord

sys.path.insert(0, str(Path(__file__).parent))
import schedule
from jobs_room import Room, room

from backends.jobs import Capacity, Queues
from console.panes.gpus import Gpus
from console.panes.listed import Listed
from console.panes.pulse import Pulse
from console.views import frame
from console.views import gpus as heat
from console.views import pulse as view


async def test_a_queue_says_what_it_has_and_who_waits(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "queues", (200, 50)) as found:
        assert found.rows()[:2] == ["slurm/a100/partition", "slurm/debug/partition"]
        text = found.text()
        for said in ("FITS 1·2·4·8", "28/32", "draining", "gres/gpu", "gpu-[01-32]", "Reservations", "maint"):
            assert said in text, said


async def test_enter_shows_the_jobs_of_a_queue(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "queues") as found:
        await found.press("enter")
        assert found.main.history.here.view == "jobs"
        assert "/partition=a100" in found.screen()[1]
        assert "slurm/8812" in found.rows()
        assert not any(key.startswith("k8s/") for key in found.rows())


async def test_queues_are_narrowed_and_sorted(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "queues state=draining") as found:
        assert found.rows() == ["slurm/debug/partition"]
        await found.command("filter free>0 & kind=partition")
        assert found.rows() == ["slurm/a100/partition"]
        await found.command("queues")
        await found.press("escape")
        await found.command("sort pending")
        assert found.rows()[0] == "slurm/a100/partition"


async def test_debug_does_not_lead_to_a_hidden_filter(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "queues") as found:
        targets = [target for target, _title in found.pane.jumps()]
        assert "in:jobs:partition=a100" in targets


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (200, 60)])
async def test_the_pulse_is_whole_at_every_size(lab: Sequence[AnyRecord], size: tuple[int, int]) -> None:
    async with room(lab, "pulse", size) as found:
        text = found.text()
        for word in ("busy", "held", "free", "running", "waiting", "failed", "up", "drained", "down", "warning"):
            assert word[:4] in text, word
        assert "Last 24 hours" in text


def amount(found: Room) -> int:
    """How many things the list shows that one has come to."""
    pane = found.pane
    if isinstance(pane, Gpus):
        return len(pane.listed()[1])
    assert isinstance(pane, Listed)
    return pane.amount(pane._shown)


async def test_each_number_is_the_length_of_the_list_behind_it(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "pulse", (120, 40)) as found:
        pane = found.pane
        assert isinstance(pane, Pulse)
        counts = dict(pane._counts)
        assert len(counts) == 14
        assert all(count.value is not None for count in counts.values())
        assert sum(count.value or 0 for count in counts.values()) > 100
        for count in counts.values():
            await found.command("pulse")
            assert isinstance(found.pane, Pulse)
            found.pane.tiles.go(count.name)
            await found.press("enter")
            assert found.main.history.here.view == count.view
            if count.expression:
                assert amount(found) == count.value, count


async def test_arrows_go_from_tile_to_tile_and_back_is_where_one_was(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "pulse") as found:
        await found.press("down", "right")
        assert "waiting" in found.screen()[1]
        await found.press("enter")
        assert "/state=pending" in found.screen()[1]
        await found.press("left_square_bracket")
        assert "waiting" in found.screen()[1]


def test_drained_nodes_are_named_as_long_as_a_filter_can() -> None:
    (groups,) = [view.groups([], [], [], 0.0)]
    drained = next(count for group in groups for count in group.counts if count.name == "drained")
    assert drained.value is None, "nobody says"
    assert drained.view == "queues"


async def test_the_rules_of_each_scheduler_are_said(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "policy", (120, 90)) as found:
        text = found.text()
        for said in (
            "How slurm orders and starts jobs",
            "sched/backfill",
            "fairshare",
            "MaxTRESPU",
            "61%",
            "bf_window",
        ):
            assert said in text, said


async def test_a_service_that_is_down_stands_first_and_says_why(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "platform", (160, 40)) as found:
        assert found.rows()[0] == "slurm/slurmdbd/head-1"
        text = found.text()
        assert "It does not answer within 5 s." in text
        assert "Nothing takes over when it fails." in text
        assert "12ms" in text
        await found.command("filter state=up")
        assert "slurm/slurmdbd/head-1" not in found.rows()
        listed = found.pane.listed()
        assert listed is not None
        assert {row["state"] for row in listed[1]} == {"up"}


@pytest.mark.parametrize("name", ["queues", "pulse", "policy", "platform", "jobs"])
async def test_without_a_scheduler_every_pane_says_so(name: str) -> None:
    async with room((), name, more=()) as found:
        assert found.main.history.here.view == name
        assert "could not be drawn" not in found.text()
    assert schedule.SLURM


async def test_behind_a_trouble_the_cursor_stands_on_it(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "pulse") as found:
        assert isinstance(found.pane, Pulse)
        found.pane.tiles.go("warning")
        await found.press("enter")
        assert isinstance(found.pane, Gpus)
        under = found.pane.selection.under()
        assert under is not None
        assert under[1] is not None
        assert under[1].status == "warning"
        assert "▲" in found.screen()[1], "what is wrong with it is named"


async def test_the_pulse_says_what_the_first_line_counts(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "pulse") as found:
        tally = frame.tally(found.main.scene.nodes)
        assert tally.critical_nodes
        assert tally.critical_cards
        assert f"{tally.critical_nodes + tally.critical_cards} ✖" in found.screen()[0]
        assert f"✖ {tally.critical_nodes} node" in found.screen()[1]
        assert f" + {tally.critical_cards} GPU" in found.screen()[1]


async def test_g_goes_to_the_first_number_and_the_last(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "pulse") as found:
        await found.press("G")
        assert "in trouble" in found.screen()[1]
        await found.press("g")
        assert "busy" in found.screen()[1]


@pytest.mark.parametrize("view", ["jobs", "queues"])
async def test_a_list_in_its_own_order_names_no_sort(lab: Sequence[AnyRecord], view: str) -> None:
    async with room(lab, view) as found:
        assert not set("↑↓") & set(found.screen()[2])
        await found.command("sort pending" if view == "queues" else "sort gpus")
        assert set("↑↓") & set(found.screen()[2])


async def test_the_heatmap_says_why_a_node_takes_no_jobs(lab: Sequence[AnyRecord]) -> None:
    told = heat.out_of_service(
        [Queues("slurm", 0.0, 0.0, capacities=(Capacity("gpu-01", usable=False, reason="DIMM"), Capacity("gpu-02")))]
    )
    assert told == {"gpu-01": "drained: DIMM"}
    async with room(lab, "gpus") as found:
        node = found.main.scene.by_name["gpu-01"]
        assert heat.note(node, found.main.scene.glyphs, found.main.scene.mono, told["gpu-01"])[0].endswith("DIMM")
        said = heat.under_cursor(node, 2, found.main.scene.glyphs, found.main.scene.mono, told["gpu-01"])
        assert "drained: DIMM" in "".join(span.text for span in said)
