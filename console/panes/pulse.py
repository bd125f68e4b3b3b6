"""The pane `pulse`: what needs me now; every number leads to the list behind it."""

from collections.abc import Sequence

from textual.app import ComposeResult

from console.language import N_
from console.model.history import Curves, CurvesOf
from console.panes.history import LONGEST
from console.panes.pane import Card, Pane
from console.panes.scene import Scene
from console.services.inquiry import Inquiry
from console.services.turns import Turns
from console.views import frame, plots, units
from console.views import pulse as view
from console.views.period import POINTS, Period
from console.views.pulse import Count
from console.views.window import DAY
from widgets.models import Span, Spans
from widgets.sheet import Sheet
from widgets.tiles import Band, Tile, Tiles

LOW = 20
"""Lines of the body below which the rows of tiles stand close together."""


class Pulse(Pane):
    """Tiles over the utilisation of the last day."""

    scopes: Sequence[str] = ("list", "move", "global")
    offers: Sequence[str] = ("open", "jump", "command", "palette", "help")

    DEFAULT_CSS = """
    Pulse Tiles { padding-left: 1; }
    Pulse Sheet { height: 1fr; padding-left: 1; }
    """

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__(scene, argument)
        self.tiles = Tiles(scene.styles, scene.glyphs)
        self._sheet = Sheet(scene.styles, scene.glyphs)
        self._counts: dict[str, Count] = {}
        self._curves = Inquiry(scene.follower.ask, Curves, self._answered)
        self._return_to: str | None = None

    def compose(self) -> ComposeResult:
        """The tiles, and the plot below them."""
        yield self.tiles
        yield self._sheet

    def on_unmount(self) -> None:
        """Wait for no answer any more."""
        self._curves.close()

    def on_resize(self) -> None:
        """Let the rows stand apart where there is room."""
        self._room()
        self.look()

    def _room(self) -> None:
        self.tiles.tall = 3 if self.size.height >= LOW else 2
        self.tiles.styles.height = max(1, min(self.tiles.lines + 1, self.size.height - 3))

    def _answered(self) -> None:
        if self.is_attached:
            self._plot()

    def look(self) -> None:
        """Count everything, and ask for the last day where it is time."""
        scene = self.scene
        groups = view.groups(scene.nodes, scene.jobs, scene.fleet.queues.values(), scene.wall)
        self._counts = {count.name: count for group in groups for count in group.counts}
        self.tiles.show([Band(group.title, tuple(_tile(count) for count in group.counts)) for group in groups])
        if self._return_to is not None:
            self.tiles.go(self._return_to)
            self._return_to = None
        self._room()
        since, until = Period(DAY).bounds(scene.wall)
        asked = CurvesOf(("util", "held", "cards"), since, until, POINTS)
        self._curves.want("cluster", None, asked, LONGEST, scene.mono)
        self._plot()

    async def look_between(self, turns: Turns) -> None:
        """The same; jobs are judged in steps."""
        await self.scene.jobs_between(turns)
        await turns.give()
        if self.is_attached:
            self.look()

    def _plot(self) -> None:
        answer, period = self._curves.answer, Period(DAY)
        drawn = plots.plots(plots.of_cluster(_most(answer)), answer) if answer is not None else []
        self._sheet.show([plots.section(period, self.scene.wall, drawn, answer, self._curves.trouble)])

    # What the frame asks

    def crumb(self) -> Spans:
        """The number under the cursor."""
        tile = self.tiles.cursor
        if tile is None:
            return ()
        return (Span(f" {self.scene.glyphs.separator} ", "dim"), Span(f"{tile.figure} {tile.title}", "title"))

    def state(self) -> Spans:
        """What the numbers at the right of the first line count: there a node's GPUs are not counted beside it."""
        return tuple(frame.told(self.scene.nodes, self.scene.glyphs))

    def jumps(self) -> Sequence[tuple[str, str]]:
        """The lists behind all numbers."""
        return [
            (f"in:{count.view}:{count.expression}", f"{units.number(count.value)} {count.title} ({count.view})")
            for count in self._counts.values()
        ]

    def memory(self) -> object | None:
        """The tile under the cursor."""
        tile = self.tiles.cursor
        return tile.key if tile is not None else None

    def recall(self, memory: object) -> None:
        """Be on that tile again."""
        if isinstance(memory, str):
            self._return_to = memory

    def copied(self) -> str | None:
        """All numbers."""
        return "\n".join(
            f"{units.number(count.value)}\t{count.title}\t{count.detail}" for count in self._counts.values()
        )

    def renew(self) -> None:
        """Ask for the last day again."""
        self._curves.renew()

    def dressed(self) -> None:
        """Dress tiles and plot anew."""
        self.tiles.dress(self.scene.styles, self.scene.glyphs)
        self._sheet.dress(self.scene.styles, self.scene.glyphs)

    # What keys do

    def do_open(self) -> None:
        """Go to the list behind the number."""
        self.tiles.choose()

    def do_up(self) -> None:
        """Move."""
        self.tiles.move(0, -1)

    def do_down(self) -> None:
        """Move."""
        self.tiles.move(0, 1)

    def do_left(self) -> None:
        """Move."""
        self.tiles.move(-1, 0)

    def do_right(self) -> None:
        """Move."""
        self.tiles.move(1, 0)

    def do_first(self) -> None:
        """Go to the first number."""
        self._go_to(0)

    def do_last(self) -> None:
        """Go to the last number."""
        self._go_to(-1)

    def _go_to(self, place: int) -> None:
        names = list(self._counts)
        if names:
            self.tiles.go(names[place])

    def on_tiles_chosen(self, event: Tiles.Chosen) -> None:
        """Go to the list behind it."""
        event.stop()
        count = self._counts[event.key]
        self.post_message(self.Open(count.view, "", count.expression))

    def on_tiles_moved(self, event: Tiles.Moved) -> None:
        """Say where one is."""
        event.stop()
        self.post_message(self.Moved())


def _most(answer: Curves) -> float | None:
    """The most cards that there were in the time of an answer."""
    known = [value for curve in answer.curves if curve.metric == "cards" for value in curve.high if value is not None]
    return max(known, default=None)


def _tile(count: Count) -> Tile:
    style = count.style if count.value else "dim"
    return Tile(count.name, units.number(count.value), count.title, count.detail, style)


CARD = Card("pulse", N_("pulse"), ("pu", "overview", "概览", "总览"), Pulse)
