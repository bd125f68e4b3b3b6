"""Columns of numbers as few bytes: the upper bytes of all numbers, then the next ones, …, compressed.

Of each number of 32 bits the upper three bytes are kept: whole numbers up to 65,536 exactly, others to one part in
32,768; of a rough column the upper two, to one part in 128. A column that stands still repeats itself and compresses to
nothing. To keep differences instead was measured, and is larger (docs/decisions/0005-history-layout.md).
"""

import sqlite3
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence

from console.store.series.columns import Column

PRECISION = 2.0**-15
"""By what part of itself a value may differ from what was measured; always towards 0."""
ROUGH = 2.0**-7
"""The same of a rough column."""
_HEAD = struct.Struct("<BHH")
_VERSION = 1
_SWAP = sys.byteorder == "big"


class Unreadable(sqlite3.DatabaseError):
    """A blob is not what it should be: the file is damaged where SQLite cannot see it."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def packed(columns: Sequence[Column], level: int = 1, rough: tuple[int, int] = (0, 0)) -> bytes:
    """Pack columns of equal length.

    Args:
        columns: at most 65,535 of at most 65,535 numbers.
        level: of zlib.
        rough: the first of the rough columns, and where they end.
    """
    text = _swapped(b"".join(columns)) if _SWAP else b"".join(columns)
    rows = len(columns[0]) if columns else 0
    third = bytearray(text[1::4])
    third[rows * rough[0] : rows * rough[1]] = bytes(rows * (rough[1] - rough[0]))
    planes = b"".join((third, text[2::4], text[3::4]))
    return _HEAD.pack(_VERSION, rows, len(columns)) + zlib.compress(planes, level)


def unpacked(blob: bytes) -> list[Column]:
    """Unpack all columns.

    Raises:
        Unreadable: it is no such blob.
    """
    planes, rows, width = _opened(blob)
    whole = _numbers(planes, rows * width, 0, rows * width)
    return [whole[rows * number : rows * (number + 1)] for number in range(width)]


def some(blob: bytes, wanted: Sequence[int]) -> list[Column]:
    """Some of the columns; one that the blob lacks comes back empty.

    Raises:
        Unreadable: it is no such blob.
    """
    planes, rows, width = _opened(blob)
    size = rows * width
    return [_numbers(planes, size, rows * number, rows) if number < width else array("f") for number in wanted]


def _numbers(planes: bytes, size: int, start: int, count: int) -> Column:
    mixed = bytearray(4 * count)
    for byte in range(3):
        mixed[byte + 1 :: 4] = planes[byte * size + start : byte * size + start + count]
    return array("f", _swapped(bytes(mixed)) if _SWAP else bytes(mixed))


def _opened(blob: bytes) -> tuple[bytes, int, int]:
    try:
        version, rows, width = _HEAD.unpack_from(blob)
        planes = zlib.decompress(memoryview(blob)[_HEAD.size :])
    except (struct.error, zlib.error) as error:
        raise Unreadable(str(error)) from error
    if version != _VERSION or len(planes) != 3 * rows * width:
        raise Unreadable(f"version {version}, {len(planes)} bytes for {width} columns of {rows}")
    return planes, rows, width


def _swapped(text: bytes) -> bytes:
    numbers = array("f", text)
    numbers.byteswap()
    return numbers.tobytes()
