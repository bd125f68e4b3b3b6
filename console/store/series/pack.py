"""Columns of whole numbers as few bytes: the first bytes of all numbers, then the second ones, …, compressed.

Small numbers have zeros in their upper bytes, and a column that stands still repeats itself: both compress to nothing.
To keep differences instead was measured, and is larger (docs/decisions/0005-history-layout.md).
"""

import sqlite3
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence

_HEAD = struct.Struct("<BHH")
_VERSION = 1
_SWAP = sys.byteorder == "big"


class Unreadable(sqlite3.DatabaseError):
    """A blob is not what it should be: the file is damaged where SQLite cannot see it."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def packed(columns: "Sequence[array[int]]", level: int = 1) -> bytes:
    """Pack columns of equal length, of numbers of 32 bits with a sign.

    Args:
        columns: at most 65,535 of at most 65,535 numbers.
        level: of zlib.
    """
    text = b"".join(columns)
    if _SWAP:
        text = _swapped(text)
    planes = b"".join((text[0::4], text[1::4], text[2::4], text[3::4]))
    return _HEAD.pack(_VERSION, len(columns[0]) if columns else 0, len(columns)) + zlib.compress(planes, level)


def unpacked(blob: bytes) -> "list[array[int]]":
    """Unpack all columns.

    Raises:
        Unreadable: it is no such blob.
    """
    planes, rows, width = _opened(blob)
    size = rows * width
    mixed = bytearray(4 * size)
    for byte in range(4):
        mixed[byte::4] = planes[byte * size : (byte + 1) * size]
    text = _swapped(bytes(mixed)) if _SWAP else bytes(mixed)
    return [array("i", text[4 * rows * number : 4 * rows * (number + 1)]) for number in range(width)]


def some(blob: bytes, wanted: Sequence[int]) -> "tuple[int, list[array[int]]]":
    """How many columns a blob has, and some of them; one that it lacks comes back empty.

    Raises:
        Unreadable: it is no such blob.
    """
    planes, rows, width = _opened(blob)
    return width, [_one(planes, rows, width, number) if number < width else array("i") for number in wanted]


def _one(planes: bytes, rows: int, width: int, number: int) -> "array[int]":
    mixed, size, start = bytearray(4 * rows), rows * width, number * rows
    for byte in range(4):
        mixed[byte::4] = planes[byte * size + start : byte * size + start + rows]
    return array("i", _swapped(bytes(mixed)) if _SWAP else bytes(mixed))


def _opened(blob: bytes) -> tuple[bytes, int, int]:
    try:
        version, rows, width = _HEAD.unpack_from(blob)
        planes = zlib.decompress(memoryview(blob)[_HEAD.size :])
    except (struct.error, zlib.error) as error:
        raise Unreadable(str(error)) from error
    if version != _VERSION or len(planes) != 4 * rows * width:
        raise Unreadable(f"version {version}, {len(planes)} bytes for {width} columns of {rows}")
    return planes, rows, width


def _swapped(text: bytes) -> bytes:
    numbers = array("i", text)
    numbers.byteswap()
    return numbers.tobytes()
