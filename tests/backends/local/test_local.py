"""The local source over real child processes, with fake probes: killed, silent, talkative, stubborn."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from backends.catalog import load
from backends.local import child
from backends.local.driver import Local
from backends.ports import Opening, Unavailable
from backends.probe.backoff import Backoff
from backends.records import Card, CardState, LinkState, NodeFacts, NodeLink, NodeSample

HEAD = """
import os, sys, time, json, signal
def say(*line):
    sys.stdout.write(json.dumps(line) + "\\n"); sys.stdout.flush()
def hello(protocol=(1, 1)):
    interval = float(sys.argv[sys.argv.index("--interval") + 1])
    say("h", protocol, "0.1", "me", str(os.getpid()), time.time(), time.monotonic(), interval)
def tick(*rest):
    say("s", time.monotonic(), time.time(), [], *rest)
"""
LOOP = "while True:\n    tick(); time.sleep(0.02)\n"


class World:
    """The real clock."""

    speed = 1.0

    def wall(self):
        return time.time()

    def mono(self):
        return time.monotonic()


class Running:
    """A local source that runs, and what it has delivered."""

    def __init__(self, body, known=(), silence=30.0, **settings):
        opening = Opening(World(), 0.25, {"node": "here", **settings}, {"here": tuple(known)})
        backoff = Backoff(0.05, 0.1, lambda: 0.0)
        self.source = Local(opening, program=HEAD + body, backoff=backoff, silence=silence)
        self.batches = []
        self.news = asyncio.Event()
        self.task = asyncio.create_task(self.source.run(self.take))

    def take(self, batch):
        self.batches.append(list(batch))
        self.news.set()

    def all(self, kind):
        return [record for batch in self.batches for record in batch if type(record) is kind]

    async def until(self, true):
        async with asyncio.timeout(60):
            while not true():
                self.news.clear()
                await self.news.wait()

    async def stop(self):
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    def links(self):
        return [link.state for link in self.all(NodeLink)]

    def down(self):
        return [link for link in self.all(NodeLink) if link.state is LinkState.DOWN]

    async def trouble(self):
        await self.until(self.down)
        await self.stop()
        trouble = self.down()[0].trouble
        return trouble.text.format(**trouble.values), trouble.hint.format(**trouble.values)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def vanished(*pids):
    async with asyncio.timeout(10):
        while any(alive(pid) for pid in pids):  # noqa: ASYNC110 - processes that are not ours to wait for
            await asyncio.sleep(0.02)


async def test_it_connects_comes_up_and_delivers():
    run = Running("hello()\n" + LOOP)
    await run.until(lambda: len(run.all(NodeSample)) > 3)
    await run.stop()
    assert run.links() == [LinkState.CONNECTING, LinkState.UP]
    assert {link.source for link in run.all(NodeLink)} == {"local"}
    facts = run.all(NodeFacts)[0]
    assert (facts.node, facts.interval) == ("here", 0.25)
    up = next(i for i, batch in enumerate(run.batches) if type(batch[0]) is NodeLink and batch[0].state is LinkState.UP)
    assert type(run.batches[up][1]) is NodeFacts
    await vanished(int(facts.boot))


async def test_a_probe_that_is_killed_is_started_again_and_nothing_is_forgotten():
    run = Running(
        "hello()\nsay('c', 1.0, 'nvml', None, None, [['0000:02:00.0', 'GPU-b']])\n" + LOOP,
        [Card(0, "GPU-a", pci="0000:01:00.0")],
    )
    await run.until(lambda: run.all(NodeSample))
    os.kill(int(run.all(NodeFacts)[0].boot), signal.SIGKILL)
    await run.until(lambda: run.links().count(LinkState.UP) == 2)
    seen = len(run.all(NodeSample))
    await run.until(lambda: len(run.all(NodeSample)) > seen)
    await run.stop()
    assert run.links() == [LinkState.CONNECTING, LinkState.UP, LinkState.DOWN, LinkState.UP]
    (down,) = run.down()
    assert down.trouble.text.format(**down.trouble.values) == "The probe's process ended (SIGKILL)."
    assert down.next_try > down.at
    assert [gpu.state for gpu in run.all(NodeSample)[-1].gpus] == [CardState.LOST, CardState.UNKNOWN]


async def test_a_probe_that_fails_says_why():
    text, hint = await Running("hello()\nraise RuntimeError('\\x1b[31mno luck')").trouble()
    assert text == "The probe's process ended (exit 1)."
    assert hint.startswith("It wrote to standard error: ")
    assert hint.endswith("RuntimeError: ·[31mno luck")


async def test_down_lasts_through_the_tries():
    run = Running("sys.exit(3)")
    await run.until(lambda: len(run.down()) >= 3)
    await run.stop()
    assert run.links()[0] is LinkState.CONNECTING
    assert set(run.links()[1:]) == {LinkState.DOWN}
    assert len({link.since for link in run.down()}) == 1
    assert run.down()[0].next_try < run.down()[1].next_try


async def test_a_silent_probe_is_ended_and_told():
    run = Running("hello()\nsignal.signal(signal.SIGTERM, signal.SIG_DFL)\ntime.sleep(600)", silence=3.0)
    text, _hint = await run.trouble()
    assert text == "No sample for 3 s."
    await vanished(*(int(facts.boot) for facts in run.all(NodeFacts)))


async def test_garbage_is_told():
    text, _hint = await Running(
        "print('Traceback: \\x07 [bold]'); sys.stdout.flush(); time.sleep(600)", silence=3.0
    ).trouble()
    assert text.endswith("instead it said: Traceback: · [bold]")


async def test_a_stubborn_probe_and_its_children_are_killed():
    body = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = os.fork()
if not grandchild:
    time.sleep(600)
hello(); say("!", 1.0, "child", str(grandchild))
while True: time.sleep(1)
"""
    run = Running(body)
    await run.until(lambda: any(getattr(record, "kind", "") == "fault" for batch in run.batches for record in batch))
    fault = next(record for batch in run.batches for record in batch if getattr(record, "kind", "") == "fault")
    probe, grandchild = int(run.all(NodeFacts)[0].boot), int(fault.text.removeprefix("child: "))
    assert alive(probe)
    assert alive(grandchild)
    assert os.getpgid(grandchild) == os.getpgid(probe) == probe != os.getpgid(0)
    await run.stop()
    await vanished(probe, grandchild)


