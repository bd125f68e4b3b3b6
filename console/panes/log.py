"""The page of what a job writes: `log ID`; it follows, scrolls, searches, and goes from output to output."""

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult

from backends.jobs import ENDED
from backends.record import Trouble
from console.language import N_, _, ngettext
from console.model.judged_jobs import JudgedJob
from console.panes.pane import Card, Pane
from console.panes.scene import Scene
from console.services.outputs import BACK, MOST, Output
from console.views import jobs, units
from console.views.words import fill, say
from widgets.models import KEEP, Span, Spans
from widgets.tail import Tail

AGAIN = 10.0
"""Seconds after which an output that could not be read is tried again while its job goes on."""


class Log(Pane):
    """The output of one job; its argument is the job's id, or source and id."""

    scopes: Sequence[str] = ("log", "move", "global")
    offers: Sequence[str] = ("leave", "pause", "output", "filter", "next", "wrap", "older", "last", "command", "help")
    called: Mapping[str, str] = {"filter": N_("search")}
    searches = True

    DEFAULT_CSS = "Log Tail { padding-left: 1; }"

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__(scene, argument)
        self.body = Tail(scene.styles, scene.glyphs)
        self._output = Output(self._take, self._said)
        self._name: str | None = None
        """Of the output; None takes the first there is."""
        self._back = BACK
        self._begun = float("-inf")
        """Monotonic time at which it began to read."""
        self._from_end: int | None = None
        """Lines from the end at which one reads while more is loaded; None: that is not so."""

    def compose(self) -> ComposeResult:
        """The text alone."""
        yield self.body

    def on_mount(self) -> None:
        """Begin to read."""
        self._begin()

    def on_unmount(self) -> None:
        """Read no more."""
        self._output.close()

    def _job(self) -> JudgedJob | None:
        return self.scene.job(self.argument)

    def _begin(self) -> None:
        self.body.clear()
        self._read()
        self._said()

    def _read(self) -> None:
        judged = self._job()
        access = self.scene.accesses.of(judged.source) if judged is not None else None
        if judged is None:
            text = N_("No scheduler knows a job {name} (any more).")
            self._output.fail(Trouble(text, "", {"name": self.argument}))
        elif access is None:
            text = N_("What a job writes is read by you, not by the collector; there is no way to {source}.")
            self._output.fail(Trouble(text, "", {"source": judged.source}))
        else:
            self._begun = self.scene.mono
            self._output.follow(access, judged.job.id, self._name, self._back)

    def _take(self, data: bytes) -> None:
        self.body.take(data)
        if self._from_end is not None:
            self.body.jump(max(0, self.body.rows - self._from_end))
        self.post_message(self.Moved())

    def _said(self) -> None:
        trouble = self._output.trouble
        if trouble is not None:
            hint = fill(_(trouble.hint), trouble.values) if trouble.hint else ""
            again = _("It is tried again while the job goes on.") if self._waits() else ""
            self.body.say(Span(" ".join(part for part in (say(trouble), hint, again) if part), "warning"))
            if self.body.text.lines:
                self.say(f"{say(trouble)} {hint}".rstrip(), "warning")
        else:
            self.body.say(Span(self._nothing(), "dim"))
        self.post_message(self.Moved())

    def _nothing(self) -> str:
        """What stands there while there is no text."""
        if self._output.ended:
            return _("Nothing has been written.")
        if self._output.names is None:
            return _("asking …")
        return _("Nothing has been written yet; this follows, and shows what comes.")

    def _waits(self) -> bool:
        """Whether there may be something to read later, and nothing was there yet."""
        judged = self._job()
        live = judged is not None and judged.job.state not in ENDED
        return live and self._output.trouble is not None and not self.body.text.lines

    # What the frame asks

    def look(self) -> None:
        """What is shown comes by itself; where nothing could be read of a job that goes on, it is tried again."""
        if self._waits() and self._output.ended and self.scene.mono - self._begun >= AGAIN:
            self._read()

    def dressed(self) -> None:
        """Dress the text anew."""
        self.body.dress(self.scene.styles, self.scene.glyphs)

    def renew(self) -> None:
        """Read it again."""
        self._begin()

    def crumb(self) -> Spans:
        """The job, and its outputs with the one that is shown."""
        arrow = Span(f" {self.scene.glyphs.separator} ", "dim")
        judged = self._job()
        found = [arrow, Span(judged.job.id if judged is not None else self.argument, "title", f"job:{self.argument}")]
        found += [
            Span(f"  {name}", "accent" if name == self._shown else "dim", "do:output")
            for name in self._output.names or ()
        ]
        return tuple(found)

    @property
    def _shown(self) -> str | None:
        return self._name or next(iter(self._output.names or ()), None)

    def state(self) -> Spans:
        """Whether it follows, how much there is, where a search stands."""
        body = self.body
        found: list[Span] = []
        if body.sought:
            at, count = body.hit
            found.append(
                Span(_("{number} of {count} lines").format(number=at, count=count) + "  ", "accent", priority=4)
            )
        if self._output.trouble is not None:
            found.append(Span(_("not read") + "  ", "warning", priority=KEEP))
        elif self._output.ended:
            found.append(Span(_("ended") + "  ", "dim", priority=KEEP))
        elif body.following:
            found.append(Span(_("following") + "  ", "ok", priority=KEEP))
        else:
            found.append(Span(_("paused") + "  ", "warning", "do:pause", KEEP))
        lines = ngettext("{count} line", "{count} lines", len(body.text.lines)).format(count=len(body.text.lines))
        return (*found, Span(lines, "dim", priority=3))

    def subject(self) -> object | None:
        """The job."""
        return self._job()

    def jumps(self) -> Sequence[tuple[str, str]]:
        """The job and what belongs to it."""
        judged = self._job()
        return () if judged is None else jobs.jumps(judged)

    def words(self) -> Mapping[str, Sequence[str]]:
        """The outputs."""
        return {"output": self._output.names or ()}

    def search(self, text: str) -> None:
        """Mark a text, and go to its last place."""
        found = self.body.search(text)
        if text and not found:
            self.say(
                _("“{text}” stands nowhere in what is loaded; {key} loads more.").format(text=text, key=":older"),
                "warning",
            )

    def copied(self) -> str | None:
        """The lines that are kept."""
        return "\n".join(self.body.text.lines) or None

    # What keys do

    def do_pause(self) -> None:
        """Stay here, or go to the end and follow."""
        self._from_end = None
        if self.body.following:
            self.body.stay()
        else:
            self.body.end()

    def do_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.body.wrap(not self.body.wraps)
        self.say(_("Long lines are wrapped.") if self.body.wraps else _("Long lines are cut."))

    def do_output(self, wanted: str = "") -> None:
        """Show the next output, or the one named."""
        names = self._output.names or ()
        if wanted and wanted not in names:
            text = _("There is no output {name}; there are {known}.")
            self.say(text.format(name=wanted, known=" ".join(names)), "warning")
        elif not wanted and len(names) < 2:
            self.say(_("There is no other output."), "dim")
        else:
            now = names.index(self._shown) if self._shown in names else -1
            self._name = wanted or names[(now + 1) % len(names)]
            self._back, self._from_end = BACK, None
            self.body.end()
            self._begin()

    def do_older(self) -> None:
        """Load four times as much; one goes on reading where one was."""
        if self._back >= MOST:
            self.say(_("More than {size} is not loaded.").format(size=units.size(MOST)), "dim")
            return
        self._back = min(MOST, self._back * 4)
        body = self.body
        self._from_end = None if body.following else body.rows - body.top
        self._begin()
        self.say(_("reading the last {size}").format(size=units.size(self._back)))

    def do_next(self) -> None:
        """Go to the next place of what is searched for."""
        self._seek(1)

    def do_previous(self) -> None:
        """Go to the place before."""
        self._seek(-1)

    def _seek(self, step: int) -> None:
        self._from_end = None
        if not self.body.next(step):
            self.say(_("Nothing is searched for, or it stands nowhere."), "dim")

    def do_up(self) -> None:
        """Scroll."""
        self._move(-1)

    def do_down(self) -> None:
        """Scroll."""
        self._move(1)

    def _move(self, lines: int) -> None:
        self._from_end = None
        self.body.move(lines)

    def do_page_up(self) -> None:
        """Scroll by a screen."""
        self._from_end = None
        self.body.page(-1)

    def do_page_down(self) -> None:
        """Scroll by a screen."""
        self._from_end = None
        self.body.page(1)

    def do_first(self) -> None:
        """Go to the beginning of what is loaded."""
        self._from_end = None
        self.body.home()

    def do_last(self) -> None:
        """Go to the end, and follow."""
        self._from_end = None
        self.body.end()

    def on_tail_moved(self, event: Tail.Moved) -> None:
        """Say whether it follows."""
        event.stop()
        self.post_message(self.Moved())


CARD = Card("log", N_("log"), ("logs", "日志"), Log, top=False)
