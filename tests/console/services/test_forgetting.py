"""A person is removed from the file, from what the collector remembers and from the logs; what is left is said."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.jobs import Held, Job, JobState
from backends.ports import Sink
from backends.records import Card, CardState, Event, GpuSample, HostSample, NodeFacts, NodeSample, ReaderState
from console.model.config import Retention
from console.model.fleet import Fleet, Node
from console.model.history import Holder, Kind, SpansOf
from console.model.intervals import Fact, Key
from console.rules.privacy import Discretion
from console.services.archive import Archive, Work
from console.services.clock import LabClock
from console.services.collector import Collector, Opened
from console.services.follower import glance
from console.services.forgetting import forget, in_files
from console.services.link.asking import Unanswered
from console.services.link.protocol import Welcome
from console.services.link.socket import Peer
from console.services.watch import Watch
from console.store import events, people, recall, spans, usage
from console.store.database import Database
from console.store.folder import Folder, Lease
from console.store.ledger import Round
from console.store.series.ledger import Series

TEXT = "oom-kill: task=python, user wang of /home/wang, not wangs"


def happened(number: int, text: str | None = TEXT) -> Event:
    return Event("gpu-01", 900.0 + number * 60, 0.0, "xid", number, None, None, text)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    found = Folder(tmp_path / "lab")
    found.make()
    return found


async def _everybody(_caller: Peer | None) -> None:
    """Let everybody in."""


class Telling:
    """A source that tells of events."""

    async def run(self, sink: Sink) -> None:
        sink([NodeSample("gpu-01", 1.0, 1.0, HostSample()), happened(1), happened(2, "nothing")])
        await asyncio.Event().wait()


def test_the_names_are_gone_from_the_bytes_of_the_file(folder: Folder) -> None:
    database = Database(folder.database)
    events.add(database, [happened(number) for number in range(200)] + [happened(999, None)])
    assert people.forget(database, ("wang", "nobody")) == {"events": 200, "history": 0}
    assert people.forget(database, ("wang",)) == {"events": 0, "history": 0}
    database.close()
    assert b"wang " not in folder.database.read_bytes()
    assert b"/home/wang," not in folder.database.read_bytes()
    assert b"wangs" in folder.database.read_bytes()


def held(user: str, job: str | None, since: float) -> tuple[Key, Fact, float]:
    return Key(Kind.OWNER, "gpu-01", int(since)), Fact(user, Holder(user, "nlp", job, f"{user}-sft")), since


def test_who_held_and_used_cards_is_nobody_in_particular_and_the_sums_stay(folder: Folder) -> None:
    database, writer = Database(folder.database), spans.Writer()
    with database.writing() as db:
        for key, fact, since in (held("wang", "7", 0.0), held("li", "8", 1.0), held("wang", None, 2.0)):
            writer.put(db, key, fact, since, since + 100.0)
        writer.put(db, Key(Kind.STATE, "gpu-01", 0), Fact("wang"), 0.0, 50.0)
        usage.add(db, {0: {("wang", "nlp"): (10.0, 10.0, 5.0), ("li", "nlp"): (20.0, 20.0, 5.0)}})
        before = db.execute("SELECT sum(held) FROM usage").fetchone()
    assert people.forget(database, ("wang",)) == {"events": 0, "history": 4}
    with database.writing() as db:
        found = recall.spans(db, SpansOf((Kind.OWNER,), 0.0, 1000.0)).spans
        assert sorted(((span.value, span.holder) for span in found if span.holder is not None), key=str) == [
            ("", Holder(None, "nlp")),
            ("", Holder(None, "nlp")),
            ("li", Holder("li", "nlp", "8", "li-sft")),
        ]
        (state,) = recall.spans(db, SpansOf((Kind.STATE,), 0.0, 1000.0)).spans
        assert state.value == "wang", "what is no person's name stays"
        assert db.execute("SELECT sum(held) FROM usage").fetchone() == before
        assert db.execute("SELECT user FROM person ORDER BY user").fetchall() == [(None,), ("li",)]
    database.close()
    assert b"wang-sft" not in folder.database.read_bytes()


async def test_without_a_collector_it_is_done_here_under_the_lease(folder: Folder, tmp_path: Path) -> None:
    database = Database(folder.database)
    events.add(database, [happened(1)])
    generation = database.generation
    database.close()
    (folder.path / "lab.db.damaged-1").touch()
    state = tmp_path / "state"
    state.mkdir()
    (state / "collector-lab-1.log").write_text("one\nwang failed, so did wang\nlisa\n")
    (state / "crash-1.txt").write_text("nothing\n")
    removed = await forget(folder, state, "wang", Discretion())
    assert removed.rows == {"events": 1, "history": 0}
    assert removed.files == ((state / "collector-lab-1.log", 1),)
    assert (state / "collector-lab-1.log").read_text() == "one\n*** failed, so did ***\nlisa\n"
    assert removed.left == (folder.path / "lab.db.damaged-1",)
    assert Database(folder.database).generation == generation + 2
    assert Lease(folder.lock).take(), "the lease was given back"


async def test_where_somebody_collects_and_does_not_listen_nothing_is_done(folder: Folder, tmp_path: Path) -> None:
    Database(folder.database).close()
    lease = Lease(folder.lock)
    assert lease.take()
    try:
        with pytest.raises(Unanswered) as raised:
            await forget(folder, tmp_path, "wang", Discretion())
    finally:
        lease.release()
    assert "does not answer" in raised.value.trouble.text


async def test_a_lab_without_a_file_has_nobody(folder: Folder, tmp_path: Path) -> None:
    removed = await forget(folder, tmp_path, "wang", Discretion())
    assert (removed.rows, removed.files, removed.left) == ({}, (), ())
    assert not folder.database.exists()


@pytest.mark.parametrize("ours", [True, False])
async def test_the_collector_does_it_for_its_own_user_only(
    folder: Folder, tmp_path: Path, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = LabClock(1000.0, 0.0)
    welcome = Welcome(2, "0", 7, "lab", False, 0, 0.0, 0.0, interval=0.05)
    archive = Archive(folder.database, clock)
    one = Collector(folder, archive, [Opened("x", Telling())], clock, welcome)
    if not ours:
        monkeypatch.setattr("console.services.link.server.peer", lambda _sock: Peer(1, os.geteuid() + 1, 1))
        monkeypatch.setattr(one._server, "_admit", _everybody)
    running = asyncio.ensure_future(one.run())
    try:
        async with asyncio.timeout(10):
            while "gpu-01" not in one.fleet.nodes:  # noqa: ASYNC110 - a fleet tells of nothing
                await asyncio.sleep(0.01)
        if ours:
            await forget(folder, tmp_path, "wang", Discretion())
        else:
            with pytest.raises(Unanswered) as raised:
                await forget(folder, tmp_path, "wang", Discretion())
            assert "Only the user who collects" in raised.value.trouble.text
        looked = await glance(folder.socket)
        assert looked is not None
        shown = [event.text for event in looked[1].fleet.nodes["gpu-01"].events]
        assert shown == [TEXT.replace("user wang of /home/wang", "user *** of /home/***") if ours else TEXT, "nothing"]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    kept = folder.database.read_bytes()
    assert (b"user wang" in kept) is not ours


def counting(folder: Folder, at: float) -> tuple[Archive, Callable[[float], Work]]:
    """An archive whose watch counts what wang holds, and what gathers the next of its rounds."""
    archive = Archive(folder.database, LabClock(at, 0.0), ledgers=(Watch(), Series()))
    card = Card(0, "GPU-a")

    def round_at(at: float) -> Work:
        gpus = (GpuSample(0, CardState.OK, util=50.0),)
        sample = NodeSample("gpu-01", at, at, HostSample(), ReaderState.OK, gpus=gpus)
        node = Node("gpu-01", NodeFacts("gpu-01", at, at, cards=(card,)), sample)
        job = Job("7", "sft", "wang", "nlp", state=JobState.RUNNING, held=(Held("gpu-01", (0,), 1),))
        return Work(Round(at, at, [node], [job], [sample]), [], beat=True)

    return archive, round_at


async def test_what_is_counted_and_not_written_yet_keeps_its_sum_and_not_its_name(folder: Folder) -> None:
    archive, round_at = counting(folder, 1_795_003_200.0)
    for number in range(20):
        assert archive._write(round_at(1_795_003_200.0 + number * 2.0))
    await archive.forget(("wang",))
    assert archive._write(round_at(1_795_003_240.0))
    rows = archive._database.read("SELECT user, project, held FROM usage JOIN person ON id = person WHERE step = 300")
    assert rows == [(None, "nlp", 38.0)]
    assert b"wang" not in folder.database.read_bytes()
    for number in range(21, 50):
        assert archive._write(round_at(1_795_003_200.0 + number * 2.0))
    rows = archive._database.read("SELECT user, held FROM usage JOIN person ON id = person WHERE step = 300")
    assert (None, 38.0) in rows, "what is counted later does not touch it"
    assert archive._database.read("SELECT count(*) FROM node_hour") == [(0,)]


async def test_a_round_that_could_not_be_written_gives_its_events_back_without_the_name(folder: Folder) -> None:
    archive = Archive(folder.database, LabClock(1000.0, 0.0))
    archive.add([happened(1)])
    work = archive._gather(Fleet(), beat=False)
    await archive.forget(("wang",))
    archive.add([happened(2)])
    archive._give_back(work)
    archive.add([happened(3)])
    texts = [event.text or "" for event in archive._gather(Fleet(), beat=False).events]
    assert ["wang " in text for text in texts] == [False, True, True], "what is told later is told with it"


async def test_nothing_else_is_removed_when_a_person_is(folder: Folder) -> None:
    """Numbers are pruned by the beat alone, whose time and budget they are told."""
    archive, round_at = counting(folder, 1_795_003_200.0)
    for number in range(200):
        assert archive._write(round_at(1_795_003_200.0 + number * 60.0))
    before = archive._database.read("SELECT count(*) FROM chunk")
    archive._kept = Retention(budget=1)
    await archive.forget(("wang",))
    assert archive._database.read("SELECT count(*) FROM chunk") == before


def test_a_log_that_somebody_writes_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "console-1.log"
    with path.open("a") as writer:
        writer.write("wang \udcff here\n".encode("utf-8", "surrogateescape").decode("latin-1") * 3)
        writer.flush()
        inode = path.stat().st_ino
        assert in_files([path, tmp_path / "gone.log"], ["wang"]) == [(path, 3)]
        writer.write("after\n")
    assert path.stat().st_ino == inode
    assert path.read_bytes().startswith(b"***")
    assert path.read_text().endswith("after\n")
