"""The collector's end of the socket with hostile callers, and the follower with a hostile collector."""

import asyncio
import contextlib
import os
import socket
import stat
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backends.record import Trouble
from backends.records import AnyRecord, HostSample, LinkState, NodeLink, NodeSample
from console.model.history import Curve, Curves, CurvesOf
from console.model.standing import Standing
from console.services.feed import Feed
from console.services.follower import Follower, glance
from console.services.link import server as module
from console.services.link.protocol import (
    PROTOCOL,
    Ask,
    Greet,
    Pulse,
    Push,
    Refuse,
    Welcome,
    Whole,
    frame,
    hear_client,
    hear_collector,
)
from console.services.link.server import WAITING, Client, Server
from console.services.link.socket import Peer, bound, connect, peer


def sample(name: str, mono: float = 5.0) -> NodeSample:
    return NodeSample(name, 1000.0, mono, HostSample())


def welcome(protocol: int, generation: int = 3, mono: float = 5.0, interval: float = 0.05) -> Welcome:
    return Welcome(protocol, "0.1", 7, "lab", False, generation, 1000.0, mono, interval=interval)


@asynccontextmanager
async def serving(path: Path, records: list[AnyRecord] | None = None) -> AsyncIterator[Server]:
    server = Server(welcome, lambda: records or [])
    await server.listen(path)
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def following(path: Path) -> AsyncIterator[Follower]:
    follower = Follower(path, Feed())
    task = asyncio.ensure_future(follower.run())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event to tell of it
            await asyncio.sleep(0.01)


