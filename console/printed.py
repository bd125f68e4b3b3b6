"""How verbs look at the lab, and how they print: nothing that comes from the world reaches the terminal as it came."""

import json
import os
import sys
from collections.abc import AsyncGenerator

from console import bootstrap
from console.language import _
from console.model.exits import Exit
from console.model.settings import Settings
from console.services.discretion import discretion_of
from console.services.follower import Glance
from console.services.reading import looks as read
from console.services.tty import Terminal
from console.store import cards
from console.store.folder import Folder
from console.views import cells

NAME = "quarterdeck: "
"""Before everything that is said on standard error."""


def looks(settings: Settings, pause: float | None, *, rules: bool = False) -> AsyncGenerator[Glance, None]:
    """Look at the lab once, or every `pause` seconds: through its collector where one listens, else directly.

    Args:
        settings: of the lab.
        pause: seconds between two looks; None looks once.
        rules: whether the rules of schedulers are wanted, too, which come a moment later.
    """
    clock = bootstrap.clock_of(settings)
    folder = Folder(settings.folder)
    terminal = Terminal()
    return read(
        folder.socket,
        settings.lab,
        settings.simulated,
        lambda interval: (
            bootstrap.open_sources(
                settings, clock, interval, cards.glanced(folder.database, clock.wall()), lambda _source: terminal.ask
            ),
            clock,
        ),
        pause,
        lambda: terminal.asking,
        discretion_of(settings, collects=False).kept,
        bootstrap.inventory_of(settings, lambda _settings: ()),
        rules,
    )


def escaped(document: str) -> str:
    """JSON as standard output can say it: what its encoding lacks is escaped, so that no text is lost."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        document.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(json.loads(document), indent=1) + "\n"
    return document


def write(text: str) -> None:
    """Print; where nobody reads any more, or nothing can be written, end without a traceback."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # The interpreter must not complain about it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise SystemExit(Exit.DONE) from None  # whoever read has read enough
        complain(_("Nothing can be written: {error}").format(error=error))
        raise SystemExit(Exit.FAILED) from None


def complain(text: str) -> None:
    """Say something to the person; its lines hold text from the world and are made harmless."""
    lines = (cells.harmless(line) for line in text.split("\n"))
    sys.stderr.write(NAME + "\n".join(lines) + "\n")
