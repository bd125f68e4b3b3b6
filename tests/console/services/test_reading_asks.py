"""A look without a collector: the time in which a person is asked does not count as the sources'."""

import asyncio
from pathlib import Path

import pytest

from backends.ports import Sink
from backends.records import AnyRecord, HostSample, NodeHealth, NodeProcesses, NodeSample, Process, ReaderState
from console.model.config import Privacy
from console.rules.privacy import Discretion
from console.services import reading
from console.services.clock import LabClock
from console.services.collector import Opened


class Slow:
    """A source that delivers only after a person has answered."""

    def __init__(self) -> None:
        self.asking = True

    async def run(self, sink: Sink) -> None:
        await asyncio.sleep(0.3)
        self.asking = False
        said: list[AnyRecord] = [NodeSample("n", 1.0, 1e12, HostSample(), ReaderState.OK)] * reading.SETTLED
        process = Process(1, command="x --token abcdefgh")
        sink([*said, NodeHealth("n", 1.0, 1e12), NodeProcesses("n", 1.0, 1e12, (process,))])
        await asyncio.Event().wait()


@pytest.mark.parametrize("counts", [True, False])
async def test_a_person_who_is_asked_is_waited_for(
    tmp_path: Path, counts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.1)
    source, clock = Slow(), LabClock(1.0, 1.0)
    looks = reading.looks(
        tmp_path / "none.sock",
        "lab",
        False,
        lambda _interval: ([Opened("ssh", source)], clock),
        None,
        (lambda: source.asking) if counts else (lambda: False),
        Discretion(Privacy()).kept,
    )
    (look,) = [each async for each in looks]
    assert list(look.fleet.nodes) == (["n"] if counts else [])
    if counts:
        shown = look.fleet.nodes["n"].processes
        assert shown is not None
        assert shown.processes[0].command == "x --token ***", "what is printed is veiled, too"