async def call(path: Path, *frames: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await connect(path)
    for each in frames:
        writer.write(each)
    return reader, writer


GREET = frame(Greet(PROTOCOL, "0.1", 1))


async def test_a_caller_gets_the_welcome_then_everything_then_what_comes(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    async with serving(path, [sample("a")]) as server:
        reader, writer = await call(path, GREET)
        assert await hear_collector(reader) == welcome(PROTOCOL[1])
        assert await hear_collector(reader) == Whole([sample("a")])
        server.push([sample("b")])
        server.push([])
        server.pulse(Pulse(6.0))
        assert await hear_collector(reader) == Push([sample("b")])
        assert await hear_collector(reader) == Pulse(6.0)
        assert len(server._clients) == 1
        writer.close()
        await until(lambda: not server._clients and server.left_at is not None)


async def test_who_asks_once_gets_everything_and_the_end(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    async with serving(path, [sample("a")]) as server:
        found = await glance(path)
        assert found is not None
        assert list(found[1].fleet.nodes) == ["a"]
        assert not server._clients


async def test_a_program_of_another_age_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    async with serving(path):
        reader, _writer = await call(path, frame(Greet((PROTOCOL[1] + 1, PROTOCOL[1] + 3), "9", 1)))
        refusal = await hear_collector(reader)
        assert isinstance(refusal, Refuse)
        said = refusal.trouble.text.format(**refusal.trouble.values)
        assert f"speaks protocol {PROTOCOL[1]}" in said
        assert f"speaks {PROTOCOL[1] + 1}-{PROTOCOL[1] + 3}" in said
        assert refusal.trouble.hint
        assert await reader.read() == b""


async def test_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lab.sock"
    monkeypatch.setattr(module, "peer", lambda _sock: Peer(1, os.geteuid() + 4711, 1))
    async with serving(path), following(path) as follower:
        await until(lambda: follower.standing is Standing.REFUSED)
        assert follower.trouble is not None
        assert "another user" in follower.trouble.text


async def test_the_kernel_says_who_calls(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    assert peer(ours) == Peer(os.getpid(), os.geteuid(), os.getegid())
    ours.close()
    theirs.close()


def test_users_of_a_directory_have_numbers_that_are_not_negative() -> None:
    class Called(socket.socket):
        def getsockopt(self, *_asked: int) -> bytes:  # type: ignore[override]
            return struct.pack("=iII", 12, 2**32 - 5, 2**31)

    with Called(socket.AF_UNIX) as sock:
        assert peer(sock) == Peer(12, 2**32 - 5, 2**31)


HOSTILE = {
    "too long": struct.pack(">I", 0xFFFFFFFF),
    "garbage": b"GET / HTTP/1.1\r\n\r\n" * 10,
    "nothing at all": b"",
    "half a frame": GREET[:7],
    "an empty frame": struct.pack(">I", 0),
    "a message of the collector": frame(Pulse(1.0)),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_caller_is_hung_up_on_and_harms_nobody(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GREETING", 0.1)
    path = tmp_path / "lab.sock"
    async with serving(path, [sample("a")]) as server, following(path) as follower:
        await until(lambda: follower.fleet.nodes)
        reader, writer = await call(path, HOSTILE[what])
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
        server.push([sample("b")])
        await until(lambda: "b" in follower.fleet.nodes)
        assert len(server._clients) == 1


async def test_a_caller_that_talks_nonsense_after_its_greeting_is_hung_up_on(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    async with serving(path) as server:
        reader, writer = await call(path, GREET, b"\xff" * 100)
        async with asyncio.timeout(5):
            await reader.read()
        await until(lambda: not server._clients)
        writer.close()


async def test_many_silent_callers_do_not_keep_others_out(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    async with serving(path, [sample("a")]):
        silent = [await connect(path) for _ in range(100)]
        async with following(path) as follower:
            await until(lambda: follower.fleet.nodes)
        for _reader, writer in silent:
            writer.close()


async def test_who_does_not_take_its_frames_gets_everything_anew_instead_of_a_queue() -> None:
    client = Client()
    assert await client.next(lambda: b"whole") == b"whole"
    for number in range(WAITING):
        client.offer(b"%d" % number)
    assert await client.next(lambda: b"whole") == b"0123"
    for number in range(1000):
        client.offer(b"%d" % number)
    assert not client._frames
    assert await client.next(lambda: b"whole") == b"whole"
    client.offer(b"next")
    assert await client.next(lambda: b"whole") == b"next"


async def test_a_client_that_reads_nothing_is_cheap_and_then_sees_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    state: list[AnyRecord] = [sample("a")]
    server = Server(welcome, lambda: list(state))
    await server.listen(path)
    sock = socket.socket(socket.AF_UNIX)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, str(path))
    reader, writer = await asyncio.open_unix_connection(sock=sock, limit=1024)
    writer.write(GREET)
    await until(lambda: len(server._clients) == 1)
    queued = 0
    fat = "x" * 10_000
    for number in range(1000):  # ten megabytes that nobody reads
        state[0] = sample(f"{number} {fat}")
        queued += len(frame(Push(list(state))))
        server.push(state)
        (client,) = server._clients
        assert len(client._frames) <= WAITING
        if number % 50 == 0:
            await asyncio.sleep(0)
    assert queued > 5_000_000
    last = ""
    async with asyncio.timeout(10):
        while not last.startswith("999 "):
            message = await hear_collector(reader)
            if isinstance(message, Whole | Push):
                (record,) = message.records
                assert isinstance(record, NodeSample)
                last = record.node
    writer.close()
    await server.close()


async def reading_nothing(path: Path, greet: bytes) -> socket.socket:
    """A caller that greets, and takes no byte of the answer."""
    sock = socket.socket(socket.AF_UNIX)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, str(path))
    await asyncio.get_running_loop().sock_sendall(sock, greet)
    return sock


ONCE = frame(Greet(PROTOCOL, "0.1", 1, stream=False))
FAT: list[AnyRecord] = [sample("x" * 4_000_000)]
"""More than the kernel holds for one that does not read."""


async def test_who_closes_hangs_up_on_everyone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "lab.sock"
    server = Server(welcome, lambda: FAT)
    await server.listen(path)
    reader, writer = await call(path, GREET)
    for _ in range(2):
        await hear_collector(reader)
    silent = await connect(path)
    deaf = [await reading_nothing(path, greet) for greet in (GREET, ONCE)]
    await until(lambda: len(server._talks) == 4)
    async with asyncio.timeout(5):
        await server.close()
        assert await reader.read() == b""
        assert await silent[0].read() == b""
    assert not server._talks
    assert not server._clients
    assert not caplog.text
    for sock in deaf:
        sock.close()
    writer.close()
    silent[1].close()


async def test_who_asks_once_and_takes_nothing_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HANGING_UP", 0.2)
    path = tmp_path / "lab.sock"
    async with serving(path, FAT) as server:
        sock = await reading_nothing(path, ONCE)
        await until(lambda: server._talks)
        await until(lambda: not server._talks)
        taken = 0
        with contextlib.suppress(ConnectionError):
            while data := await asyncio.get_running_loop().sock_recv(sock, 1 << 20):
                taken += len(data)
        assert taken < 4_000_000
        sock.close()


async def test_the_socket_is_its_users_alone_and_replaces_a_dead_ones(tmp_path: Path) -> None:
    path = tmp_path / "lab.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    before = os.umask(0)
    try:
        listener = bound(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["lab.sock"]  # noqa: PTH208 - short, and on a tmpfs
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        await connect(path)


async def test_a_path_longer_than_the_kernel_takes_works(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / ("数据" * 20)
    deep.mkdir(parents=True)
    assert len(os.fsencode(deep)) > 150
    async with serving(deep / "lab.sock", [sample("a")]), following(deep / "lab.sock") as follower:
        await until(lambda: follower.fleet.nodes)


# The other way round: a collector that misbehaves


@asynccontextmanager
async def pretending(
    path: Path, talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]
) -> AsyncIterator[list[int]]:
    """Something that listens where a collector should; tells how often it was called."""
    calls = [0]

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls[0] += 1
        try:
            await talk(reader, writer)  # type: ignore[misc]
        except (ConnectionError, EOFError):
            return
        finally:
            writer.close()

    server = await asyncio.start_unix_server(meet, path)
    try:
        yield calls
    finally:
        server.close()


@pytest.mark.parametrize(
    "data",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", struct.pack(">I", 0x7FFFFFFF), struct.pack(">I", 3) + b"\xc1\xc1\xc1"],
    ids=["another protocol", "a frame without end", "no message"],
)
async def test_what_listens_and_is_no_collector_is_said(data: bytes, tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear_client(reader)
        writer.write(data)
        await writer.drain()
        await reader.read()

    async with pretending(tmp_path / "s", talk), following(tmp_path / "s") as follower:
        await until(lambda: follower.trouble is not None)
        assert follower.trouble is not None
        assert "not a collector" in follower.trouble.text
        assert follower.standing is Standing.SEEKING


async def test_silence_is_said_and_the_next_word_ends_it(tmp_path: Path) -> None:
    speak = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear_client(reader)
        writer.write(frame(welcome(1)) + frame(Whole([sample("a")])))
        await speak.wait()
        writer.write(frame(Push([sample("b")])))
        await reader.read()

    async with pretending(tmp_path / "s", talk) as calls, following(tmp_path / "s") as follower:
        await until(lambda: follower.standing is Standing.SILENT)
        assert list(follower.fleet.nodes) == ["a"]
        speak.set()
        await until(lambda: "b" in follower.fleet.nodes)
        assert follower.standing is Standing.FOLLOWING
        assert calls == [1], "silence must not open a second connection"


async def test_a_hole_in_the_stream_is_no_crash(tmp_path: Path) -> None:
    """A collector that dies in the middle of a frame: the follower seeks again, and keeps what it knows."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear_client(reader)
        writer.write(frame(welcome(1)) + frame(Whole([sample("a")])) + frame(Push([sample("b")]))[:-3])
        await writer.drain()

    async with pretending(tmp_path / "s", talk) as calls, following(tmp_path / "s") as follower:
        await until(lambda: calls[0] >= 3)
        assert list(follower.fleet.nodes) == ["a"]


@pytest.mark.parametrize("pruned", [False, True], ids=["at once", "after its time"])
async def test_a_new_collector_inherits_the_picture_until_it_has_had_time(
    pruned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nodes the new one has not named stay for a while, then go; silent ones that it names stay for good."""
    monkeypatch.setattr("console.services.follower.INHERITED", -1.0 if pruned else 1e12)
    old = NodeLink("silent", 1.0, -9e9, "ssh", LinkState.DOWN, 1.0, Trouble("no route"))
    met = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal met
        met += 1
        await hear_client(reader)
        if met == 1:
            writer.write(frame(welcome(1, generation=1)) + frame(Whole([sample("a"), old, sample("gone")])))
            await writer.drain()
            return
        writer.write(frame(welcome(1, generation=2)) + frame(Whole([])) + frame(Push([sample("a"), old])))
        writer.write(frame(Pulse(6.0)))
        await reader.read()

    async with pretending(tmp_path / "s", talk), following(tmp_path / "s") as follower:
        await until(lambda: met == 2 and follower.standing is Standing.FOLLOWING)
        wanted = ["a", "silent"] if pruned else ["a", "silent", "gone"]
        await until(lambda: list(follower.fleet.nodes) == wanted)
        await asyncio.sleep(0.05)
        assert list(follower.fleet.nodes) == wanted


async def test_one_that_asks_and_does_not_read_is_not_heard_for_ever(tmp_path: Path) -> None:
    path, asked = tmp_path / "lab.sock", 0

    async def answer(_question: object, _caller: Peer | None) -> Curves:
        nonlocal asked
        asked += 1
        return Curves(0.0, 1.0, (Curve("util", (), tuple(float(number) for number in range(20_000)), ()),))

    server = Server(welcome, list, answer)
    await server.listen(path)
    try:
        question = frame(Ask(1, CurvesOf(("util",), 0.0, 1.0, 1)))
        reader, writer = await call(path, GREET, question * 400)
        await writer.drain()  # a reader whose buffer is full takes no more, as one that is stopped
        before = -1
        while asked != before:
            before = asked
            await asyncio.sleep(0.3)
        assert asked < 100, "what nobody takes is bounded"
        while asked < 400:
            assert await reader.read(1 << 20)
        writer.close()
    finally:
        await server.close()
