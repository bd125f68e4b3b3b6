"""What is said on the socket: length-prefixed msgpack, versioned with a range.

A frame is four bytes of length, big-endian, and one message. Messages are arrays: a field is added at the end, with a
default, and `PROTOCOL` moves only when that is not enough.
"""

import asyncio
import struct
from collections.abc import Sequence

import msgspec

from backends.records import AnyRecord, Trouble

PROTOCOL = (1, 1)
"""The oldest and the newest protocol that this program speaks."""

_LENGTH = struct.Struct(">I")
FROM_CLIENT = 1 << 20
"""A client's frame may have 1 MiB: it asks, it does not send data."""
FROM_COLLECTOR = 64 << 20
"""A whole fleet of 2,048 nodes × 8 is about 4 MiB."""


class Said(msgspec.Struct, frozen=True, array_like=True):
    """The kind of every message."""


class Greet(Said, frozen=True, tag="greet"):
    """The client's first word."""

    protocol: tuple[int, int]
    version: str
    pid: int
    stream: bool = True
    """False: one `Whole` is enough."""


class Welcome(Said, frozen=True, tag="welcome"):
    """The collector's answer: who it is and what time it is in its lab."""

    protocol: int
    """The one that both will speak."""
    version: str
    pid: int
    lab: str
    simulated: bool
    generation: int
    """How many collectors this file has had."""
    wall: float
    mono: float
    """The same instant on both clocks; the lab's time passes `speed` times as fast as the monotonic one."""
    speed: float = 1.0
    interval: float = 2.0
    libraries: str = ""
    """LD_LIBRARY_PATH of the collector: where it looks for the driver."""
    started: float = 0.0
    """UTC."""


class Refuse(Said, frozen=True, tag="refuse"):
    """The collector will not talk; the reason is for a person."""

    trouble: Trouble


class Whole(Said, frozen=True, tag="whole"):
    """Everything; what the client had is replaced by it."""

    records: list[AnyRecord]
    more: bool = False
    """Whether a push follows that belongs to it."""


class Push(Said, frozen=True, tag="push"):
    """What came since the last frame."""

    records: list[AnyRecord]
    more: bool = False
    """Whether the next one belongs to it; all are applied together."""


class Pulse(Said, frozen=True, tag="pulse"):
    """The collector lives; sent each interval whatever else happens."""

    mono: float
    troubles: tuple[Trouble, ...] = ()
    """What the collector itself cannot do at present (write its file, say)."""


FromClient = Greet
FromCollector = Welcome | Refuse | Whole | Push | Pulse

PART = 96
"""Records in one frame: about 100 KB and 2 ms where every node has eight cards."""

_encoder = msgspec.msgpack.Encoder()
_from_client = msgspec.msgpack.Decoder(FromClient)
_from_collector: msgspec.msgpack.Decoder[FromCollector] = msgspec.msgpack.Decoder(FromCollector)


class Broken(Exception):  # noqa: N818 - named as the thing that it is: a broken conversation
    """The other side does not speak this protocol."""


def frame(message: Said) -> bytes:
    """Make one frame."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def frames(first: type[Whole] | type[Push], records: Sequence[AnyRecord]) -> bytes:
    """Make one message of several frames, each short enough that to decode it keeps no key waiting."""
    parts = [list(records[start : start + PART]) for start in range(0, len(records), PART)] or [[]]
    last = len(parts) - 1
    return b"".join(frame((Push if number else first)(part, number < last)) for number, part in enumerate(parts))


def agreed(theirs: tuple[int, int]) -> int | None:
    """The newest protocol that both speak, or None."""
    newest = min(PROTOCOL[1], theirs[1])
    return newest if newest >= max(PROTOCOL[0], theirs[0]) else None


async def hear_client(reader: asyncio.StreamReader) -> FromClient:
    """Read one message of a client.

    Raises:
        Broken: what came is too long or is not one.
        asyncio.IncompleteReadError: the client left.
    """
    body = await _body(reader, FROM_CLIENT)
    try:
        return _from_client.decode(body)
    except msgspec.DecodeError as error:
        raise Broken(str(error)) from error


async def hear_collector(reader: asyncio.StreamReader) -> FromCollector:
    """Read one message of the collector; raises as `hear_client` does."""
    body = await _body(reader, FROM_COLLECTOR)
    try:
        return _from_collector.decode(body)
    except msgspec.DecodeError as error:
        raise Broken(str(error)) from error


async def _body(reader: asyncio.StreamReader, most: int) -> bytes:
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > most:
        raise Broken(f"a frame of {length} bytes; at most {most} are allowed")
    return await reader.readexactly(length)
