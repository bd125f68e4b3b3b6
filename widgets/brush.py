"""Draws one line of a heatmap's plan as a strip; holds the segments it drew before, and no state of the picture."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby, repeat

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.cells import CODES, Dress, Look, fit
from widgets.layout import Place, Plan
from widgets.models import Block
from widgets.travel import Stop

# A cell on its way to the screen is one number: its code, and what is laid over it.
_MARKED = 0x100
_CURSOR = 0x200
_BARE = 0x400
_NOTHING = 0x800
_WORDS = 20_000
"""Cut words are dropped and cut again after so many, so that names that come and go do not fill the memory."""


class Brush:
    """What a dress looks like on a ground; one is made for each, and thrown away with it."""

    def __init__(self, dress: Dress, ground: Style) -> None:
        self.ground = ground
        """The widget's own colours, under everything."""
        self.dress = dress
        """How everything looks."""
        self._looks = (*dress.looks, *repeat(Look("?", Style()), CODES - len(dress.looks)))
        self._runs: dict[tuple[int, int], Segment] = {}
        self._pairs: dict[tuple[int, int, int], Segment] = {}
        self._words: dict[tuple[str, str, int, int, bool, int], Segment] = {}
        self._blanks: dict[int, Segment] = {}

    def line(
        self, plan: Plan, y: int, blocks: Sequence[Block], cursor: Stop | None, marks: Mapping[str, Collection[int]]
    ) -> Strip:
        """Draw a line of a plan, `plan.width` terminal cells wide."""
        line = plan.lines[y]
        if not line.places:
            return self.text(line.title, plan.width, self.dress.group)
        if plan.density == "dense":
            segments = self._solid(plan, line.places, blocks, cursor, marks)
        else:
            segments = self._columns(plan, line.places, blocks, cursor, marks)
        return Strip(segments, plan.width)

    def text(self, text: str, width: int, style: Style | None = None) -> Strip:
        """Draw a line of plain text."""
        cut = fit(text, width, self.dress.ellipsis, self.dress.unprintable)
        return Strip([Segment(cut, self.ground + style if style else self.ground)], width)

    def glyphs(self, cells: bytes) -> str:
        """The glyphs of cells, as they are where each has a character to itself; a dash for none."""
        return "".join(self._looks[code].glyph for code in cells) or self.dress.bare

    def _codes(
        self, place: Place, block: Block, cursor: Stop | None, marks: Mapping[str, Collection[int]]
    ) -> list[int]:
        codes: list[int] = list(block.cells[place.start : place.stop]) or [_BARE]
        for index in marks.get(block.key, ()):
            if place.start <= index < place.stop:
                codes[index - place.start] |= _MARKED
            elif index < 0 and not block.cells:
                codes[0] |= _MARKED
        if cursor is not None and cursor[0] == place.block:
            index = max(cursor[1], 0)
            if place.start <= index < max(place.stop, place.start + 1):
                codes[index - place.start] |= _CURSOR
        return codes

    def _columns(
        self,
        plan: Plan,
        places: Sequence[Place],
        blocks: Sequence[Block],
        cursor: Stop | None,
        marks: Mapping[str, Collection[int]],
    ) -> list[Segment]:
        """Blocks side by side: label, cells, note."""
        segments: list[Segment] = []
        reached = 0
        for place in places:
            block = blocks[place.block]
            codes = self._codes(place, block, cursor, marks)
            bare = place.start == place.stop
            first = place.start == 0
            if first and plan.label:
                gap = max(0, place.x - reached)
                lit = bare and bool(codes[0] & (_CURSOR | _MARKED))
                if gap and (lit or block.label_style):
                    segments.append(self._blank(gap))
                    gap = 0  # else it is of one style with the label: one segment, a fifth of the bytes less
                if lit:  # no wider than its column
                    segments.append(self._word(block.label, block.label_style, plan.label, plan.label, True))
                    segments.append(self._blank(plan.lead - plan.label))
                else:
                    segments.append(self._word(block.label, block.label_style, plan.label, plan.lead, False, gap))
            elif place.x + plan.lead > reached:
                segments.append(self._blank(place.x + plan.lead - reached))
            reached = place.x + plan.lead
            if not bare or not plan.label:
                segments += self._spans(codes)
                reached += len(codes)
            if first and plan.note and block.note:
                start = place.x + plan.lead + plan.cells + plan.lead - plan.label
                segments.append(self._blank(start - reached))
                segments.append(self._word(block.note, block.note_style, plan.note, plan.note, False))
                reached = start + plan.note
        if reached < plan.width:
            segments.append(self._blank(plan.width - reached))
        return segments

    def _solid(
        self,
        plan: Plan,
        places: Sequence[Place],
        blocks: Sequence[Block],
        cursor: Stop | None,
        marks: Mapping[str, Collection[int]],
    ) -> list[Segment]:
        """Cells alone, as one run from edge to edge, so that equal neighbours share a segment across blocks."""
        tops = [_NOTHING] * plan.width
        bottoms = list(tops) if plan.halves else tops
        for place in places:
            codes = self._codes(place, blocks[place.block], cursor, marks)
            wide = plan.columns(place)
            tops[place.x : place.x + wide] = codes[:wide]
            if plan.halves:
                low = codes[wide:]
                bottoms[place.x : place.x + len(low)] = low
        if not plan.halves:
            return self._spans(tops)
        return [self._pair(*both, len(list(run))) for both, run in groupby(zip(tops, bottoms, strict=True))]

    def _spans(self, codes: Sequence[int]) -> list[Segment]:
        segments: list[Segment] = []
        known = self._runs
        start, last = 0, len(codes) - 1
        for i, code in enumerate(codes):
            if i == last or codes[i + 1] != code:
                run = (code, i + 1 - start)
                segments.append(known.get(run) or self._run(*run))
                start = i + 1
        return segments

    def _run(self, code: int, count: int) -> Segment:
        look = self._look(code)
        over = self.dress.cursor
        # a cursor without colours of its own takes those of the ground: a dark cell reversed would be a dark cell still
        plain = code & _CURSOR and over.color is None and over.bgcolor is None
        style = self.ground if plain else self.ground + look.style
        if code & _MARKED:
            style += self.dress.marked
        if code & _CURSOR:
            style += over
        segment = self._runs[code, count] = Segment(look.glyph * count, style)
        return segment

    def _look(self, code: int) -> Look:
        if code & _NOTHING:
            return Look(" ", Style())
        return Look(self.dress.bare, Style()) if code & _BARE else self._looks[code % CODES]

    def _pair(self, top: int, bottom: int, count: int) -> Segment:
        """Two cells in a character; equal ones are the ground alone, which is half the bytes."""
        segment = self._pairs.get((top, bottom, count))
        if segment is not None:
            return segment
        upper, lower = self._half(top), self._half(bottom)
        style = self.ground
        glyph = " "
        sign = self._sign(top) or self._sign(bottom)
        if (top | bottom) & _BARE:
            glyph = self.dress.bare
            style += Style(reverse=bool(top & _CURSOR), underline=bool(top & _MARKED))
        elif sign is not None:
            glyph = sign.glyph
            beside = lower if self._sign(top) else upper
            both = self._sign(top) is not None and self._sign(bottom) is not None
            style += sign.style if both or beside is None else Style(color=self.ground.bgcolor, bgcolor=beside)
            if (top | bottom) & _CURSOR:
                style += self.dress.cursor
        elif upper is None:
            if lower is not None:
                glyph = self.dress.half[1]
                style += Style(color=lower)
        elif upper == lower:
            style += Style(bgcolor=upper)
        else:
            glyph = self.dress.half[0]
            style += Style(color=upper, bgcolor=lower)
        if (top | bottom) & _MARKED and self.dress.marked.color is None:
            style += self.dress.marked
        segment = self._pairs[top, bottom, count] = Segment(glyph * count, style)
        return segment

    def _sign(self, code: int) -> Look | None:
        look = None if code & (_NOTHING | _BARE) else self._looks[code % CODES]
        return look if look is not None and look.sign else None

    def _half(self, code: int) -> Color | None:
        if code & _NOTHING:
            return None
        if code & _CURSOR:
            over = self.dress.cursor
            return over.bgcolor or over.color or self.ground.color or Color.default()
        if code & _MARKED and self.dress.marked.color is not None:
            return self.dress.marked.color
        return self._looks[code % CODES].color

    def _word(self, text: str, style: str, width: int, room: int, lit: bool, gap: int = 0) -> Segment:
        """A text cut to a width, after a gap, with blanks up to `room`; lit as if the cursor stood on it."""
        key = (text, style, width, room, lit, gap)
        segment = self._words.get(key)
        if segment is None:
            if len(self._words) >= _WORDS:
                self._words.clear()
            cut = " " * gap + fit(text, width, self.dress.ellipsis, self.dress.unprintable) + " " * (room - width)
            look = self.ground + self.dress.words.get(style, Style())
            segment = self._words[key] = Segment(cut, look + self.dress.cursor if lit else look)
        return segment

    def _blank(self, width: int) -> Segment:
        segment = self._blanks.get(width)
        if segment is None:
            segment = self._blanks[width] = Segment(" " * width, self.ground)
        return segment
