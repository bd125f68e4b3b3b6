"""Writes event files as TensorBoard does, by the description of the format, without a byte of its code or of ours."""

import struct


def crc32c(data: bytes) -> int:
    """The check sum, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x82F63B78 if crc & 1 else crc >> 1
    return crc ^ 0xFFFFFFFF


def mask(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def framed(event: bytes) -> bytes:
    length = struct.pack("<Q", len(event))
    return length + mask(length) + event + mask(event)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def event(at: float, step: int, *values: bytes) -> bytes:
    summary = b"".join(field(1, value) for value in values)
    head = b"\x09" + struct.pack("<d", at) + b"\x10" + varint(step)
    return framed(head + (field(5, summary) if values else b""))


def simple(tag: str, value: float) -> bytes:
    """As TensorFlow 1 and PyTorch write it."""
    return field(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def tensor(tag: str, value: float, *, content: bool) -> bytes:
    """As TensorFlow 2 writes it."""
    packed = struct.pack("<f", value)
    kind = b"\x08\x01" + field(2, b"")
    return (
        field(1, tag.encode())
        + field(9, field(1, b"\x0a\x07scalars"))
        + field(8, kind + field(4 if content else 5, packed))
    )


def begin(at: float) -> bytes:
    return framed(b"\x09" + struct.pack("<d", at) + field(3, b"brain.Event:2"))


def training(first: float, count: int) -> bytes:
    """A training of so many steps, one in ten seconds, whose loss falls."""
    parts = [begin(first)]
    for step in range(1, count + 1):
        values = (simple("train/loss", 4.0 / step), simple("eval/loss", 9.0), simple("lr", 1e-4))
        parts += [event(first + step * 10, step, value) for value in values]
    return b"".join(parts)
