"""What is new in the end of an output since the last look at it, in whole lines; it holds no text but 256 bytes."""

import hashlib

import msgspec

MARK = 256
"""Bytes by which the place is found again up to which an output was read."""


class Tail(msgspec.Struct, frozen=True):
    """What is remembered of an output between two looks."""

    mark: bytes | None = None
    """What stood before the place up to which it was read; None before the first look."""
    digest: bytes = b""
    """Of all that was seen at the last look."""


class Fresh(msgspec.Struct, frozen=True):
    """What a look found."""

    tail: Tail
    text: str
    """Whole lines that are new."""
    whole: bool
    """Whether nothing is missing between the last look and this text."""
    grown: bool
    """Whether the output is not what it was at the last look; True at the first."""


def fresh(tail: Tail, data: bytes, back: int) -> Fresh:
    """Return what is new.

    An unfinished line waits for its end, for `step 12` may become `step 1200`; a bar has no end, and is read once it
    has stood still from one look to the next.

    Args:
        tail: what is remembered of the last look.
        data: the end of the output.
        back: how many bytes were asked for; fewer are the whole output.
    """
    digest = hashlib.blake2b(data, digest_size=16).digest()
    grown = digest != tail.digest
    begin, whole = _begin(tail, data, back)
    end = len(data) if not grown else max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    end = max(begin, end)
    mark = data[max(end - MARK, 0) : end]
    return Fresh(Tail(mark, digest), data[begin:end].decode("utf-8", "replace"), whole, grown)


def _begin(tail: Tail, data: bytes, back: int) -> tuple[int, bool]:
    """Where what is new begins, and whether that is where the last look ended."""
    if tail.mark:
        at = data.rfind(tail.mark)
        if at >= 0:
            return at + len(tail.mark), True
    if len(data) < back:
        return 0, tail.mark == b""
    ends = [at for at in (data.find(b"\n"), data.find(b"\r")) if at >= 0]
    return (min(ends) + 1 if ends else 0), False
