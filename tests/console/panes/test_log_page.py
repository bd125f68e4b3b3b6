"""The page of what a job writes: it follows, stays, searches, wraps, goes from output to output, and loads more."""

import sys
from collections.abc import Sequence
from pathlib import Path

from backends.records import AnyRecord

sys.path.insert(0, str(Path(__file__).parent))
import schedule
from jobs_room import Room, room

from backends.record import Trouble
from console.panes.log import Log
from console.services.outputs import BACK

SMALL = (80, 24)


def log(found: Room) -> Log:
    assert isinstance(found.pane, Log)
    return found.pane


def last(found: Room) -> str:
    """The last line of the text on the screen."""
    return next(line for line in reversed(found.screen()[2:-2]) if line.strip(" ▁▂▃▄▅▆▇█"))


async def test_it_follows_until_one_goes_up_and_again_at_the_end(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "log 8812", SMALL) as found:
        assert "saved" in last(found)
        assert "following" in found.screen()[1]
        found.own.more.put_nowait(b"step 1000\n")
        await found.settle()
        assert "step 1000" in last(found)
        await found.press("k")
        assert "paused" in found.screen()[1]
        before = found.screen()[2:-2]
        found.own.more.put_nowait(b"step 1001\n")
        await found.settle()
        assert [line[:78].rstrip() for line in found.screen()[2:-2]] == [line[:78].rstrip() for line in before]
        await found.press("G")
        assert "step 1001" in last(found)
        assert "following" in found.screen()[1]
        await found.press("p")
        assert "paused" in found.screen()[1]


async def test_nothing_in_it_is_obeyed_and_a_progress_bar_is_one_line(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "log 8812", SMALL) as found:
        text = found.text()
        assert "\x1b" not in text
        assert "WARNING grad norm is large" in text
        assert "eval: 100%|##########" in text
        assert "eval:  10%" not in text
        assert "正在保存检查点" in text


async def test_a_text_is_searched_with_what_filters_would_not_take(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "log 8812", SMALL) as found:
        await found.press("/", *"loss 0.4", "enter")
        at, count = log(found).body.hit
        assert count == at > 5
        assert "paused" in found.screen()[1]
        await found.press("N")
        assert log(found).body.hit == (count - 1, count)
        await found.press("n", "n")
        assert log(found).body.hit == (1, count), "from the last to the first"
        found.own.more.put_nowait(b"loss 0.41\n")
        await found.settle()
        assert log(found).body.hit == (1, count + 1)
        await found.press("/", *"no(such&", "enter")
        assert "stands nowhere" in found.said()


async def test_the_help_says_that_it_searches(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "log 8812", SMALL) as found:
        await found.press("?")
        await found.settle()
        line = next(line for line in found.screen() if "search" in line and " / " in f" {line} ")
        assert "Search the text" in line
        assert "filter" not in line


async def test_long_lines_are_wrapped_or_cut(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "log 8812", SMALL) as found:
        rows = log(found).body.rows
        assert rows == len(log(found).body.text.lines) + 4
        await found.press("w")
        assert log(found).body.rows == len(log(found).body.text.lines)
        assert "…" in found.line("a long line")


async def test_tab_goes_to_the_next_output(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "log 8812", SMALL) as found:
        await found.press("tab")
        assert found.own.asked[-1] == ("8812", "errors", BACK)
        assert "Traceback" in found.text()
        assert "saved" not in found.text()
        await found.command("output output")
        assert "saved" in found.text()
        await found.command("output nothing")
        assert "There is no output nothing" in found.said()


async def test_more_is_loaded_and_one_stays_where_one_was(lab: Sequence[AnyRecord]) -> None:
    lines = b"".join(b"%06d %s\n" % (number, b"x" * 50) for number in range(20_000))
    own = schedule.Own({"output": [lines]})
    async with room(lab, "log 8812", SMALL, own) as found:
        await found.press("g")
        first = found.screen()[3]
        await found.press("<")
        await found.settle()
        assert own.asked[-1] == ("8812", "output", 4 * BACK)
        assert first[:30] in found.text(), "one reads on where one was"
        assert len(log(found).body.text.lines) > 4000
        await found.press("G")
        assert "019999" in last(found)


async def test_why_it_cannot_be_read_is_said(lab: Sequence[AnyRecord]) -> None:
    own = schedule.Own(trouble=Trouble("{path} cannot be read: {error}", "", {"path": "/x", "error": "denied"}))
    async with room(lab, "log 8812", SMALL, own) as found:
        assert "/x cannot be read: denied" in found.text()
        assert "not read" in found.screen()[1], "the job goes on, so that nothing has ended"
        assert "tried again" in found.text()
    async with room(lab, "log team-a/pretrain", SMALL) as found:
        assert "there is no way to k8s" in " ".join(found.text().split())
    async with room(lab, "log 8812", SMALL, schedule.Own({})) as found:
        assert "names no output" in found.text()


async def test_l_leads_there_from_the_list_and_from_the_page(lab: Sequence[AnyRecord]) -> None:
    async with room(lab, "jobs job=8812") as found:
        await found.press("L")
        assert log(found).argument == "slurm/8812"
        await found.press("escape", "enter", "L")
        assert log(found).argument == "slurm/8812"


async def test_of_a_job_that_has_written_nothing_yet_it_is_said_that_this_follows(lab: Sequence[AnyRecord]) -> None:
    own = schedule.Own({"output": [], "errors": []})
    async with room(lab, "log 8812", SMALL, own) as found:
        assert "Nothing has been written yet" in found.text()
        assert "following" in found.screen()[1]
        own.more.put_nowait(b"step 1\n")
        await found.settle()
        assert "step 1" in last(found)
