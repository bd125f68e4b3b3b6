"""The pane `platform`: the services behind the schedulers: which answer, how fast, and since when."""

from collections.abc import Sequence

from console.language import N_, _, ngettext
from console.panes.listed import Listed
from console.panes.pane import Card
from console.views import listing
from console.views import platform as view
from console.views.headings import Heading
from console.views.listing import Listing
from console.views.platform import Seen
from console.views.rows import Row
from widgets.models import Section, Span, Spans


class Platform(Listed[Seen]):
    """The list of services; those that are down stand first."""

    offers: Sequence[str] = ("sort", "filter", "columns", "wide", "raw", "command", "help")

    def headings(self) -> Sequence[Heading[Seen]]:
        """The columns of services."""
        return view.headings()

    def things(self) -> list[Seen]:
        """Every service, those that are down first."""
        return view.seen(list(self.scene.fleet.services.values()))

    def key(self, thing: Seen) -> str:
        """Source, name and host."""
        return thing.key

    def row(self, thing: Seen) -> Row:
        """Its values for filters and exports."""
        return view.row(thing, self.scene.wall)

    def listing(self) -> Listing:
        """Services."""
        return listing.services()

    def sections(self, thing: Seen) -> Sequence[Section]:
        """What stands beside the list."""
        return view.sections(thing, self.scene.wall)

    def place(self, _thing: Seen) -> tuple[str, str]:
        """Its record: a service has no page of its own."""
        return "raw", ""

    def counted(self, count: int) -> str:
        """So many services."""
        return ngettext("{count} service", "{count} services", count).format(count=count)

    def empty(self) -> str:
        """That nobody has told of any."""
        return _("No scheduler has told of its services yet.")

    def style(self, thing: Seen) -> str:
        """What is down stands out."""
        return view.style(thing)

    def crumb(self) -> Spans:
        """The service under the cursor."""
        each = self.under()
        arrow = Span(f" {self.scene.glyphs.separator} ", "dim")
        return (
            () if each is None else (arrow, Span(each.service.name, "title"), Span(f"  {view.told(each) or ''}", "dim"))
        )

    def subject(self) -> object | None:
        """The service under the cursor."""
        return self.under()

    def do_open(self) -> None:
        """Say that all of it is here."""
        self.say(
            _("All that is known of a service stands in its line; {key} shows its record.").format(key=":raw"), "dim"
        )

    do_describe = do_open


CARD = Card("platform", N_("platform"), ("pl", "platform-services", "平台", "平台服务"), Platform)
