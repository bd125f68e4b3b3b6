"""Figures in rows of tiles, each of which leads somewhere: arrows go from tile to tile. It knows no meaning of any."""

from collections.abc import Sequence

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from widgets.models import AsciiSigns, Signs
from widgets.scroller import Scroller, joined
from widgets.styles import Styles
from widgets.text import fit, plain

LABEL = 8
"""Cells of the name of a row."""
GAP = 1
SPACED = 3
"""Lines of a row of tiles where there is room for an empty one; else two."""


class Tile(msgspec.Struct, frozen=True):
    """One figure."""

    key: str
    """What is told when it is chosen."""
    figure: str
    title: str
    detail: str = ""
    style: str = ""
    """Of the figure."""


class Band(msgspec.Struct, frozen=True):
    """A row of tiles with a name."""

    title: str
    tiles: tuple[Tile, ...]


class Tiles(Scroller):
    """Rows of tiles with a cursor. It binds no keys: whoever owns them calls `move` and `choose`."""

    class Moved(Message):
        """The cursor is on another tile now."""

    class Chosen(Message):
        """A tile was entered: a click on it, or `choose`."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, styles: Styles, signs: Signs | None = None) -> None:
        super().__init__()
        self._paint = styles
        self._signs: Signs = signs or AsciiSigns()
        self._bands: tuple[Band, ...] = ()
        self._at = (0, 0)
        self.tall = SPACED
        """Lines of a row of tiles."""

    def show(self, bands: Sequence[Band]) -> None:
        """Show these rows."""
        if tuple(bands) != self._bands:
            self._bands = tuple(bands)
            self.hold(self.lines)
            self.refresh()

    def dress(self, styles: Styles, signs: Signs | None = None) -> None:
        """Change the look."""
        self._paint, self._signs = styles, signs or self._signs
        self.refresh()

    @property
    def lines(self) -> int:
        """Lines that all of it takes."""
        return max(0, len(self._bands) * self.tall - (self.tall - 2))

    @property
    def cursor(self) -> Tile | None:
        """The tile one is on; None where there is none."""
        row, column = self._at
        tiles = self._bands[row].tiles if row < len(self._bands) else ()
        return tiles[min(column, len(tiles) - 1)] if tiles else None

    def go(self, key: str) -> None:
        """Put the cursor on a tile, where it is there."""
        for row, band in enumerate(self._bands):
            for column, tile in enumerate(band.tiles):
                if tile.key == key:
                    self._step(row, column)

    def move(self, columns: int, rows: int) -> None:
        """Move the cursor; it stops at the edges."""
        if not self._bands:
            return
        row = max(0, min(len(self._bands) - 1, self._at[0] + rows))
        count = len(self._bands[row].tiles)
        column = min(self._at[1], count - 1) if rows else max(0, min(count - 1, self._at[1] + columns))
        self._step(row, column)

    def _step(self, row: int, column: int) -> None:
        if (row, column) == self._at:
            return
        self._at = (row, column)
        top = row * self.tall
        if top < self.top or top + 2 > self.top + self.size.height:
            self.jump(max(0, top - self.size.height + 2) if top >= self.top else top)
        self.refresh()
        self.post_message(self.Moved())

    def choose(self) -> None:
        """Enter the tile one is on: posts `Chosen`."""
        tile = self.cursor
        if tile is not None:
            self.post_message(self.Chosen(tile.key))

    def on_resize(self) -> None:
        """Know how many lines there are."""
        self.hold(self.lines)

    def _wide(self) -> int:
        """Cells of a tile."""
        most = max((len(band.tiles) for band in self._bands), default=1)
        return max(8, (self.wide - LABEL) // max(1, most) - GAP)

    def _lead(self) -> int:
        """Cells of a figure."""
        return max((len(tile.figure) for band in self._bands for tile in band.tiles), default=1)

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is visible."""
        base = self.ground
        row, part = divmod(y + self.top, self.tall)
        if row >= len(self._bands) or part > 1:
            return Strip.blank(self.wide, base)
        band, wide = self._bands[row], self._wide()
        name = fit(plain(band.title) if part == 0 else "", LABEL, "left", self._signs.ellipsis)
        segments = [Segment(name, base + self._paint["dim"])]
        for column, tile in enumerate(band.tiles):
            on = (row, min(self._at[1], len(band.tiles) - 1)) == (self._at[0], column)
            over = self._paint["selection"] if on and row == self._at[0] else Style.null()
            segments += self._figure(tile, wide, base, over) if part == 0 else self._detail(tile, wide, base, over)
            segments.append(Segment(" " * GAP, base))
        return joined(segments).adjust_cell_length(self.wide, base)

    def _figure(self, tile: Tile, wide: int, base: Style, over: Style) -> list[Segment]:
        figure = fit(plain(tile.figure), min(self._lead(), wide), "right", self._signs.ellipsis)
        rest = fit(" " + plain(tile.title), max(0, wide - len(figure)), "left", self._signs.ellipsis)
        look = base + self._paint[f"{tile.style} bold".strip()] + over
        return [Segment(figure, look), Segment(rest, base + over)]

    def _detail(self, tile: Tile, wide: int, base: Style, over: Style) -> list[Segment]:
        text = fit(" " * (self._lead() + 1) + plain(tile.detail), wide, "left", self._signs.ellipsis)
        return [Segment(text, base + self._paint["dim"] + over)]

    def on_click(self, event: events.Click) -> None:
        """Go to the tile that was clicked; enter it on the second click."""
        event.stop()
        place = event.get_content_offset(self)
        if place is None or place.x < LABEL:
            return
        row, column = (place.y + self.top) // self.tall, (place.x - LABEL) // (self._wide() + GAP)
        if row < len(self._bands) and column < len(self._bands[row].tiles):
            self._step(row, column)
            if event.chain == 2:
                self.choose()
