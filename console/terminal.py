"""What the terminal can draw, found out before Textual is imported: encoding, colours, the width of our glyphs.

● ▲ ▇ █ ─ ▀ are *ambiguous* in Unicode: some terminals (and fonts, and locales) give them two columns, which would
tear every picture apart. No table knows; the terminal does, and is asked: draw one, then say where the cursor is.
"""

import codecs
import locale
import os
import re
import select
import sys
import termios
import time
import weakref
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Literal, Self

GLYPHS: Final = "●▲▇█─▀"
"""The glyphs that are drawn everywhere; one of each kind of ambiguity."""

Colours = Literal["truecolor", "256", "16", "none"]
"""How many colours there are."""

Attributes = list[Any]
"""A terminal's settings as `termios.tcgetattr` gives them."""

_REPORT: Final = re.compile(rb"\x1b\[\d+;(\d+)R")
_CUT: Final = re.compile(rb"\x1b\[\d+(?:;\d*)?$")
"""A report of which the end did not come."""
_DIRECT: Final = ("-direct", "kitty", "alacritty", "ghostty", "wezterm", "foot")
_PLAIN: Final = ("dumb", "unknown", "vt52", "vt100", "vt102", "vt220", "vt320", "vt420")


class Question:
    """The question how wide the terminal draws our glyphs; ask it, do something useful, then take the answer.

    ``ask`` makes the terminal silent (no echo, no line mode; Ctrl+C keeps working) and ``answer`` gives it back as it
    was. Used as a context manager, or at the latest when the program ends, it is given back in any case.

    Keys that are typed in between are not lost: what the kernel still holds stays there for whoever reads next, and
    what came together with the answer is kept in `typed`.

    Args:
        source: File descriptor of the terminal's keyboard.
        sink: File descriptor of its screen; Textual draws on standard error.
        environ: The environment, for TERM and the locale.
        encoding: The encoding of the screen; the locale's by default.
    """

    def __init__(
        self,
        source: int = 0,
        sink: int = 2,
        environ: Mapping[str, str] | None = None,
        encoding: str | None = None,
    ) -> None:
        self._source = source
        self._sink = sink
        self._environ = os.environ if environ is None else environ
        self._encoding = encoding
        self._restore: weakref.finalize[[int, Attributes], Question] | None = None
        self._known: bool | None = None
        self.typed = b""
        """Keys that came together with the answer, in their order; the caller may hand them on."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self) -> bool:
        """Send the question, where there is a terminal that could answer; True when an answer is on its way."""
        if self._environ.get("TERM", "") in ("", "dumb", "unknown") or not encoding_can(GLYPHS, self._encoding):
            self._known = False
            return False
        try:
            if not self._reachable():
                return False
            self._silence()
            # each glyph from the left edge, so that its report says 1 + its width; then the line is wiped
            text = "".join(f"\r{glyph}\x1b[6n" for glyph in GLYPHS) + "\r\x1b[K"
            os.write(self._sink, text.encode())
        except (OSError, termios.error):  # the terminal has gone, or is none after all
            self.close()
            return False
        return True

    def answer(self, timeout: float = 0.25) -> bool | None:
        """Wait for the answer so long, in seconds, and give the terminal back.

        A report that arrives later than that goes to whoever reads then; Textual takes it for what it is.

        Returns:
            True: every glyph is one column wide. False: one is not, or the terminal can draw none of them: use
            ASCII. None: nobody to ask, no answer in time, or none that makes sense.
        """
        if self._restore is None:
            return self._known
        try:
            columns = self._listen(time.monotonic() + timeout)
        except OSError:
            columns = []
        finally:
            self.close()
        if any(column > 2 for column in columns):  # one is proof enough, though the rest of the answer was lost
            self._known = False
        elif len(columns) >= len(GLYPHS) and all(column == 2 for column in columns):
            self._known = True
        return self._known

    def close(self) -> None:
        """Give the terminal back as it was; once is enough, more do no harm."""
        if self._restore is not None:
            self._restore()
            self._restore = None

    def _reachable(self) -> bool:
        """Whether both ends are a terminal that takes text now, and that is ours: a background job would be stopped."""
        if not os.isatty(self._source) or not os.isatty(self._sink):
            return False
        return os.tcgetpgrp(self._source) == os.getpgrp() and bool(select.select([], [self._sink], [], 0)[1])

    def _silence(self) -> None:
        before = termios.tcgetattr(self._source)
        quiet = termios.tcgetattr(self._source)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        quiet[0] &= ~termios.ICRNL  # Enter stays Enter in `typed`
        quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
        self._restore = weakref.finalize(self, _give_back, self._source, before)
        termios.tcsetattr(self._source, termios.TCSANOW, quiet)  # not TCSAFLUSH: that throws typed keys away

    def _listen(self, end: float) -> list[int]:
        """The columns reported until then; keys typed among them are kept in `typed`."""
        heard = b""
        while len(_REPORT.findall(heard)) < len(GLYPHS):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._source], [], [], left)[0]:
                break
            chunk = os.read(self._source, 1024)
            if not chunk:
                break
            heard += chunk
        self.typed += _CUT.sub(b"", _REPORT.sub(b"", heard))
        return [int(column) for column in _REPORT.findall(heard)]


def _give_back(source: int, before: Attributes) -> None:
    try:
        termios.tcsetattr(source, termios.TCSANOW, before)
    except (OSError, termios.error):  # it has been closed meanwhile: nothing is left to give back
        return


def encoding_can(glyphs: str, encoding: str | None = None) -> bool:
    """Whether an encoding has these glyphs; by default that of standard error, else of the locale."""
    name = encoding or getattr(sys.__stderr__, "encoding", None) or locale.getpreferredencoding(False)
    try:
        codecs.lookup(name)
        glyphs.encode(name)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def colours(environ: Mapping[str, str]) -> Colours:
    """How many colours the terminal has, as far as its environment says; cautious where it contradicts itself."""
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR") or not term or term in _PLAIN or term.endswith(("-m", "-mono")):
        return "none"
    full = environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or any(name in term for name in _DIRECT)
    # GNU screen hands down the COLORTERM of the terminal around it, and garbles true colour
    if full and not ("STY" in environ and "TMUX" not in environ):
        return "truecolor"
    if full or "256" in term:
        return "256"
    return "16"
