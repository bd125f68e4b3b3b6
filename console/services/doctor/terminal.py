"""The terminal: how large it is, and what it can draw."""

import os
import sys
from collections.abc import Iterator

from console.language import _
from console.model.checks import Check, Outcome
from console.terminal import colours, encoding_can


def checks() -> Iterator[Check]:
    """Yield what is to be said of the terminal."""
    if not sys.stdout.isatty():
        yield Check("terminal", Outcome.NOTE, _("standard output is no terminal; the console prints a table there"))
        return
    size = os.get_terminal_size(sys.stdout.fileno())
    said = f"{size.columns}×{size.lines}, TERM={os.environ.get('TERM', '')}, {colours(os.environ)}"
    small = size.columns < 60 or size.lines < 15
    yield Check(
        "terminal.size",
        Outcome.WRONG if small else Outcome.GOOD,
        said,
        _("Give it 60×15 at least; 80×24 shows everything.") if small else "",
    )
    wide = encoding_can("●▲▇")
    text = _("UTF-8: all signs can be drawn") if wide else _("the encoding has no ● ▲ ▇; ASCII is drawn")
    yield Check("terminal.encoding", Outcome.GOOD if wide else Outcome.NOTE, text, "" if wide else "LANG=C.UTF-8")
