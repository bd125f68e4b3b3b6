"""The pane `jobs`: what runs, what waits and why, what failed lately; the tasks of an array in one line."""

from collections.abc import Mapping, Sequence

import msgspec

from console.language import N_, _
from console.model.judged_jobs import JudgedJob
from console.panes.listed import Listed
from console.panes.pane import Card
from console.panes.scene import Scene
from console.services.turns import Turns
from console.views import job as page
from console.views import job_figures as figures
from console.views import job_headings, job_rows, lines, listing
from console.views import jobs as view
from console.views.headings import Heading
from console.views.lines import PHASES, Line
from console.views.listing import Listing
from console.views.rows import Row
from widgets.models import Section, Span, Spans


class _Memory(msgspec.Struct, frozen=True):
    """How the list was when it was left."""

    listed: object
    open: frozenset[str]
    folds: bool


class Jobs(Listed[Line]):
    """The list of jobs; its argument is one of `PHASES`, or empty."""

    by_first = False
    step = 128
    scopes: Sequence[str] = ("jobs", "list", "move", "global")
    offers: Sequence[str] = (
        *("open", "log", "phase", "fold", "sort", "filter", "jump", "columns", "wide", "command", "help"),
    )

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__(scene, argument)
        self.phase = argument if argument in PHASES else PHASES[0]
        self._open: frozenset[str] = frozenset()
        self._folds = True
        self._made: tuple[list[JudgedJob], str, list[Line]] | None = None
        self._lines: list[Line] = []
        """Every line of the last look, as jobs are listed; what did not change is not made again."""
        self._folded: dict[str, Line] = {}
        """The folded ones of the last look, by key."""
        self._listed = self._hidden = 0
        """Jobs that are of the phase, and those that are known and are not."""
        self._looking = job_rows.Looked()
        self._texts: dict[str, tuple[JudgedJob, str]] = {}
        """What plain words of a filter look through, by key."""
        self._whole: tuple[Sequence[Line], frozenset[str], list[Line]] | None = None
        """The last list that was folded without a filter, with what was open, and folded."""

    # What is listed

    def headings(self) -> Sequence[Heading[Line]]:
        """The columns of jobs."""
        return job_headings.headings(lambda: self.scene.wall)

    @property
    def _wanted(self) -> str:
        """Which jobs are looked through: a filter that asks how they ended looks through all."""
        if self._filter is not None and self._filter.fields & job_rows.OF_ENDED:
            return "all"
        return self.phase

    def things(self) -> list[Line]:
        """The jobs of the phase, in the order of a queue."""
        jobs, phase = self.scene.jobs, self._wanted
        if self._made is None or self._made[0] is not jobs or self._made[1] != phase:
            self._lines = lines.of_jobs(jobs, self._lines)
            self._made = jobs, phase, lines.of_phase(self._lines, phase, self.scene.wall)
            self._listed = lines.amount(self._made[2])
            every = len(self._made[2]) == len(self._lines)
            self._hidden = 0 if every else lines.amount(self._lines) - self._listed
        return self._made[2]

    async def gathered(self, turns: Turns) -> list[Line]:
        """The same, judged in steps."""
        await self.scene.jobs_between(turns)
        return self.things()

    def folded(self, things: list[Line]) -> list[Line]:
        """The tasks of each array as one, unless all are to be seen."""
        if not self._folds:
            return things
        if self._whole is not None and self._whole[0] is things and self._whole[1] == self._open:
            return self._whole[2]
        found = lines.folded(things, self._open, self._folded)
        self._folded = lines.arrays(found)
        if self._made is not None and things is self._made[2]:
            self._whole = things, self._open, found
        return found

    def unfolded(self, things: list[Line]) -> list[Line]:
        """The tasks of open arrays below them."""
        return lines.unfolded(things)

    def amount(self, things: Sequence[Line]) -> int:
        """Jobs, however they are folded."""
        if self._made is not None and things is self._made[2]:
            return self._listed
        return lines.amount(things)

    def key(self, thing: Line) -> str:
        """Source and id."""
        return thing.key

    def keys(self, things: Sequence[Line]) -> list[str]:
        """The same of many."""
        return lines.keys(things)

    def row(self, thing: Line) -> Row:
        """Its values for exports."""
        return job_rows.row(thing.judged, self.scene.wall)

    def passing(self, things: Sequence[Line]) -> Sequence[Line]:
        """Those that pass the filter; 10,000 jobs take 10 ms where it asks for fields alone."""
        if self._filter is None:
            return things
        check, words, looking, found = self._filter.check, self._filter.words, self._looking, []
        looking.wall = self.scene.wall
        for line in things:
            looking.judged = line.judged
            if check(looking, self._text_of(line) if words else ""):
                found.append(line)
        return found

    def _text_of(self, line: Line) -> str:
        """What plain words look through; it is put together once for each job."""
        known = self._texts.get(line.key)
        if known is None or known[0] is not line.judged:
            known = self._texts[line.key] = line.judged, job_rows.text(self._looking)
        return known[1]

    def listing(self) -> Listing:
        """Jobs."""
        return listing.jobs()

    def listed(self) -> tuple[Listing, list[Row]]:
        """The jobs that are shown, each for itself; the marked ones only, where there are marks."""
        marks = self.table.marks
        shown = [line for line in self._shown if not line.inside]
        if marks:
            shown = [line for line in lines.unfolded(self._shown) if line.key in marks]
        jobs = {judged.key: judged for line in shown for judged in (line.members or (line.judged,))}
        return self.listing(), [job_rows.row(judged, self.scene.wall) for judged in jobs.values()]

    def sections(self, thing: Line) -> Sequence[Section]:
        """The short form of its page."""
        scene = self.scene
        if thing.members:
            return page.of_array(thing, scene.wall)
        explained = scene.explain(thing.judged.key)
        return page.brief(thing.judged, explained, scene.glyphs, scene.wall)

    def place(self, thing: Line) -> tuple[str, str]:
        """Its page."""
        return "job", thing.judged.key

    def counted(self, count: int) -> str:
        """So many jobs."""
        return figures.jobs_counted(count)

    def empty(self) -> str:
        """That there are none, and where the others are."""
        if not self.scene.fleet.jobs:
            return _("No scheduler has listed its jobs yet.")
        return _("No job waits or runs; :jobs finished shows those that ended.")

    def style(self, thing: Line) -> str:
        """What is too old or over stands back."""
        return view.style(thing)

    # What the frame asks

    def crumb(self) -> Spans:
        """The job under the cursor."""
        line = self.under()
        return view.crumb(line, self.scene.glyphs) if line is not None else ()

    def state(self) -> Spans:
        """Which jobs, sort, marks and count."""
        found = super().state()
        if self._wanted == PHASES[0]:
            if not self._hidden:
                return found
            text = _("{count} ended not shown").format(count=self._hidden) + "  "
        else:
            text = (_("finished") if self._wanted == "finished" else _("current and finished")) + "  "
        return (Span(text, "dim", "do:phase", 4), *found)

    def memory(self) -> object:
        """Sort, columns, cursor and marks; which arrays are open."""
        return _Memory(super().memory(), self._open, self._folds)

    def recall(self, memory: object) -> None:
        """Be as it was left; which jobs are shown is told by the argument, so that no link leads to finished ones."""
        if isinstance(memory, _Memory):
            super().recall(memory.listed)
            self._open, self._folds = memory.open, memory.folds

    def words(self) -> Mapping[str, Sequence[str]]:
        """Columns, and which jobs there are to be seen."""
        return {**super().words(), "phase": PHASES}

    def subject(self) -> object | None:
        """The job under the cursor with everything that was joined to it."""
        line = self.under()
        if line is None:
            return None
        return list(line.members) if line.members else line.judged

    def jumps(self) -> Sequence[tuple[str, str]]:
        """Its page, nodes, GPUs, user, queue."""
        line = self.under()
        if line is None:
            return ()
        return view.jumps(line.judged)[1:] if line.members else view.jumps(line.judged)

    def copied(self) -> str | None:
        """The ids of the marked jobs, or of the one under the cursor."""
        ids = [key.removesuffix("[]").partition("/")[2] for key in self.cursor.taken()]
        return "\n".join(ids) or None

    # What keys do

    def do_open(self) -> None:
        """Into the job under the cursor; an array is opened or closed in its place."""
        line = self.under()
        if line is not None and line.members:
            self._open ^= {line.key}
            self.look()
        elif line is not None:
            self.post_message(self.Open(*self.place(line)))

    def do_describe(self) -> None:
        """The page of the job under the cursor; of an array that of its first task."""
        line = self.under()
        if line is not None:
            self.post_message(self.Open("job", (line.members or (line.judged,))[0].key))

    def do_log(self) -> None:
        """What the job under the cursor writes."""
        line = self.under()
        if line is not None:
            self.post_message(self.Open("log", (line.members or (line.judged,))[0].key))

    def do_fold(self) -> None:
        """Fold the tasks of arrays, or show them all."""
        self._folds = not self._folds
        self._open = frozenset()
        self.look()
        self.say(_("Arrays are folded; Enter opens one.") if self._folds else _("Every task has its own line."))

    def do_phase(self, wanted: str = "") -> None:
        """Show the next of current, finished and all jobs, or those that are named."""
        if wanted and wanted not in PHASES:
            text = _("There is no “{name}” here; there are {known}.")
            self.say(text.format(name=wanted, known=" ".join(PHASES)), "warning")
            return
        self.phase = wanted or PHASES[(PHASES.index(self.phase) + 1) % len(PHASES)]
        self.argument = "" if self.phase == PHASES[0] else self.phase
        self.post_message(self.Moved())
        self.look()
        said = {
            "current": _("jobs that wait or run, and what failed in the last hour"),
            "finished": _("jobs that have ended"),
            "all": _("all jobs that are known"),
        }
        self.say(said[self.phase])


CARD = Card("jobs", N_("jobs"), ("jo", "queue-of-jobs", "squeue", "作业", "任务"), Jobs, follows=PHASES, words=PHASES)
