"""Collectors that are killed, stopped, overtaken, started at once or cannot start; followers go on."""

import asyncio
import os
import signal
import socket
import struct
import sys
from pathlib import Path

import pytest

from console.model.standing import Standing
from console.rules.judge import Judge, Status
from console.services.link.protocol import PROTOCOL, Greet, frame
from console.services.link.socket import connect, reachable
from console.store.database import Database

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from conftest import LabRoom, following, holder, until  # noqa: E402 - pytest imports by path; this folder is no package


async def test_killed_it_is_followed_again_and_no_node_vanishes_meanwhile(room: LabRoom) -> None:
    first = room.start("collect", "--until-idle", "3")
    await until(room.folder.socket.exists)
    async with following(room.follower(starts=True)) as follower:
        await until(lambda: len(follower.fleet.nodes) == 4)
        assert follower.welcome is not None
        assert (follower.welcome.pid, follower.welcome.generation) == (first.pid, 1)
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert room.folder.socket.exists(), "what a killed collector leaves must not hinder the next"
        fewest = 4

        def again() -> bool:
            nonlocal fewest
            fewest = min(fewest, len(follower.fleet.nodes))
            assert follower.welcome is not None
            return follower.standing is Standing.FOLLOWING and follower.welcome.generation == 2

        await until(again, what="a second collector")
        room.collector()
        pulse = max(node.sample.mono for node in follower.fleet.nodes.values() if node.sample is not None)
        await until(lambda: again() and _newest(follower.fleet.nodes.values()) > pulse, what="its samples")
        assert fewest == 4


def _newest(nodes: object) -> float:
    return max(node.sample.mono for node in nodes if node.sample is not None)  # type: ignore[attr-defined]


async def test_stopped_it_is_silent_its_values_age_and_it_is_followed_when_it_goes_on(room: LabRoom) -> None:
    collector = room.start("collect", "--until-idle", "3")
    async with following(room.follower()) as follower:
        await until(lambda: follower.fleet.nodes)
        collector.send_signal(signal.SIGSTOP)
        await until(lambda: follower.standing is Standing.SILENT, what="silence")
        assert len(follower.fleet.nodes) == 4

        def statuses() -> set[Status]:
            return {node.status for node in Judge().fleet(follower.fleet, follower.clock.mono(), follower.clock.wall())}

        await until(lambda: statuses() <= {Status.STALE, Status.DOWN}, what="stale values")
        collector.send_signal(signal.SIGCONT)
        await until(lambda: follower.standing is Standing.FOLLOWING, what="the next word")
        await until(lambda: Status.STALE not in statuses(), what="fresh values")
        assert follower.welcome is not None
        assert follower.welcome.pid == collector.pid


async def test_stopped_and_overtaken_it_writes_nothing_and_ends(room: LabRoom) -> None:
    collector = room.start("collect")
    async with following(room.follower()) as follower:
        await until(lambda: follower.fleet.nodes)
        collector.send_signal(signal.SIGSTOP)
        database = Database(room.folder.database)
        assert database.generation == 2
        database.beat(77.0)
        collector.send_signal(signal.SIGCONT)
        _out, said = await asyncio.to_thread(collector.communicate, None, 20)
    assert collector.returncode == 1
    assert "Traceback" not in said
    assert "taken" in said
    assert database.read("SELECT value FROM meta WHERE key = 'heartbeat'") == [(77,)]
    database.close()


FOLLOW = """
import asyncio, os, pathlib, sys
from console import bootstrap, processes
from console.model.settings import Demo, Settings
from console.services.feed import Feed
from console.services.follower import Follower

async def main():
    root = pathlib.Path(sys.argv[1])
    settings = Settings(Demo(4, 4).folder(root / "data"), root / f"state{sys.argv[2]}", "demo", Demo(4, 4), 0.5)
    follower = Follower(settings.folder / "lab.sock", Feed(), processes.starter(settings, 3.0))
    task = asyncio.ensure_future(follower.run())
    while len(follower.fleet.nodes) < 4:
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.0)
    print(follower.welcome.pid, follower.welcome.generation, follower.standing, len(follower.fleet.nodes), flush=True)
    task.cancel()

sys.stdin.readline()
asyncio.run(main())
"""


async def test_four_started_at_once_share_one_collector(room: LabRoom) -> None:
    command = [sys.executable, "-c", FOLLOW, str(room.root)]
    programs = [room.run([*command, str(number)]) for number in range(4)]
    said = await asyncio.gather(*(asyncio.to_thread(program.communicate, None, 40) for program in programs))
    room.collector()
    told = {out for out, _err in said}
    assert told == {f"{holder(room.folder.lock)} 1 following 4\n"}, said


async def test_libraries_under_a_name_that_is_no_text_are_told_to_everyone(room: LabRoom) -> None:
    room.environment["LD_LIBRARY_PATH"] = "/opt/\udcff"
    room.start("collect", "--until-idle", "3")
    async with following(room.follower()) as follower:
        await until(lambda: follower.fleet.nodes)
        assert follower.welcome is not None
        assert follower.welcome.libraries == "/opt/\ufffd"


