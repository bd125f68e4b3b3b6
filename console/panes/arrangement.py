"""How a list is arranged: by which column it is sorted and which columns are shown; the actions that change it."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from console.language import _
from console.panes.pane import Pane
from console.views import headings as view
from console.views.headings import Choice, Heading
from widgets import models
from widgets.chooser import Chooser
from widgets.table import Table

T = TypeVar("T")


class Sorting(msgspec.Struct, frozen=True):
    """By which column, and whether the largest comes first; None is the order in which the things are given."""

    key: str | None = None
    reverse: bool = False


class Arrangement(Generic[T]):
    """Sort and columns of one list: an actor that its pane hands over."""

    def __init__(
        self,
        pane: Pane,
        table: Table,
        headings: Sequence[Heading[T]],
        changed: Callable[[], None],
        *,
        by_first: bool = True,
    ) -> None:
        """Make one.

        Args:
            pane: whose list it is; it says what the actions have done.
            table: the list; it knows which columns have found room.
            headings: all columns; the first names the thing, is always shown, and stands for the given order.
            changed: draws the list anew.
            by_first: the given order is that of the first column, so that its title may say so.
        """
        self._pane = pane
        self._table = table
        self._headings = {heading.key: heading for heading in headings}
        self._changed = changed
        self.first = headings[0].key
        self._given = self.first if by_first else None
        self.sorting = Sorting()
        self.choice = Choice()

    def shown(self) -> list[Heading[T]]:
        """The columns that may be shown where there is room."""
        return [heading for heading in self._headings.values() if self.choice.shows(heading)]

    def value(self) -> Callable[[T], object] | None:
        """What the things are sorted by; None keeps their own order."""
        heading = self._headings.get(self.sorting.key) if self.sorting.key is not None else None
        return heading.value if heading is not None else None

    def ordered(self, things: list[T], values: Sequence[object]) -> list[T]:
        """The things in their order, given what `value` says of each (nothing where it is None)."""
        if values:
            return view.order(things, values, self.sorting.reverse)
        return things[::-1] if self.sorting.reverse else things

    def show(self, rows: Sequence[models.Row], empty: models.Cell) -> None:
        """Put rows into the table, under the columns as they are now arranged."""
        self._table.sort(self.sorting.key or self._given, reverse=self.sorting.reverse)
        self._table.show(view.columns(self.shown(), self.choice), rows, empty=empty)

    def said(self, up: str, down: str) -> str:
        """The sort in words; empty for the given order."""
        if self.sorting == Sorting():
            return ""
        key = self.sorting.key or self._given
        if key is None:
            return _("from the end")
        return _("sort {key}").format(key=key) + f" {down if self.sorting.reverse else up}"

    def words(self) -> dict[str, Sequence[str]]:
        """What may follow the actions that take a column."""
        return {"sort": tuple(self._headings), "columns": tuple(self._headings)}

    def meanings(self) -> list[tuple[str, str, str]]:
        """Key, title and meaning of every column."""
        return [(heading.key, heading.title, heading.meaning) for heading in self._headings.values()]

    def headed(self, key: str) -> None:
        """A title was clicked: sort by it, or turn the sort round."""
        if key == (self.sorting.key or self.first):
            self.do_reverse()
        else:
            self.do_sort(key)

    def do_sort(self, wanted: str = "") -> None:
        """Sort by the next column that is shown, or by the one named."""
        if wanted and wanted not in self._headings:
            known = " ".join(self._headings)
            text = _("Cannot sort by {name}; there are {known}.")
            self._pane.say(text.format(name=wanted, known=known), "warning")
            return
        if not wanted:
            shown = [key for key in self._headings if key in self._table.shown and self._sorts(key)]
            now = self.sorting.key or self.first
            wanted = shown[(shown.index(now) + 1) % len(shown)] if now in shown else self.first
        falling = self._headings[wanted].falling
        self.sorting = Sorting(None if wanted == self.first else wanted, falling)
        self._changed()
        given = self.sorting.key is None and self._given is None
        self._pane.say(_("in the order of the list") if given else _("sort {key}").format(key=wanted))

    def _sorts(self, key: str) -> bool:
        return self._headings[key].value is not None or key == self.first

    def do_reverse(self) -> None:
        """Turn the sort round."""
        self.sorting = Sorting(self.sorting.key, not self.sorting.reverse)
        self._changed()

    def do_wide(self) -> None:
        """Give the list the whole width and all its columns, or take it back."""
        self.choice = msgspec.structs.replace(self.choice, wide=not self.choice.wide)
        self._changed()
        said = _("wide: all columns for which there is room") if self.choice.wide else _("columns as the width allows")
        self._pane.say(said)

    def do_columns(self, wanted: str = "") -> None:
        """Hide a column that is shown, or show one that is not; without a name: choose which."""
        if wanted and wanted not in self._headings:
            text = _("There is no column {name}; there are {known}.")
            self._pane.say(text.format(name=wanted, known=" ".join(self._headings)), "warning")
        elif wanted == self.first:
            self._pane.say(_("The first column stays: it names the row."), "dim")
        elif wanted:
            self.choice = self.choice.turned(wanted, wanted in self._table.shown)
            self._changed()
        else:
            self._choose()

    def _choose(self) -> None:
        scene = self._pane.scene
        sign, shown = scene.glyphs.ok, self._table.shown
        choices = [
            models.Choice(key, f"{sign if key in shown else ' '} {heading.title}", heading.meaning, key)
            for key, heading in self._headings.items()
            if key != self.first
        ]
        title = _("Columns: {sign} is shown; Enter shows or hides one").format(sign=sign)
        nothing = _("nothing matches")
        chooser = Chooser(choices, scene.styles, scene.glyphs, title=title, empty=nothing)
        self._pane.app.push_screen(chooser, lambda key: self.do_columns(key) if key else None)
