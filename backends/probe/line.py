"""One line of a probe: understood, or refused in words that may be shown."""

import msgspec

from backends.probe.wire import Message, decoder

_UNDERSTAND = decoder()
_KINDS = frozenset("hcswpfx!")
_EVERY_DIGIT = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * 19
_INTEGERS = range(-(2**63), 2**63)


def excerpt(text: bytes, most: int = 120) -> str:
    """Shorten text from the world to one line that may be shown: no control or invisible characters."""
    shown = "".join(c if c.isprintable() else "\N{MIDDLE DOT}" for c in text[: 4 * most].decode("utf-8", "replace"))
    return shown if len(shown) <= most else shown[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def ending(text: bytes, most: int = 240) -> str:
    """Join the last lines of text from the world, where errors stand, into one that may be shown; see `excerpt`."""
    lines = [line.strip() for line in text[-4 * most :].splitlines()]
    shown = excerpt(b" / ".join(line for line in lines if line), 8 * most)
    return shown if len(shown) <= most else "\N{HORIZONTAL ELLIPSIS}" + shown[1 - most :]


class Malformed(Exception):  # noqa: N818 - it is a state of the world, not a mistake in the program
    """A line is not one of a probe."""

    def __init__(self, line: bytes, why: str) -> None:
        self.excerpt = excerpt(line)
        """What came, short and fit to be shown."""
        super().__init__(f"{why}: {self.excerpt}")


def understand(line: bytes) -> Message:
    """Decode one line.

    Raises:
        Malformed: it is none, or holds an integer of more than 64 bits.
    """
    try:
        message = _UNDERSTAND.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(line, f"not a line of the probe ({excerpt(str(error).encode())})") from error
    if _LONG in line.translate(_EVERY_DIGIT) and not _fits(message):
        raise Malformed(line, "a number of more than 64 bits")
    return message


def of_tomorrow(line: bytes) -> bool:
    """Whether this is a line of a kind that we do not know."""
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(said, list) and bool(said) and isinstance(said[0], str) and said[0] not in _KINDS


def _fits(value: object) -> bool:
    """Whether every integer has at most 64 bits: neither our socket nor our database can carry a longer one."""
    if isinstance(value, int):
        return value in _INTEGERS
    if isinstance(value, msgspec.Struct):
        return all(_fits(part) for part in msgspec.structs.astuple(value))
    return all(_fits(part) for part in value) if isinstance(value, (list, tuple)) else True