async def test_a_second_one_is_refused_in_words(room: LabRoom) -> None:
    room.start("collect")
    await until(room.folder.socket.exists)
    second = room.start("collect")
    _out, said = await asyncio.to_thread(second.communicate, None, 20)
    assert second.returncode == 1
    assert str(room.folder.path) in said
    assert "Traceback" not in said
    assert holder(room.folder.lock) != second.pid


async def test_it_ends_by_itself_when_nobody_follows_and_not_before(room: LabRoom) -> None:
    collector = room.start("collect", "--until-idle", "1")
    async with following(room.follower()) as follower:
        await until(lambda: follower.fleet.nodes)
        await asyncio.sleep(2.0)
        assert collector.poll() is None
    await asyncio.to_thread(collector.communicate, None, 20)
    assert collector.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_asked_to_end_it_ends_in_peace(room: LabRoom, number: signal.Signals) -> None:
    collector = room.start("collect")
    await until(room.folder.socket.exists)
    collector.send_signal(number)
    _out, said = await asyncio.to_thread(collector.communicate, None, 20)
    assert (collector.returncode, said) == (0, "")


def _memory(pid: int) -> int:
    (line,) = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


async def test_one_that_does_not_read_costs_it_no_memory_without_end(tmp_path: Path) -> None:
    room = LabRoom(tmp_path, nodes=400, gpus=8)
    try:
        collector = room.start("collect")
        await until(room.folder.socket.exists)
        stuck = [socket.socket(socket.AF_UNIX) for _ in range(8)]
        for each in stuck:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with reachable(room.folder.socket) as name:
                each.connect(name)
            each.sendall(frame(Greet(PROTOCOL, "0", 1)))
        reading, writing = await connect(room.folder.socket)
        writing.write(frame(Greet(PROTOCOL, "0", 1)))
        # Everyone has what may wait for it, and the collector is warm: the first 2 MB are what the lab is and its jobs.
        await _take(reading, 6_000_000)
        before = _memory(collector.pid)
        received = await _take(reading, 4_000_000)
        grown = _memory(collector.pid) - before
        assert collector.poll() is None
        # What waits to be written down grows as well, at first; eight without a bound would cost 8 times what was sent.
        assert grown < 6 * received, f"eight that do not read cost {grown} bytes, while one that reads got {received}"
        newest = struct.calcsize(">I")
        assert len(stuck[0].recv(newest)) == newest
        for each in stuck:
            each.close()
        writing.close()
    finally:
        room.close()


async def _take(reader: asyncio.StreamReader, least: int) -> int:
    count = 0
    async with asyncio.timeout(60):
        while count < least:
            count += len(await reader.read(1 << 16))
    return count


@pytest.mark.parametrize("what", ["a dead socket", "a plain file"])
async def test_what_lies_in_the_place_of_the_socket_is_replaced(room: LabRoom, what: str) -> None:
    room.folder.make()
    if what == "a plain file":
        room.folder.socket.write_text("old")
    else:
        dead = socket.socket(socket.AF_UNIX)
        with reachable(room.folder.socket) as name:
            dead.bind(name)
        dead.close()
    async with following(room.follower(starts=True)) as follower:
        await until(lambda: len(follower.fleet.nodes) == 4)
        assert room.collector()


async def test_a_path_longer_than_a_socket_may_have(tmp_path: Path) -> None:
    root = tmp_path / ("deep" * 20) / ("er" * 30)
    root.mkdir(parents=True)
    assert len(os.fsencode(root)) > 140
    room = LabRoom(root)
    try:
        async with following(room.follower(starts=True)) as follower:
            await until(lambda: len(follower.fleet.nodes) == 4)
            room.collector()
            asked = room.start("get", "nodes", "-o", "csv")
            out, _err = await asyncio.to_thread(asked.communicate, None, 20)
            assert out.count("gpu-0") == 4
    finally:
        room.close()


async def test_a_folder_that_cannot_be_used_is_said_by_the_verb_and_to_the_one_who_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.services.follower.STARTING", 1.0)
    (tmp_path / "wall").write_text("no folder")
    room = LabRoom(tmp_path / "wall")
    room.settings = bent = type(room.settings)(
        room.settings.folder, tmp_path / "state", "demo", room.settings.demo, room.settings.interval
    )
    room.environment = {name: str(tmp_path / "xdg") for name in room.environment}
    verb = room.start("collect")
    _out, said = await asyncio.to_thread(verb.communicate, None, 20)
    assert verb.returncode == 1
    assert said.startswith("quarterdeck: ")
    assert str(bent.folder) in said
    assert "Traceback" not in said
    async with following(room.follower(starts=True)) as follower:
        await until(lambda: follower.trouble is not None, what="words about it")
        assert follower.trouble is not None
        assert "wall" in follower.trouble.values["error"]
        assert follower.standing is Standing.SEEKING
    for child in room.children:
        child.wait()
