"""The pane `queues`: what each has, who waits for it and how long, and what would fit now."""

from collections.abc import Sequence

from console.language import N_, _, ngettext
from console.model.fields import quoted
from console.model.judged_jobs import JudgedQueue
from console.panes.listed import Listed
from console.panes.pane import Card
from console.views import listing, queue_rows
from console.views import queues as view
from console.views.headings import Heading
from console.views.listing import Listing
from console.views.rows import Row
from widgets.models import Section, Span, Spans


class Queues(Listed[JudgedQueue]):
    """The list of queues; Enter shows a queue's jobs."""

    by_first = False

    def headings(self) -> Sequence[Heading[JudgedQueue]]:
        """The columns of queues."""
        return view.headings()

    def things(self) -> list[JudgedQueue]:
        """Every queue, in the order of their schedulers."""
        return self.scene.queues

    def key(self, thing: JudgedQueue) -> str:
        """Source and name."""
        return f"{thing.key}/{thing.queue.kind}"

    def row(self, thing: JudgedQueue) -> Row:
        """Its values for filters and exports."""
        return queue_rows.row(thing)

    def listing(self) -> Listing:
        """Queues."""
        return listing.queues()

    def sections(self, thing: JudgedQueue) -> Sequence[Section]:
        """What stands beside the list."""
        said = self.scene.fleet.queues.get(thing.source)
        reservations = said.reservations if said is not None else ()
        return view.sections(thing, reservations, self.scene.glyphs, self.scene.wall)

    def place(self, _thing: JudgedQueue) -> tuple[str, str]:
        """The list of jobs, which `do_open` narrows."""
        return "jobs", ""

    def counted(self, count: int) -> str:
        """So many queues."""
        return ngettext("{count} queue", "{count} queues", count).format(count=count)

    def empty(self) -> str:
        """That no scheduler has named any."""
        return _("No scheduler has named its queues yet.")

    def style(self, thing: JudgedQueue) -> str:
        """What takes no jobs stands back."""
        return view.style(thing)

    def crumb(self) -> Spans:
        """The queue under the cursor."""
        queue = self.under()
        if queue is None:
            return ()
        arrow = Span(f" {self.scene.glyphs.separator} ", "dim")
        return (arrow, Span(queue.queue.name, "title", f"in:jobs:partition={quoted(queue.queue.name)}"))

    def subject(self) -> object | None:
        """The queue under the cursor with everything that was counted for it."""
        return self.under()

    def jumps(self) -> Sequence[tuple[str, str]]:
        """Its jobs, its nodes."""
        queue = self.under()
        return view.jumps(queue) if queue is not None else ()

    def copied(self) -> str | None:
        """The names of the marked queues, or of the one under the cursor."""
        return "\n".join(key.split("/")[1] for key in self.cursor.taken()) or None

    def do_open(self) -> None:
        """The jobs of the queue under the cursor."""
        queue = self.under()
        if queue is not None:
            self.post_message(self.Open("jobs", "", f"partition={quoted(queue.queue.name)}"))

    do_describe = do_open


CARD = Card("queues", N_("queues"), ("qu", "partitions", "sinfo", "队列", "分区"), Queues)
