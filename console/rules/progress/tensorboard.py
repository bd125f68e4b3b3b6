"""TensorBoard event files: frames with check sums, and in them the scalars; damage and cut ends are passed over.

Only what a scalar needs is read: time, step, tag, and a number as ``simple_value`` or as a tensor with one element.
Images, graphs and histograms are skipped by their length.
"""

import struct
from collections.abc import Iterator, Mapping

import msgspec

from console.rules.progress.numbers import counted
from console.rules.progress.pattern import Names
from console.rules.progress.reading import Reading

LARGEST = 1 << 14
"""Bytes of an event that is looked into; a scalar's has under 200."""
MOST = 20_000
"""Events that are looked into; a megabyte holds some 15,000 scalars."""
_HEAD = 12
_FOOT = 4
_ELEMENTS = {1: (4, "<f", 5), 2: (8, "<d", 6)}
"""By the kind of a tensor's elements: their size, how they are read, and the field of their own: float and double."""


class Scalar(msgspec.Struct, frozen=True, gc=False):
    """One number under one tag."""

    tag: str
    step: int
    at: float
    value: float


def readings(data: bytes, names: Names) -> list[Reading]:
    """Return the training's loss by step, oldest first; where no tag is one, the steps alone.

    Args:
        data: of a file, from anywhere in it.
        names: which tags are a loss.
    """
    found = list(scalars(data))
    tag = names.training_loss(dict.fromkeys(scalar.tag for scalar in found))
    chosen = [scalar for scalar in found if scalar.tag == tag] if tag is not None else found
    return [
        Reading("events", step=counted(each.step), loss=each.value if tag is not None else None, at=each.at)
        for each in chosen
    ]


def scalars(data: bytes) -> Iterator[Scalar]:
    """Yield the scalars of a piece of an event file; what is damaged is left out."""
    for number, frame in enumerate(frames(data)):
        if number >= MOST:
            return
        try:
            yield from _event(frame)
        except (ValueError, IndexError, struct.error):
            continue


def frames(data: bytes) -> Iterator[bytes]:
    """Yield what stands in the whole frames of `LARGEST` bytes at most; it finds the next one behind damage."""
    at = 0
    while at + _HEAD + _FOOT <= len(data):
        (length, check) = struct.unpack_from("<QI", data, at)
        if not length or length >> 32 or check != masked(data[at : at + 8]):
            at = _next(data, at + 1)
            continue
        end = at + _HEAD + length
        if end + _FOOT > len(data):
            return  # it is being written, or the rest was cut off
        if length <= LARGEST:
            body = data[at + _HEAD : end]
            if struct.unpack_from("<I", data, end)[0] == masked(body):
                yield body
        at = end + _FOOT


def _next(data: bytes, start: int) -> int:
    """Where a frame may begin: lengths are below 4 GB, so that four bytes of each are zero."""
    zeros = data.find(b"\0\0\0\0", start + 4)
    return len(data) if zeros < 0 else zeros - 4


def _table() -> tuple[int, ...]:
    found = []
    for number in range(256):
        for _bit in range(8):
            number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
        found.append(number)
    return tuple(found)


_CRC = _table()


def masked(data: bytes) -> int:
    """Return the check sum of a frame's part: CRC-32C, turned by 15 bits, plus a constant."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _event(frame: bytes) -> Iterator[Scalar]:
    at, step, summaries = 0.0, 0, []
    for number, value in _fields(frame):
        match number, value:
            case 1, bytes() if len(value) == 8:
                (at,) = struct.unpack("<d", value)
            case 2, int():
                step = value
            case 5, bytes():
                summaries.append(value)
    for summary in summaries:
        for number, value in _fields(summary):
            if number == 1 and isinstance(value, bytes):
                tag, found = _value(value)
                if found is not None and counted(step) is not None and 0 < at < 4e9:
                    yield Scalar(tag, step, at, found)


def _value(data: bytes) -> tuple[str, float | None]:
    tag, found = "", None
    for number, value in _fields(data):
        match number, value:
            case 1, bytes():
                tag = value[:200].decode("utf-8", "replace")
            case 2, bytes() if len(value) == 4:
                (found,) = struct.unpack("<f", value)
            case 8, bytes():
                found = _tensor(value)
    return tag, found


def _tensor(data: bytes) -> float | None:
    """The number of a tensor that has one."""
    said: Mapping[int, int | bytes] = dict(_fields(data))
    kind = said.get(1)
    size, letter, own = _ELEMENTS.get(kind if isinstance(kind, int) else 0, (0, "", 0))
    for number in (4, own):
        value = said.get(number)
        if size and isinstance(value, bytes) and len(value) == size:
            return float(struct.unpack(letter, value)[0])
    return None


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a message: whole numbers, and everything else as bytes.

    Raises:
        ValueError: it is none.
        IndexError: it ends within a field.
    """
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
                continue
            case 1:
                size = 8
            case 2:
                size, at = _varint(data, at)
            case 5:
                size = 4
            case kind:
                raise ValueError(f"no such kind of field: {kind}")
        if at + size > len(data):
            raise IndexError
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
    raise ValueError("a number without end")
