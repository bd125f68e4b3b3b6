"""What is said on the socket: length-prefixed msgpack, versioned with a range.

A frame is four bytes of length, big-endian, and one message. Messages are arrays: a field is added at the end, with a
default, and `PROTOCOL` moves only when that is not enough.
"""

import asyncio
import logging
import struct
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from backends.jobs import Jobs, Queues
from backends.record import Trouble
from backends.records import AnyRecord
from console.model.history import Answer, ForgetUser, Forgotten, ListAnew, Listed, Question

PROTOCOL = (3, 3)
"""The oldest and the newest protocol that this program speaks.

1: one followed. 2: one also asks, and nodes are listed before they answer. 3: jobs come as changes, with what
schedulers say beside them.
"""

Thing = TypeVar("Thing", bound=msgspec.Struct)

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
    wanted: tuple["Wanted", ...] = ()
    """What a person must answer before something can go on."""


class Wanted(msgspec.Struct, frozen=True, array_like=True):
    """A question of the outside world to a person, a login code say; the first answer to it counts."""

    id: int
    source: str
    host: str
    text: str
    echo: bool
    until: float
    """Monotonic time at which nobody waits for it any more."""


class Ask(Said, frozen=True, tag="ask"):
    """A client's question of the past."""

    id: int
    """The client's own number; the answer bears it."""
    question: Question | ForgetUser | ListAnew


class Reply(Said, frozen=True, tag="reply"):
    """A person's answer to what is `Wanted`. It is never logged and never kept."""

    id: int
    """That of `Wanted`."""
    text: str | None
    """None declines."""

    def __repr__(self) -> str:
        """Without the text: whatever prints a message, a traceback say, must not print this."""
        return f"Reply(id={self.id})"


class Told(Said, frozen=True, tag="told"):
    """The answer to `Ask`: one of the two is there."""

    id: int
    answer: Answer | Forgotten | Listed | None = None
    trouble: Trouble | None = None


FromClient = Greet | Ask | Reply
FromCollector = Welcome | Refuse | Whole | Push | Pulse | Told

PART = 96
"""Records in one frame: about 100 KB and 2 ms where every node has eight cards."""
OF_ONE = 4
"""Jobs, or nodes of a scheduler, that weigh as much as one such record."""

_NO_MESSAGE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises: the last two where a string is no UTF-8, and where arrays lie too deep in each other."""
_NO_SENTENCE = (UnicodeEncodeError, OverflowError)
"""What encoding raises: a string holds half a character, an integer has more than 64 bits."""

_encoder = msgspec.msgpack.Encoder()
_from_client: msgspec.msgpack.Decoder[FromClient] = msgspec.msgpack.Decoder(FromClient)
_from_collector: msgspec.msgpack.Decoder[FromCollector] = msgspec.msgpack.Decoder(FromCollector)


_log = logging.getLogger(__name__)


class Broken(Exception):  # noqa: N818 - named as the thing that it is: a broken conversation
    """The other side does not speak this protocol."""


def frame(message: Said) -> bytes:
    """Make one frame; a record or a trouble that cannot be said is left out and logged, for the others' sake."""
    try:
        body = _encoder.encode(message)
    except _NO_SENTENCE:
        body = _encoder.encode(_sayable(message))
    return _LENGTH.pack(len(body)) + body


def frames(first: type[Whole] | type[Push], records: Sequence[AnyRecord]) -> bytes:
    """Make one message of several frames, each short enough that to decode it keeps no key waiting."""
    parts: list[list[AnyRecord]] = [[]]
    filled = 0
    for record in records:
        if filled >= PART:
            parts.append([])
            filled = 0
        parts[-1].append(record)
        filled += _weight(record)
    last = len(parts) - 1
    return b"".join(frame((Push if number else first)(part, number < last)) for number, part in enumerate(parts))


def _weight(record: AnyRecord) -> int:
    match record:
        case Jobs():
            return 1 + len(record.jobs) // OF_ONE
        case Queues():
            return 1 + len(record.capacities) // OF_ONE
    return 1


def _sayable(message: Said) -> Said:
    match message:
        case Whole() | Push():
            return msgspec.structs.replace(message, records=_encodable(message.records))
        case Pulse():
            return msgspec.structs.replace(message, troubles=tuple(_encodable(message.troubles)))
    return message


def _encodable(things: Iterable[Thing]) -> list[Thing]:
    found = []
    for thing in things:
        try:
            _encoder.encode(thing)
        except _NO_SENTENCE as error:
            _log.error("left out, for it cannot be sent: %s: %a", error, thing)
        else:
            found.append(thing)
    return found


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
    except _NO_MESSAGE as error:
        raise Broken(str(error)) from error


async def hear_collector(reader: asyncio.StreamReader) -> FromCollector:
    """Read one message of the collector; raises as `hear_client` does."""
    body = await _body(reader, FROM_COLLECTOR)
    try:
        return _from_collector.decode(body)
    except _NO_MESSAGE as error:
        raise Broken(str(error)) from error


async def _body(reader: asyncio.StreamReader, most: int) -> bytes:
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > most:
        raise Broken(f"a frame of {length} bytes; at most {most} are allowed")
    return await reader.readexactly(length)
