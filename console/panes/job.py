"""The page of one job: `job ID`."""

from collections.abc import Mapping, Sequence

from backends.jobs import ENDED
from console.language import N_, _
from console.model.history import Curves, CurvesOf, Rows, TimelineOf
from console.model.judged_jobs import JudgedJob
from console.panes.card_curves import CardCurves
from console.panes.history import LONGEST, HistoryPage
from console.panes.pane import Card
from console.panes.scene import Scene
from console.services.details import Details
from console.views import job as view
from console.views import job_cards as cards
from console.views import job_curves as curves
from console.views import job_detail as detail
from console.views import job_figures as figures
from console.views import jobs as view_of_all
from console.views import plots
from console.views.period import POINTS, Period
from widgets.models import Paragraph, Section, Span, Spans


class Job(HistoryPage):
    """One job; its argument is its id, or source and id. Left and right go to its neighbours in the listing."""

    scopes: Sequence[str] = ("job", "time", "list", "move", "global")
    offers: Sequence[str] = (
        *("leave", "log", "figure", "zoom_out", "zoom_in", "earlier", "later", "jump", "raw", "command", "help"),
    )

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__(scene, argument)
        self._turned = False
        """Whether a person has chosen the time that the plots show; else it is the life of the job."""
        self._figure = curves.FIGURES[0]
        self._cards = CardCurves(scene.follower.ask, self._answered)
        self._details = Details(scene.accesses, self._answered)

    def on_unmount(self) -> None:
        """Wait for no answer any more."""
        super().on_unmount()
        self._cards.close()
        self._details.close()

    def _found(self) -> JudgedJob | None:
        return self.scene.job(self.argument)

    def sections(self) -> Sequence[Section]:
        """The job's page, or that it is not there."""
        judged = self._found()
        if judged is None:
            text = _("No scheduler knows a job {name} (any more).").format(name=self.argument)
            return (Section(_("State"), (Paragraph(Span(text, "warning")),)),)
        scene, job, told = self.scene, judged.job, self._details
        told.want(judged.source, job.id)
        factors = told.answer.factors if told.answer is not None else None
        found = view.head(judged, scene.explain(judged.key, factors), scene.glyphs, scene.wall)
        now, pods = cards.now(job, scene.node), detail.pods(job, scene.wall)
        found += [section for section in (now, self._past(judged), pods) if section is not None]
        found.append(view.facts(judged, scene.wall))
        found += detail.sections(job, told.answer, told.trouble, told.asking, scene.wall)
        return found

    def _past(self, judged: JudgedJob) -> Section | None:
        """The plots of its cards over its life; None before it has any."""
        job, scene = judged.job, self.scene
        names = cards.nodes(job, scene.node)
        if job.started is None or not names or not figures.cards(judged):
            return None
        if not self._turned:
            self.period = life(judged, scene.wall)
        since, until = self.period.bounds(scene.wall)
        if self._figure != curves.FIGURES[0]:
            return self._curve(judged, since, until)
        asked = TimelineOf(Rows.CARDS, since, until, POINTS, names[: cards.NODES])
        about = (judged.key, names)
        part = (self.period.until, round(self.period.length / 60) if self._turned else None)
        every = LONGEST if self.period.until is not None else min(LONGEST, max(2.0, self.period.step))
        self.row.want(about, part, asked, every, scene.mono)
        answer = self.row.answer
        drawn = cards.past(job, scene.node, answer, len(names)) if answer is not None else []
        told = Curves(answer.since, answer.step, (), answer.kept_since) if answer is not None else None
        return plots.section(self.period, scene.wall, drawn, told, self.row.trouble)

    def _curve(self, judged: JudgedJob, since: float, until: float) -> Section:
        """The plot of another figure than utilisation."""
        scene, period = self.scene, self.period
        places = cards.places(judged.job, scene.node)
        some = places[: curves.CARDS]
        asked = CurvesOf(curves.FIGURES[1:], since, until, POINTS)
        part = (period.until, round(period.length / 60) if self._turned else None)
        every = LONGEST if period.until is not None else min(LONGEST, max(2.0, period.step))
        names = [(node.node.name, card.card.slot) for node, card in some]
        answers = self._cards.want(names, (judged.key, part), asked, every, scene.mono)
        top = None
        if some:
            card = some[0][1].card
            top = card.power_limit if self._figure == "power" else card.memory
        drawn = list(curves.past(self._figure, answers, len(some), len(places), top))
        if not some:
            text = _("Nobody says which GPUs it has; {figure} is known of single GPUs only.")
            drawn = [Paragraph(Span(text.format(figure=curves.title(self._figure)), "dim"))]
        kept = answers[0].kept_since if answers else None
        told = Curves(since, period.step, (), kept) if answers or not some else None
        return plots.section(period, scene.wall, drawn, told, self._cards.trouble)

    def crumb(self) -> Spans:
        """The job, and what it is."""
        judged = self._found()
        arrow = Span(f" {self.scene.glyphs.separator} ", "dim")
        if judged is None:
            return (arrow, Span(self.argument, "title"))
        return (arrow, Span(figures.named(judged), "title"), Span(f"  {view.title(judged)}", "dim"))

    def subject(self) -> object | None:
        """The job with all that was joined to it, and what was read for this page."""
        judged = self._found()
        if judged is None:
            return None
        read = self._details.answer
        return {"job": judged, "raw": read.raw} if read is not None and read.raw else judged

    def jumps(self) -> Sequence[tuple[str, str]]:
        """Its nodes, GPUs, user, queue."""
        judged = self._found()
        return () if judged is None else view_of_all.jumps(judged)[1:]

    def copied(self) -> str | None:
        """Its id."""
        judged = self._found()
        return self.argument if judged is None else judged.job.id

    def renew(self) -> None:
        """Ask for all of it again."""
        super().renew()
        self._cards.renew()
        self._details.renew()

    def memory(self) -> object | None:
        """Nothing: another job has another life."""
        return None

    def words(self) -> Mapping[str, Sequence[str]]:
        """The figures that can be plotted."""
        return {"figure": curves.FIGURES}

    def do_figure(self, wanted: str = "") -> None:
        """Plot the next figure, or the one named."""
        known = curves.FIGURES
        if wanted and wanted not in known:
            text = _("There is no metric {name}; there are {known}.")
            self.say(text.format(name=wanted, known=" ".join(known)), "warning")
            return
        self._figure = wanted or known[(known.index(self._figure) + 1) % len(known)]
        self.look()
        self.say(curves.title(self._figure))

    def do_log(self) -> None:
        """What the job writes."""
        judged = self._found()
        if judged is not None:
            self.post_message(self.Open("log", judged.key))

    def do_left(self) -> None:
        """Go to the job before."""
        self._neighbour(-1)

    def do_right(self) -> None:
        """Go to the job after."""
        self._neighbour(1)

    def _neighbour(self, step: int) -> None:
        judged, jobs = self._found(), self.scene.jobs
        at = next(
            (place for place, each in enumerate(jobs) if judged is not None and each.key == judged.key), -step - 1
        )
        if 0 <= at + step < len(jobs):
            self.argument = jobs[at + step].key
            self._turned = False
            self.look()
            self.post_message(self.Moved())

    def _turn(self, period: Period) -> None:
        self._turned = True
        super()._turn(period)


def life(judged: JudgedJob, wall: float) -> Period:
    """From a job's start to its end, or to now; a minute at least."""
    job = judged.job
    over = job.ended if job.state in ENDED else None
    length = max(60.0, (over if over is not None else wall) - (job.started or wall))
    return Period(length, over)


CARD = Card("job", N_("job"), ("j", "作业页"), Job, top=False)
