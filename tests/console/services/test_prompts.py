"""What is asked of a person on its way: through the socket to whoever follows, and the first answer back."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backends.ports import Ask, Prompt, Sink, Unavailable
from backends.record import Trouble
from backends.records import HostSample, NodeProcesses, NodeSample, Process
from console.model.config import Privacy
from console.model.standing import Standing
from console.rules.privacy import Discretion
from console.services import prompts as module
from console.services.archive import Archive
from console.services.clock import LabClock
from console.services.collector import Collector, Opened
from console.services.feed import Feed
from console.services.follower import Follower, glance
from console.services.link.protocol import Reply, Welcome
from console.services.link.socket import Peer
from console.services.prompts import Prompts
from console.services.remembered import remembered
from console.store.folder import Folder

CODE = "Verification code:"
OURS = Peer(1, os.geteuid(), 0)


class Ticking:
    """A clock that is set by hand."""

    speed = 1.0

    def __init__(self) -> None:
        self.now = 0.0

    def wall(self) -> float:
        return 1000.0 + self.now

    def mono(self) -> float:
        return self.now


async def started(ask: Ask, prompt: Prompt) -> "asyncio.Task[str | None]":
    """A question that is on its way."""
    task = asyncio.ensure_future(ask(prompt))
    await asyncio.sleep(0)
    return task


@pytest.fixture
def made() -> Prompts:
    return Prompts(Ticking())


async def test_a_question_is_numbered_and_the_first_answer_counts(made: Prompts) -> None:
    changes: list[int] = []
    made.begin(lambda: 0.0, lambda: changes.append(len(made.wanted)))
    one = await started(made.asks("ssh"), Prompt("gw", CODE))
    other = await started(made.asks("ssh"), Prompt("gw2", "Passphrase:", echo=True))
    first, second = made.wanted
    assert (first.source, first.host, first.text, first.echo, first.until) == ("ssh", "gw", CODE, False, 120.0)
    assert second.id != first.id
    made.take(Reply(second.id, "two"), OURS)
    made.take(Reply(second.id, "three"), OURS)
    made.take(Reply(77, "nobody asked"), OURS)
    assert await other == "two"
    made.take(Reply(first.id, None), OURS)
    assert await one is None
    assert made.wanted == ()
    assert changes == [1, 2, 1, 0]


@pytest.mark.parametrize("caller", [Peer(1, os.geteuid() + 1, 0)])
async def test_nobody_else_may_answer(made: Prompts, caller: Peer | None) -> None:
    task = await started(made.asks("ssh"), Prompt("gw", CODE))
    made.take(Reply(made.wanted[0].id, "theirs"), caller)
    made.take(Reply(made.wanted[0].id, "ours"), OURS)
    assert await task == "ours"


async def test_it_waits_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.01)
    clock = Ticking()
    made = Prompts(clock)
    task = await started(made.asks("ssh"), Prompt("gw", CODE))
    await asyncio.sleep(0.05)
    assert not task.done()
    clock.now = module.PATIENCE
    assert await task is None
    assert made.wanted == ()


async def test_where_nobody_follows_nobody_is_asked_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK", 0.01)
    made, alone = Prompts(Ticking()), 0.0
    made.begin(lambda: alone, lambda: None)
    task = await started(made.asks("ssh"), Prompt("gw", CODE))
    await asyncio.sleep(0.05)
    assert not task.done(), "a console that starts needs a moment"
    alone = module.LONELY
    assert await task is None


async def test_who_asked_and_was_cancelled_takes_the_question_back(made: Prompts) -> None:
    task = await started(made.asks("ssh"), Prompt("gw", CODE))
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert made.wanted == ()


def test_the_answer_is_in_no_representation() -> None:
    reply = Reply(3, "hunter2")
    assert "hunter2" not in f"{reply} {reply!r} {[reply]} {(reply,)!r}"
    assert reply.text == "hunter2"


class Asking:
    """A source that needs a login code, then delivers."""

    def __init__(self) -> None:
        self.ask: Ask | None = None
        self.got: str | None = None

    async def run(self, sink: Sink) -> None:
        assert self.ask is not None
        self.got = await self.ask(Prompt("gw", CODE))
        command = "python train.py --token abcdef"
        sink(
            [
                NodeSample("n", 1.0, 1.0, HostSample()),
                NodeProcesses("n", 1.0, 1.0, (Process(1, None, 7, "li", command),)),
            ]
        )
        await asyncio.Event().wait()


@asynccontextmanager
async def collecting(tmp_path: Path, privacy: Privacy = Privacy()) -> AsyncIterator[tuple[Folder, Asking]]:  # noqa: B008 - a frozen value
    folder, clock, source = Folder(tmp_path / "lab"), LabClock(1000.0, 0.0), Asking()
    folder.make()
    asks = Prompts(clock)
    source.ask = asks.asks("ssh")
    welcome = Welcome(2, "0", 7, "lab", False, 0, 0.0, 0.0, interval=0.05)
    one = Collector(
        folder,
        Archive(folder.database, clock),
        [Opened("ssh", source)],
        clock,
        welcome,
        prompts=asks,
        discretion=Discretion(privacy),
    )
    running = asyncio.ensure_future(one.run())
    try:
        async with asyncio.timeout(10):
            while not folder.socket.exists():  # noqa: ASYNC110 - a file tells of nothing
                await asyncio.sleep(0.01)
        yield folder, source
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def following(folder: Folder) -> AsyncIterator[Follower]:
    follower = Follower(folder.socket, Feed())
    task = asyncio.ensure_future(follower.run())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: object) -> None:
    assert callable(holds)
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event to tell of it
            await asyncio.sleep(0.01)


async def test_two_consoles_are_asked_and_one_answers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with collecting(tmp_path) as (folder, source), following(folder) as one, following(folder) as other:
        await until(lambda: one.wanted and other.wanted)
        assert one.wanted == other.wanted
        assert one.wanted[0].text == CODE
        one.reply(one.wanted[0], "hunter2")
        await until(lambda: source.got == "hunter2" and not other.wanted)
        await until(lambda: "n" in other.fleet.nodes)
        (kept,) = [node.processes for node in other.fleet.nodes.values()]
        assert kept is not None
        assert kept.processes[0].command == "python train.py --token ***"
    assert "hunter2" not in caplog.text
    assert b"hunter2" not in folder.database.read_bytes()


async def test_what_a_collector_wanted_goes_with_it(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with collecting(tmp_path) as (folder, _source):
            follower = await stack.enter_async_context(following(folder))
            await until(lambda: follower.wanted)
        await until(lambda: not follower.wanted)


async def test_another_user_is_not_asked_and_sees_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with collecting(tmp_path, Privacy(others=False)) as (folder, source), following(folder) as mine:
        await until(lambda: mine.wanted)
        monkeypatch.setattr("console.services.link.server._refusal", lambda *_: None)
        monkeypatch.setattr("console.services.link.server._ours", lambda _caller: False)
        async with following(folder) as theirs:
            await until(lambda: theirs.standing is Standing.FOLLOWING and theirs.welcome is not None)
            mine.reply(mine.wanted[0], "x")
            await until(lambda: source.got and theirs.fleet.nodes.get("n") and mine.fleet.nodes.get("n"))
            assert theirs.wanted == ()
            seen = [one.fleet.nodes["n"].processes for one in (mine, theirs)]
            assert [each.processes[0].command for each in seen if each] == ["python train.py --token ***", "train.py"]
            looked = await glance(folder.socket)
            assert looked is not None
            shown = looked[1].fleet.nodes["n"].processes
            assert shown is not None
            assert shown.processes[0].command == "train.py"


class Shelf:
    """A store that knows one secret."""

    def __init__(self, trouble: Trouble | None = None) -> None:
        self._trouble = trouble

    def describe(self) -> str:
        return "shelf"

    async def trouble(self) -> Trouble | None:
        return self._trouble

    async def get(self, name: str) -> str | None:
        if self._trouble is not None:
            raise Unavailable(self._trouble)
        return "kept" if name == "ssh:/k" else None

    async def set(self, name: str, secret: str) -> None:
        raise NotImplementedError

    async def delete(self, name: str) -> bool:
        raise NotImplementedError


async def _person(_prompt: Prompt) -> str:
    return "typed"


async def test_a_store_is_asked_before_a_person_and_not_twice_for_one_that_was_wrong() -> None:
    clock = Ticking()
    ask = remembered(_person, Shelf(), clock)
    assert await ask(Prompt("gw", "Passphrase:", secret="ssh:/k")) == "kept"
    assert await ask(Prompt("gw", "Passphrase:", secret="ssh:/k")) == "typed"
    clock.now = 3600.0
    assert await ask(Prompt("gw", "Passphrase:", secret="ssh:/k")) == "kept"
    assert await ask(Prompt("gw", "Passphrase:", secret="ssh:/other")) == "typed"
    assert await ask(Prompt("gw", CODE)) == "typed"


async def test_a_store_that_refuses_leaves_it_to_the_person(caplog: pytest.LogCaptureFixture) -> None:
    ask = remembered(_person, Shelf(Trouble("Others may read {file}.", "", {"file": "/x"})), Ticking())
    assert await ask(Prompt("gw", "Passphrase:", secret="ssh:/k")) == "typed"
    assert "Others may read /x." in caplog.text
