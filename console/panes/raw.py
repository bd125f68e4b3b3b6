"""The raw page: a record as it came, with its source and its time; the tool never hides the truth."""

import json
from collections.abc import Sequence

import msgspec

from console.language import N_, _
from console.panes.page import Page
from console.panes.pane import Card
from console.views import units
from widgets.models import Paragraph, Section, Span, Spans


class Raw(Page):
    """What another pane held under its cursor when it was opened; it does not change."""

    offers: Sequence[str] = ("leave", "copy", "command", "help")
    held: object | None = None
    """What is shown; set by whoever opens the page."""

    def text(self) -> str:
        """The record as indented JSON; arrays keep the names of their fields."""
        return json.dumps(_named(self.held), ensure_ascii=False, indent=1, default=str)

    def sections(self) -> Sequence[Section]:
        """The record line by line."""
        title = _("Record, seen {time}").format(time=units.clock(self.scene.wall))
        lines = tuple(Paragraph(Span(line.replace(" ", "\u00a0"))) for line in self.text().splitlines())
        return (Section(title, lines),)

    def look(self) -> None:
        """Show it once: it is the record of one moment."""
        if not self._sheet.lines:
            super().look()

    def crumb(self) -> Spans:
        """What it is the record of."""
        return (Span(f" {self.scene.glyphs.separator} ", "dim"), Span(self.argument, "title"))

    def copied(self) -> str | None:
        """All of it."""
        return self.text()


def _named(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        return {name: _named(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(name): _named(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_named(part) for part in value]
    return value


CARD = Card("raw", N_("raw"), (), Raw, top=False)
