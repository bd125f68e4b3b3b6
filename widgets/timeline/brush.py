"""How a line of a timeline is painted: label, slots with the notes over them, and what is said behind them."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.line import arrange, shorten
from widgets.models import Cell, Signs, spans_of
from widgets.scroller import joined
from widgets.styles import Styles
from widgets.text import fit, plain
from widgets.timeline.models import Beside, Lane, Note, Scale, Tile

GAP = 2
"""Cells between the slots and what is said behind them."""
_QUESTION = Tile("?")


class Brush:
    """Paints lines in one look on one ground."""

    def __init__(self, styles: Styles, signs: Signs, tiles: Sequence[Tile], ground: Style) -> None:
        """Make one.

        Args:
            styles: by name.
            signs: of which the ellipsis is used.
            tiles: how slots are drawn, by code; a code beyond them is drawn as a question mark.
            ground: what everything is painted on.

        Raises:
            ValueError: a tile's glyph is not one character of one cell.
        """
        for tile in tiles:
            if len(tile.glyph) != 1 or cell_len(tile.glyph) != 1:
                raise ValueError(f"the glyph {tile.glyph!r} is not one character of one terminal cell")
        self.ground = ground
        self._styles = styles
        self._ellipsis = signs.ellipsis
        self._tiles = tiles
        self._known: dict[tuple[str, bool], Style] = {}

    def lane(self, lane: Lane, scale: Scale, beside: Beside, cursor: int | None, width: int) -> Strip:
        """Paint a row; the cursor is the slot it is on, None where it is on another row."""
        lead = self._lead(lane.label, lane.number, scale, lane.style, cursor is not None)
        glyphs: list[str] = []
        names: list[str] = []
        for code in lane.codes[: scale.slots].ljust(scale.slots, b"\0"):
            tile = self._tiles[code] if code < len(self._tiles) else _QUESTION
            glyphs += [tile.glyph] * scale.wide
            names += [tile.style] * scale.wide
        self._overlay(glyphs, names, lane.notes)
        lit = range(0) if cursor is None else range(cursor * scale.wide, (cursor + 1) * scale.wide)
        return self._whole([*lead, *self._runs(glyphs, names, lit)], scale, beside, width)

    def axis(self, scale: Scale, beside: Beside, cursor: int | None, lower: bool, width: int) -> Strip:
        """Paint a line of the axis; the lower one names the slot under the cursor."""
        lead = self._lead("" if lower else scale.corner, "", scale, "dim", False)
        glyphs, names = [" "] * scale.cells, [""] * scale.cells
        notes, lit = scale.lower if lower else scale.upper, range(0)
        if lower and cursor is not None and 0 <= cursor < len(scale.names):
            name = self._name(scale, cursor)
            lit = range(name.at, name.at + name.room)
            # what it would cut through is left out: half a number says something else
            notes = (*(note for note in notes if not _touches(note, lit)), name)
        self._overlay(glyphs, names, notes)
        return self._whole([*lead, *self._runs(glyphs, names, lit)], scale, ((), ()) if lower else beside, width)

    def text(self, said: Cell, width: int) -> Strip:
        """Paint a line that is said in the place of rows."""
        parts = [plain(span.text, width, self._ellipsis) for span in spans_of(said)]
        named = [type(span)(part, span.style) for span, part in zip(spans_of(said), parts, strict=True)]
        segments = [Segment(span.text, self._style(span.style)) for span in shorten(named, width, self._ellipsis)]
        used = sum(cell_len(segment.text) for segment in segments)
        return joined([*segments, Segment(" " * (width - used), self.ground)])

    def _name(self, scale: Scale, cursor: int) -> Note:
        """What the cursor's slot is called, its middle over the slot where the edges let it."""
        text = f" {plain(scale.names[cursor], max(0, scale.cells - 2), self._ellipsis)} "
        wide = min(cell_len(text), scale.cells)
        middle = cursor * scale.wide + scale.wide // 2
        return Note(max(0, min(middle - wide // 2, scale.cells - wide)), text, wide)

    def _overlay(self, glyphs: list[str], names: list[str], notes: Iterable[Note]) -> None:
        """Write texts over glyphs. A wide character takes the place of two: itself and nothing."""
        for note in notes:
            at = note.at
            for character in plain(note.text, max(0, min(note.room, len(glyphs) - at)), self._ellipsis):
                wide = cell_len(character)
                if not wide:  # sits on the one before it
                    if at > note.at:
                        glyphs[at - 1] += character
                    continue
                if not 0 <= at <= len(glyphs) - wide:
                    break
                if not glyphs[at] and at == note.at and at:
                    glyphs[at - 1] = " "  # the left half of a character whose right half is gone
                glyphs[at], names[at] = character, note.style
                if wide == 2:
                    glyphs[at + 1], names[at + 1] = "", note.style
                at += wide
            if at < len(glyphs) and glyphs[at] == "":
                glyphs[at] = " "  # the right half of a character whose left half is gone

    def _runs(self, glyphs: Sequence[str], names: Sequence[str], lit: range) -> list[Segment]:
        segments: list[Segment] = []
        start, last = 0, len(glyphs)
        while start < last:
            stop, name, on = start + 1, names[start], start in lit
            while stop < last and ((names[stop] == name and (stop in lit) == on) or not glyphs[stop]):
                stop += 1
            segments.append(Segment("".join(glyphs[start:stop]), self._style(name, on)))
            start = stop
        return segments

    def _lead(self, label: str, number: str, scale: Scale, style: str, lit: bool) -> list[Segment]:
        if not scale.lead:
            return []
        text = fit(plain(label), scale.label, ellipsis=self._ellipsis)
        if scale.number:
            text += " " + fit(plain(number), scale.number, "right", self._ellipsis)
        if not scale.label:
            text = text[1:]
        gap = " " * (scale.lead - cell_len(text))
        return [Segment(text, self._style(style, lit)), Segment(gap, self.ground)]

    def _whole(self, segments: list[Segment], scale: Scale, beside: Beside, width: int) -> Strip:
        """A line of exactly the width."""
        used = scale.lead + scale.cells
        if scale.beside and used + GAP + scale.beside <= width:
            left, right = beside
            said = arrange(left, right, scale.beside, self._ellipsis)
            segments.append(Segment(" " * GAP, self.ground))
            segments += [Segment(span.text, self._style(span.style)) for span in said]
            used += GAP + scale.beside
        if used < width:
            segments.append(Segment(" " * (width - used), self.ground))
        strip = joined(segments)
        return strip.crop(0, width) if used > width else strip

    def _style(self, name: str, lit: bool = False) -> Style:
        found = self._known.get((name, lit))
        if found is None:
            found = self.ground + self._styles[name]
            if lit:
                over = self._styles["selection"]
                # where the selection is nothing but reverse, what is reversed itself must be told by something else
                twice = over.reverse and found.reverse
                found = self.ground + (Style(bold=True, underline=True) if twice else over)
            self._known[name, lit] = found
        return found


def _touches(note: Note, cells: range) -> bool:
    return note.at < cells.stop + 1 and note.at + min(note.room, cell_len(note.text)) > cells.start - 1
