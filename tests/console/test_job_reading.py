"""What the verbs that read a job print: hostile text stays text, in JSON and on a terminal."""

import io
import json
from collections.abc import AsyncIterator
from typing import cast

import pytest

from backends.jobs import Job, JobDetail, JobEvent
from backends.ports import Access
from backends.record import Trouble
from console import job_reading

HOSTILE = '\x1b]0;x\x07\x9b2J\u202eevil\u2066\u200b\x85\ufeff"\\\n'


def test_the_json_of_a_job_holds_nothing_that_a_terminal_obeys_and_loses_nothing() -> None:
    detail = JobDetail(
        "1",
        1.0,
        Job("1", HOSTILE, said=HOSTILE),
        raw=HOSTILE,
        script=HOSTILE,
        environment={HOSTILE: HOSTILE},
        events=(JobEvent(1.0, "x", HOSTILE),),
        troubles=(Trouble("{said}", "", {"said": "no"}),),
    )
    text = job_reading._document(detail, "slurm")
    assert not {*text} & {*HOSTILE} - {*'evil2Jx]0;"\\\n'}
    read = json.loads(text)
    assert (read["raw"], read["script"], read["environment"]) == (HOSTILE, HOSTILE, {HOSTILE: HOSTILE})
    assert (read["job"]["name"], read["job"]["said"]) == (HOSTILE, HOSTILE)
    assert read["events"][0]["text"] == HOSTILE
    assert (read["source"], read["troubles"]) == ("slurm", ["no"])


class Screen(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__(newline="")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


class Writing:
    """A job that has written two lines, in two pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    async def follow(self, _job: str, _output: str, _back: int, *, go_on: bool) -> AsyncIterator[bytes]:
        assert not go_on
        for piece in self.pieces:
            yield piece


TEXT = "50%\r60%\r\n日本\x1b[2J\n".encode()


@pytest.mark.parametrize("at", range(len(TEXT) + 1))
@pytest.mark.parametrize("terminal", [True, False])
async def test_what_a_job_writes_is_printed_wherever_it_is_cut(
    at: int, terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen(terminal)
    monkeypatch.setattr("sys.stdout", screen)
    await job_reading._print(cast("Access", Writing(TEXT[:at], TEXT[at:])), "1", "output", 99, False)
    lines = screen.getvalue().split("\n")
    if terminal:
        assert [line.split("\r")[-1] for line in lines] == ["60%", "日本␛[2J", ""]
    else:
        assert screen.getvalue().encode() == TEXT
