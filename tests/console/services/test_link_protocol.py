"""Frames, ranges of versions, and what is no frame at all."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.record import Trouble
from backends.records import Event, HostSample, NodeSample
from console.services.link import protocol
from console.services.link.protocol import (
    FROM_CLIENT,
    FROM_COLLECTOR,
    PROTOCOL,
    Broken,
    Greet,
    Pulse,
    Push,
    Refuse,
    Said,
    Welcome,
    Whole,
    agreed,
    frame,
    frames,
    hear_client,
    hear_collector,
)

WELCOME = Welcome(1, "0.1", 7, "lab", False, 3, 1000.0, 5.0)


def reader(data: bytes, end: bool = True) -> asyncio.StreamReader:
    found = asyncio.StreamReader()
    found.feed_data(data)
    if end:
        found.feed_eof()
    return found


@pytest.mark.parametrize(
    "message",
    [
        WELCOME,
        Refuse(Trouble("no {why}", "", {"why": "\x1b[2J[red]"})),
        Whole([NodeSample("n", 1.0, 2.0, HostSample())]),
        Push([Event("节点", 1.0, 2.0, "xid", 79)]),
        Pulse(5.0, (Trouble("full"),)),
    ],
    ids=lambda message: type(message).__name__,
)
async def test_every_message_of_the_collector_arrives_as_it_was(message: Said) -> None:
    assert await hear_collector(reader(frame(message))) == message


async def test_frames_in_a_row_are_heard_one_by_one_however_they_are_cut() -> None:
    data = frame(WELCOME) + frame(Pulse(1.0)) + frame(Pulse(2.0))
    source = asyncio.StreamReader()
    heard = asyncio.ensure_future(_hear(source, 3))
    for at in range(0, len(data), 5):
        source.feed_data(data[at : at + 5])
        await asyncio.sleep(0)
    assert await heard == [WELCOME, Pulse(1.0), Pulse(2.0)]


async def _hear(source: asyncio.StreamReader, count: int) -> list[Said]:
    return [await hear_collector(source) for _ in range(count)]


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        ((1, 1), None),
        (PROTOCOL, PROTOCOL[1]),
        ((1, 9), PROTOCOL[1]),
        ((PROTOCOL[1] + 1, 9), None),
        ((0, 0), None),
        ((9, 1), None),
        ((-5, 2**63), PROTOCOL[1]),
    ],
)
def test_the_newest_that_both_speak(theirs: tuple[int, int], found: int | None) -> None:
    assert agreed(theirs) == found


def test_ranges_that_overlap_agree_on_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "PROTOCOL", (2, 4))
    assert [agreed(theirs) for theirs in ((1, 1), (1, 2), (1, 3), (3, 9), (4, 4), (5, 6))] == [None, 2, 3, 4, 4, None]


async def test_an_older_program_reads_a_message_with_more_fields() -> None:
    longer = msgspec.msgpack.encode(["pulse", 5.0, [], [], "from the future", 42])
    assert await hear_collector(reader(struct.pack(">I", len(longer)) + longer)) == Pulse(5.0)


async def test_a_frame_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(Broken, match="at most"):
        await hear_client(reader(struct.pack(">I", FROM_CLIENT + 1), end=False))
    with pytest.raises(Broken, match="at most"):
        await hear_collector(reader(struct.pack(">I", FROM_COLLECTOR + 1), end=False))


NO_MESSAGE = {
    "empty": b"",
    "no msgpack": b"\xc1",
    "another protocol": b"GET / HTTP/1.1",
    "a map": msgspec.msgpack.encode({"greet": 1}),
    "no UTF-8": msgspec.msgpack.encode(["greet", [1, 1], "0.1", 1]).replace(b"0.1", b"\xff\xfe\xfd"),
    "no UTF-8 from a collector": msgspec.msgpack.encode(["pulse", 1.0, [["0.1"]]]).replace(b"0.1", b"\xff\xfe\xfd"),
    "deeper than the stack": msgspec.msgpack.encode(["greet", [1, 1], "0", 1, True])[:-1].replace(b"\x95", b"\x96")
    + b"\xc3"
    + b"\x91" * 500_000
    + b"\xc0",
}


@pytest.mark.parametrize("what", NO_MESSAGE)
@pytest.mark.parametrize("hear", [hear_client, hear_collector])
async def test_what_is_no_message_is_said_to_be_broken(
    what: str, hear: Callable[[asyncio.StreamReader], Awaitable[Said]]
) -> None:
    with pytest.raises(Broken):
        await hear(reader(struct.pack(">I", len(NO_MESSAGE[what])) + NO_MESSAGE[what]))


GOOD = Event("n", 1.0, 2.0, "xid", 79)


@pytest.mark.parametrize("bad", [Event("n\udcff", 1.0, 2.0, "xid"), Event("n", 1.0, 2.0, "xid", 2**70)])
@pytest.mark.parametrize("kind", [Whole, Push])
async def test_a_record_that_cannot_be_sent_keeps_no_other_back(
    kind: type[Whole] | type[Push], bad: Event, caplog: pytest.LogCaptureFixture
) -> None:
    assert await hear_collector(reader(frame(kind([GOOD, bad, GOOD], True)))) == kind([GOOD, GOOD], True)
    assert await hear_collector(reader(frames(kind, [bad]))) == kind([])
    assert "left out" in caplog.text


async def test_a_trouble_that_cannot_be_sent_keeps_no_pulse_back() -> None:
    pulse = Pulse(7.0, (Trouble("no {path}", "", {"path": "/data/\udcff"}), Trouble("full")))
    assert await hear_collector(reader(frame(pulse))) == Pulse(7.0, (Trouble("full"),))


async def test_who_leaves_within_a_frame_has_left() -> None:
    whole = frame(Greet(PROTOCOL, "0", 1))
    for cut in (1, 3, 4, len(whole) - 1):
        with pytest.raises(EOFError):
            await hear_client(reader(whole[:cut]))


@given(st.binary(max_size=80))
def test_garbage_is_broken_or_an_end_and_never_anything_else(data: bytes) -> None:
    async def hear() -> None:
        for ear in (hear_client, hear_collector):
            try:
                await ear(reader(data))
            except (Broken, EOFError):
                continue

    asyncio.run(hear())
