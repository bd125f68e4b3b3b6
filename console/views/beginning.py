"""The first line of the end of a text, which may be cut: it is not shown half. It knows nothing of the rest."""


class Beginning:
    """Takes the pieces of the end of a text, and drops the part of a line with which it begins.

    Args:
        back: bytes that are wanted; the text is read from one byte more, by which it is told that it was cut there.
        grows: the text is followed: what came first is not kept back until it ends, so that only a first piece that is
            as long as all that was asked for is taken for cut.
    """

    def __init__(self, back: int, *, grows: bool) -> None:
        self._back = back
        self._grows = grows
        self._held: bytes | None = b""
        """The first line as far as it came; None once the text is shown."""

    def take(self, data: bytes) -> bytes:
        """What of the next piece is to be shown."""
        if self._held is None:
            return data
        held = self._held = self._held + data
        if len(held) <= self._back and not self._grows:
            return b""
        self._held = None
        if len(held) <= self._back:
            return held
        _part, found, rest = held.partition(b"\n")
        return rest if found else held[1:]

    def end(self) -> bytes:
        """What was kept back, where nothing more comes: it is the whole text."""
        held, self._held = self._held, None
        return held or b""
