"""What panes that list things share: a table, sorted, narrowed and marked, and what is under its cursor beside it."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import msgspec
from textual.app import ComposeResult
from textual.containers import Horizontal

from console.language import _
from console.model.fields import Field
from console.panes.arrangement import Arrangement, Sorting
from console.panes.cursor import Cursor
from console.panes.pane import Pane
from console.panes.scene import Scene
from console.rules.filters import Filter
from console.services.turns import Turns
from console.views import headings as view
from console.views.headings import Choice, Heading, Present
from console.views.listing import Listing
from console.views.rows import Row
from widgets import models
from widgets.late import LateRows
from widgets.models import KEEP, Section, Span, Spans
from widgets.sheet import Sheet
from widgets.table import Table

T = TypeVar("T")
BESIDE = 120
"""Columns from which the thing under the cursor is shown beside the list."""
ROOMY = 160
"""Columns from which it gets a broader place."""
BROAD, SLIM = 58, 40
AT_ONCE = 256
"""Things up to which a key draws the list anew at once (a few milliseconds); beyond it in steps."""
STEP = 16
"""Things that are looked at between two turns: a millisecond with a filter."""


class _Memory(msgspec.Struct, frozen=True):
    """How the list was when it was left."""

    sorting: Sorting
    choice: Choice
    cursor: str | None
    marks: frozenset[str]


class Listed(Pane, Generic[T]):
    """A list of things of one kind. What they are, how they are called and where they lead is the subclass's."""

    by_first = True
    """Whether the things come in the order of the first column."""
    step = STEP
    """Things that are looked at between two turns; more where a thing costs less."""
    scopes: Sequence[str] = ("list", "move", "global")
    offers: Sequence[str] = ("open", "sort", "filter", "columns", "wide", "jump", "command", "help")

    DEFAULT_CSS = """
    Listed Horizontal { height: 1fr; }
    Listed Table { width: 1fr; height: 1fr; }
    Listed Sheet { width: 40; height: 1fr; display: none; padding-left: 1; }
    Listed.beside Sheet { display: block; }
    """

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__(scene, argument)
        self._filter: Filter | None = None
        self._text = self.listing().text
        self._shown: list[T] = []
        self._keys: list[str] = []
        self._amount = self._all = 0
        """How many are shown, and how many there are."""
        self._turn = 0
        """Counts drawings: what was begun before another is not shown after it."""
        self._return_to: str | None = None
        self.table = Table(scene.styles, scene.glyphs)
        self._beside = Sheet(scene.styles, scene.glyphs)
        self.cursor = Cursor(self.table)
        self.arrangement = Arrangement(self, self.table, self.headings(), self._arranged, by_first=self.by_first)

    # What a subclass says of its things

    @abstractmethod
    def headings(self) -> Sequence[Heading[T]]:
        """All columns, the first of which names the thing."""

    @abstractmethod
    def things(self) -> list[T]:
        """All of them as the scene has them now, in their own order."""

    @abstractmethod
    def key(self, thing: T) -> str:
        """What a thing is called, unique among all."""

    def keys(self, things: Sequence[T]) -> list[str]:
        """What many are called, in their order."""
        return [self.key(thing) for thing in things]

    @abstractmethod
    def row(self, thing: T) -> Row:
        """Its values for filters and exports."""

    @abstractmethod
    def listing(self) -> Listing:
        """Of what kind the rows are, with the fields that a filter may ask for."""

    @abstractmethod
    def sections(self, thing: T) -> Sequence[Section]:
        """The page that stands beside the list."""

    @abstractmethod
    def place(self, thing: T) -> tuple[str, str]:
        """Where Enter leads: a view and its argument."""

    @abstractmethod
    def counted(self, count: int) -> str:
        """So many things, in words."""

    @abstractmethod
    def empty(self) -> str:
        """What stands where there are none at all."""

    async def gathered(self, turns: Turns) -> list[T]:
        """The same as `things`; a subclass that makes them at some cost gives way meanwhile."""
        await turns.give()
        return self.things()

    def folded(self, things: list[T]) -> list[T]:
        """What stands in the list for the things that pass; a subclass folds what belongs together."""
        return things

    def unfolded(self, things: list[T]) -> list[T]:
        """The folded things in their order, with what is to be seen of their insides below them."""
        return things

    def amount(self, things: Sequence[T]) -> int:
        """How many there are, as they are counted for people."""
        return len(things)

    def style(self, thing: T) -> str:  # noqa: ARG002 - a subclass looks at it
        """The style of its row."""
        return ""

    # Drawing

    def compose(self) -> ComposeResult:
        """The list, and the page beside it."""
        with Horizontal():
            yield self.table
            yield self._beside

    def dressed(self) -> None:
        """Dress list and page anew."""
        self.table.dress(self.scene.styles, self.scene.glyphs)
        self._beside.dress(self.scene.styles, self.scene.glyphs)

    def on_resize(self) -> None:
        """Show the page beside the list where there is room for both."""
        self._make_room()

    def _make_room(self) -> None:
        width = self.app.size.width
        self.set_class(width >= BESIDE and not self.arrangement.choice.wide, "beside")
        self._beside.styles.width = BROAD if width >= ROOMY else SLIM
        self._look_beside()

    def _arranged(self) -> None:
        self._make_room()
        self.look()
        self.post_message(self.Moved())

    def look(self) -> None:
        """Draw the list: at once where that is quick, else in steps."""
        things = self.things()
        if len(things) > AT_ONCE:
            self.run_worker(self._look_soon(), group="look", exclusive=True)
            return
        self._turn += 1
        shown = self.folded(list(self.passing(things)) if self._filter is not None else things)
        value = self.arrangement.value()
        ordered = self.arrangement.ordered(shown, [value(thing) for thing in shown] if value else ())
        self._draw(self.unfolded(ordered), self.amount(things))

    async def _look_soon(self) -> None:
        await self.look_between(Turns())
        self.post_message(self.Moved())

    async def look_between(self, turns: Turns) -> None:
        """Draw the list in steps of some things; what a key has drawn meanwhile is newer and stays."""
        self._turn = turn = self._turn + 1
        things = await self.gathered(turns)
        await turns.give()
        shown = things
        if self._filter is not None:
            shown = []
            for start in range(0, len(things), self.step):
                shown += self.passing(things[start : start + self.step])
                await turns.give()
        shown = self.folded(shown)
        await turns.give()
        value = self.arrangement.value()
        values: list[object] = []
        for start in range(0, len(shown) if value is not None else 0, self.step):
            values += [value(thing) for thing in shown[start : start + self.step]] if value is not None else []
            await turns.give()
        ordered = self.arrangement.ordered(shown, values)
        await turns.give()
        if self._turn == turn and self.is_attached:
            self._draw(self.unfolded(ordered), self.amount(things))

    def passing(self, things: Sequence[T]) -> Sequence[T]:
        """Those that pass the filter."""
        return things if self._filter is None else [thing for thing in things if self._passes(thing, self._filter)]

    def _passes(self, thing: T, wanted: Filter) -> bool:
        looked = self.row(thing)
        return wanted.check(looked, self._text(looked) if wanted.words else "")

    def _draw(self, things: list[T], count: int) -> None:
        if things is not self._shown:
            self._keys = self.keys(things)
            self._amount = count if self._filter is None else self.amount(things)
        self._shown, self._all, keys = things, count, self._keys
        headings = self.arrangement.shown()
        scene = self.scene
        present = Present(scene.glyphs, scene.mono, scene.wall)

        def make(place: int) -> models.Row:
            return view.row(keys[place], things[place], headings, present, self.style(things[place]))

        empty = Span(_("Nothing passes the filter.") if count else self.empty(), "dim")
        self.arrangement.show(LateRows(keys, make), empty)
        if self._return_to is not None and keys:
            self.table.go(self._return_to)
            self._return_to = None
        self._look_beside()

    def under(self) -> T | None:
        """The thing under the cursor."""
        place = self.table.place
        return self._shown[place] if place is not None and place < len(self._shown) else None

    def _look_beside(self) -> None:
        if self.has_class("beside"):
            thing = self.under()
            self._beside.show(self.sections(thing) if thing is not None else ())

    # What the frame asks

    def memory(self) -> object:
        """Sort, columns, cursor and marks."""
        arrangement = self.arrangement
        return _Memory(arrangement.sorting, arrangement.choice, self.table.cursor, self.table.marks)

    def recall(self, memory: object) -> None:
        """Be as it was left."""
        if isinstance(memory, _Memory):
            self.arrangement.sorting, self.arrangement.choice = memory.sorting, memory.choice
            self._return_to = memory.cursor
            self.table.mark(memory.marks)

    def state(self) -> Spans:
        """Sort, marks and count."""
        found: list[Span] = []
        said = self.arrangement.said(self.scene.glyphs.up, self.scene.glyphs.down)
        if said:
            found.append(Span(f"{said}  ", "dim", priority=2))
        if self.table.marks:
            found.append(Span(_("{count} marked").format(count=len(self.table.marks)) + "  ", "accent", priority=KEEP))
        shown = self._amount
        if shown == self._all:
            return (*found, Span(self.counted(shown), "dim", priority=3))
        text = _("{shown} of {all}").format(shown=shown, all=self.counted(self._all))
        return (*found, Span(text, "dim", priority=KEEP))

    def narrow(self, wanted: Filter | None) -> None:
        """Show only what passes."""
        self._filter = wanted if wanted is not None and wanted.text.strip() else None
        self.look()

    def actors(self) -> Sequence[object]:
        """The pane, its cursor and marks, its sort and columns."""
        return self, self.cursor, self.arrangement

    def words(self) -> Mapping[str, Sequence[str]]:
        """The columns, by which it sorts and which it shows."""
        return self.arrangement.words()

    def meanings(self) -> Sequence[tuple[str, str, str]]:
        """What the columns mean, for the help."""
        return self.arrangement.meanings()

    def fields(self) -> Mapping[str, Field]:
        """The fields of what is listed."""
        return self.listing().fields

    def copied(self) -> str | None:
        """The names of the marked things, or of the one under the cursor."""
        return "\n".join(self.cursor.taken()) or None

    def listed(self) -> tuple[Listing, list[Row]]:
        """The rows that are shown; the marked ones only, where there are marks."""
        marks = self.table.marks
        if marks:
            return self.listing(), [self.row(thing) for thing in self.things() if self.key(thing) in marks]
        return self.listing(), [self.row(thing) for thing in self._shown]

    # What keys do

    def do_open(self) -> None:
        """Go into the thing under the cursor."""
        thing = self.under()
        if thing is not None:
            self.post_message(self.Open(*self.place(thing)))

    do_describe = do_open

    def on_table_moved(self, event: Table.Moved) -> None:
        """Show what is under the cursor."""
        event.stop()
        self._look_beside()
        self.post_message(self.Moved())

    def on_table_chosen(self, event: Table.Chosen) -> None:
        """Go in."""
        event.stop()
        self.do_open()

    def on_table_headed(self, event: Table.Headed) -> None:
        """Sort by a column that was clicked; once more turns it round."""
        event.stop()
        self.arrangement.headed(event.key)

    def on_sheet_clicked(self, event: Sheet.Clicked) -> None:
        """Follow a link of the page beside the list."""
        event.stop()
        self.follow(event.target)
