"""What the outside world asks of a person: a prompt opens in the bottom line, one question after another.

The collector asks on its way to nodes and schedulers, and this console on the person's own ways to schedulers.
"""

import time

from console.language import _, ngettext
from console.screens.frame import Frame
from console.services.link.protocol import Wanted
from widgets.text import plain, width_of

QUIET = 1.0
"""Seconds without a key after which the prompt opens by itself: what is being typed was meant for the picture."""
LEAD = 30
"""Cells that a question may take before what is typed; a longer one stands in the line above."""


class Asked:
    """Opens the prompt for what is wanted, and sends what was typed; it remembers no answer."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._shown: Wanted | None = None
        self._later: frozenset[Wanted] = frozenset()
        """What was put off; `do_login` brings it back."""
        self._answered: frozenset[Wanted] = frozenset()
        """A word of the collector may still be on its way that wants it."""

    @property
    def open(self) -> bool:
        """Whether the prompt is open for a question."""
        return self._shown is not None

    @property
    def waiting(self) -> int:
        """How many questions wait without being shown."""
        return sum(wanted != self._shown for wanted in self._wanted())

    def _wanted(self) -> tuple[Wanted, ...]:
        return tuple(each for each in self._frame.scene.wanted if each not in self._answered)

    def look(self, last_key: float) -> None:
        """Open the prompt where something is asked, close it where that is over.

        Args:
            last_key: when the last key was pressed, as `time.monotonic` tells.
        """
        wanted = self._wanted()
        if self._shown is not None and self._shown not in wanted:
            host = plain(self._shown.host)
            self._close()
            self._frame.tell(_("{host} asks no longer: answered elsewhere, or too late.").format(host=host), "dim")
        if self._frame.occupied or time.monotonic() - last_key < QUIET:
            return
        due = next((each for each in wanted if each not in self._later), None)
        if due is not None:
            self._show(due)

    def do_login(self, argument: str = "") -> None:
        """Answer a login that waits; `no` declines all of them."""
        waiting = self._wanted()
        if not waiting:
            self._frame.tell(_("No login waits."), "dim")
        elif argument == "no":
            for wanted in waiting:
                self._reply(wanted, None)
            self._frame.tell(_("All logins that waited were declined."))
        elif argument:
            self._frame.tell(_("{name} takes “no” or nothing after it.").format(name="login"), "warning")
        else:
            self._later = frozenset()
            self._show(waiting[0])

    def done(self, text: str) -> None:
        """Send what was typed."""
        wanted = self._shown
        self._close()
        if wanted is not None:
            self._reply(wanted, text)
        self.look(float("-inf"))

    def leave(self) -> None:
        """Put the question off; it goes on waiting."""
        if self._shown is not None:
            self._later |= {self._shown}
        self._close()
        count = len(self._wanted())
        said = ngettext("{count} login waits: :login", "{count} logins wait: :login", count)
        self._frame.tell(said.format(count=count), "warning")
        self.look(float("-inf"))

    def _reply(self, wanted: Wanted, text: str | None) -> None:
        mono = self._frame.scene.follower.clock.mono()
        self._answered = frozenset({wanted, *(each for each in self._answered if each.until > mono)})
        self._frame.scene.reply(wanted, text)

    def _show(self, wanted: Wanted) -> None:
        self._shown = wanted
        asked = plain(wanted.text).strip() or _("answer:")
        count = len(self._wanted())
        which = _(" (1 of {count})").format(count=count) if count > 1 else ""
        host = plain(wanted.host, LEAD)
        own, long = self._frame.scene.own(wanted), width_of(asked) > LEAD
        note = {
            (False, False): _("{host} asks{which} · Enter sends · Esc later"),
            (False, True): _("{host} asks{which}: {text}"),
            (True, False): _("{host} asks for your own login{which} · Enter sends · Esc later"),
            (True, True): _("{host} asks for your own login{which}: {text}"),
        }[own, long].format(host=host, which=which, text=asked)
        if long:
            asked = ">"
        self._frame.prompting(True)
        self._frame.prompt.open(f"{asked} ", note=note, hidden=not wanted.echo)

    def _close(self) -> None:
        self._shown = None
        self._frame.prompt.close()
        self._frame.prompting(False)
        self._frame.draw()