async def test_a_child_that_cannot_be_killed_does_not_hold_us_up(monkeypatch):
    """Signals that do nothing stand for the D state, in which they do nothing."""
    process = await child.start(sys.executable, "-c", "import time; time.sleep(600)")
    with monkeypatch.context() as patch:
        patch.setattr(child.os, "killpg", lambda group, number: None)
        patch.setattr(child, "_LAST", 0.05)
        async with asyncio.timeout(10):
            await child.end(process, grace=0.05)
        assert process.returncode is None
    await child.end(process)
    assert process.returncode is not None


async def test_the_end_of_standard_error_is_kept():
    process = await child.start(sys.executable, "-c", "import sys; sys.stderr.write('x' * 9000 + 'end')")
    assert process.stderr
    tail = child.Tail(process.stderr)
    assert await child.gone(process, 10)
    kept = await tail.finish(5)
    assert len(kept) == 2048
    assert kept.endswith(b"xend")
    await child.end(process)


async def test_a_protocol_that_we_do_not_speak_ends_the_source():
    run = Running("hello((7, 9))\n" + LOOP)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(run.task, 20)
    assert run.down()[0].trouble.values["theirs"] == "7-9"


@pytest.mark.parametrize("name", [7, "", None])
async def test_a_name_that_is_none_is_refused(name):
    run = Running("hello()", node=name)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(run.task, 20)


async def test_python_that_cannot_be_started_is_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    text, _hint = await Running("hello()").trouble()
    assert "/nowhere/python" in text


def test_the_catalogue_knows_it_and_opens_it_without_io():
    driver = load("local")
    assert driver.name == "local"
    source = driver.open_source(Opening(World(), 1.0, {}))
    assert isinstance(source, Local)
