"""The pane `time`: who used what, and when."""

from collections.abc import Mapping, Sequence

import msgspec
from textual.app import ComposeResult

from console.language import N_, _, ngettext
from console.model.fields import Field
from console.model.history import Rows
from console.panes.course import Course
from console.panes.pane import Card, Pane
from console.panes.reach import Reach
from console.panes.scene import Scene
from console.rules.filters import Filter
from console.services.past import Past
from console.views import held, past
from console.views import time as view
from console.views.chart import Chart
from console.views.listing import Listing
from console.views.rows import Row
from console.views.time import Paint
from console.views.tracks import Moment
from console.views.window import Window
from widgets.line import Line
from widgets.models import KEEP, Span, Spans
from widgets.timeline.models import Scale
from widgets.timeline.timeline import Timeline


class _Memory(msgspec.Struct, frozen=True):
    """How the picture was when it was left."""

    rows: Rows
    paint: Paint
    order: str
    reverse: bool
    reach: Reach
    cursor: str | None


class Time(Pane):
    """Rows over time. Its argument is what may stand behind `:time`: what the rows are, or a moment."""

    scopes: Sequence[str] = ("timeline", "time", "list", "move", "global")
    offers: Sequence[str] = (
        *("open", "rows", "earlier", "later", "zoom_in", "zoom_out", "help", "filter"),
        *("now", "jump", "paint", "sort", "command"),
    )

    DEFAULT_CSS = """
    Time Line { padding: 0 1; }
    Time Timeline { padding-left: 1; }
    """

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__(scene, argument)
        self.rows = Rows.CARDS
        self.paint = Paint.OWNER
        self.order = past.ORDERS[Rows.CARDS][0]
        self.reverse = False
        self._filter: Filter | None = None
        self._passed: dict[str, tuple[tuple[object, object], bool]] = {}
        """Which rows have passed the filter, with what that was judged by: an answer changes a few of thousands."""
        self._return_to: str | None = None
        self._past = Past(scene.follower.ask, scene.follower.clock.mono, self._again)
        self._keys: tuple[str, ...] = ()
        """Of every row, whether it passes the filter or not."""
        self._wide = 0
        self._shape = Scale(0)
        """The widths; they depend on every row, so that nothing jumps when a filter leaves some out."""
        self._chart: Chart | None = None
        self._made_of: object = None
        self._legend = Line(scene.styles, scene.glyphs)
        self._timeline = Timeline(scene.styles, scene.glyphs, view.tiles(scene.glyphs))
        self._course = Course(self._timeline, self._again, self.say)

    def compose(self) -> ComposeResult:
        """The legend over the picture."""
        yield self._legend
        yield self._timeline

    def on_unmount(self) -> None:
        """Wait for no answer any more."""
        self._past.close()

    def dressed(self) -> None:
        """Give the picture its signs and colours."""
        scene = self.scene
        self._legend.dress(scene.styles, scene.glyphs)
        self._timeline.dress(scene.styles, scene.glyphs, view.tiles(scene.glyphs))

    # What is shown

    def renew(self) -> None:
        """Ask for all of it again."""
        self._past.renew()

    def look(self) -> None:
        """Show what is known of the time in view, and ask for what is not; it waits for nothing."""
        if not self._measured():
            return  # not laid out yet; `Seen` comes when it is
        if self.argument:
            argument, self.argument = self.argument, ""
            self._obey(argument)
            self._measured()
        window = self._course.window
        passed = [key for key in self._keys if self._passes(key)]
        keys = past.ordered(passed, self.order, self._past.tracks, reverse=self.reverse)
        now = self.scene.wall
        self._past.want(self.rows, window, self._asked_for(keys), live=window.holds(now), now=now)
        self._draw(keys, window)

    def _measured(self) -> bool:
        """Find every row, and what room they leave for time; False where nothing is laid out yet."""
        wide, course = self._timeline.wide, self._course
        keys = past.keys(self.scene.nodes, self.rows, self._past.tracks)
        if keys != self._keys or wide != self._wide:
            self._keys, self._wide = keys, wide
            self._shape = view.scale(keys, self.rows, wide, None, self.scene.wall, self.scene.glyphs)
        course.now, course.kept_since = self.scene.wall, self._past.kept_since
        course.room = self._timeline.room(self._shape.lead, self._shape.beside)
        return wide > 0

    def _draw(self, keys: tuple[str, ...], window: Window) -> None:
        now, glyphs, known = self.scene.wall, self.scene.glyphs, self._past
        made_of = (keys, self.rows, self.paint, window, window.slot(now), known.version, self._shape, known.trouble)
        if made_of != self._made_of or self._chart is None:
            self._made_of = made_of
            scale = view.scale(self._keys, self.rows, self._wide, window, now, glyphs)
            reading = known.trouble is None
            self._chart = Chart(keys, self.rows, known.tracks, window, scale, self.paint, known.kept_since, reading)
        empty = past.nothing(bool(self._keys), self.rows, known.answered, known.trouble)
        self._timeline.show(self._chart, self._course.slot, empty=empty)
        if self._return_to is not None and self._timeline.go(self._return_to):
            self._return_to = None
        self._explain(self._chart)

    def _explain(self, chart: Chart) -> None:
        """The line above: what the signs mean, whose the letters are, and what is in the way."""
        known, glyphs, seen = self._past, self.scene.glyphs, self._timeline.seen
        left = view.legend(self.rows, self.paint, self._course.reach.span, chart.top, glyphs)
        in_sight = [chart.moments(key) for key in chart.keys[seen.start : seen.stop]]
        people = view.people(in_sight) if self.rows in view.PLACES else ()
        reading = known.filling or (known.asking and any(chart.track(key) is None for key in chart.keys))
        said = past.notice(chart.window, known.kept_since, known.answered, reading, known.trouble)
        self._legend.show(left, (*people, *said))

    def _passes(self, key: str) -> bool:
        if self._filter is None:
            return True
        track, places = self._past.tracks.get(key), self.rows in view.PLACES
        node = self.scene.by_name.get(view.named(key, self.rows)[0]) if places else None
        made_of = (track, node.node.facts if node is not None else None)
        before = self._passed.get(key)
        if before is not None and before[0][0] is made_of[0] and before[0][1] is made_of[1]:
            return before[1]
        row = held.row(key, self.rows, track, node)
        passes = self._filter.matches(row, held.text(row))
        self._passed[key] = made_of, passes
        return passes

    def _asked_for(self, keys: Sequence[str]) -> list[str]:
        """The nodes in sight with those a screen around; all where the past decides what is in sight."""
        seen = self._timeline.seen
        around = (*keys[seen.start : seen.stop + len(seen)], *keys[max(0, seen.start - len(seen)) : seen.start])
        names = dict.fromkeys(view.named(key, self.rows)[0] for key in around)
        if self._filter is not None or self.order != past.ORDERS[self.rows][0]:
            names |= dict.fromkeys(view.named(key, self.rows)[0] for key in self._keys)
        return list(names)

    def _again(self) -> None:
        if self.is_attached:
            self.look()
            self.post_message(self.Moved())

    def on_timeline_seen(self, event: Timeline.Seen) -> None:
        """Other rows are in sight, or there is another width: they may have to be asked for."""
        event.stop()
        self._again()

    # What the frame asks

    def memory(self) -> object:
        """Rows, colours, sort, the part of the past, and the cursor."""
        cursor = self._timeline.cursor
        key = cursor[0] if cursor is not None else None
        return _Memory(self.rows, self.paint, self.order, self.reverse, self._course.reach, key)

    def recall(self, memory: object) -> None:
        """Be as it was left."""
        if isinstance(memory, _Memory):
            self.rows, self.paint, self.order = memory.rows, memory.paint, memory.order
            self.reverse = memory.reverse
            self._course.reach, self._return_to = memory.reach, memory.cursor

    def _under(self) -> tuple[str, int, Moment | None, Chart] | None:
        cursor, chart = self._timeline.cursor, self._chart
        if cursor is None or chart is None or cursor[0] not in chart.keys:
            return None
        return *cursor, chart.moment(*cursor), chart

    def crumb(self) -> Spans:
        """The time, the row and who held it then."""
        found = self._under()
        if found is None:
            return ()
        key, slot, then, chart = found
        glyphs, now = self.scene.glyphs, self.scene.wall
        if chart.track(key) is None:
            return view.under_cursor(key, self.rows, chart.window, slot, now, glyphs)
        return (
            *view.under_cursor(key, self.rows, chart.window, slot, now, glyphs),
            *view.told(then, Span(f" {glyphs.dot} ", "dim")),
        )

    def state(self) -> Spans:
        """Sort and count."""
        shown, every = len(self._chart.keys) if self._chart is not None else 0, len(self._keys)
        found = []
        if self.order != past.ORDERS[self.rows][0]:
            found.append(Span(_("sort {key}").format(key=self.order) + "  ", "dim", priority=2))
        count = str(every) if shown == every else _("{shown} of {all}").format(shown=shown, all=every)
        text = ngettext("{count} row", "{count} rows", every).format(count=count)
        return (*found, Span(text, "dim", priority=1 if shown == every else KEEP))

    def fields(self) -> Mapping[str, Field]:
        """Fields of rows."""
        return held.fields()

    def narrow(self, wanted: Filter | None) -> None:
        """Show only rows that pass."""
        self._filter = wanted if wanted is not None and wanted.text.strip() else None
        self._passed.clear()
        self.look()

    def subject(self) -> object | None:
        """What was answered of the slot under the cursor."""
        found = self._under()
        if found is None:
            return None
        key, slot, then, chart = found
        return {"row": key, "since": chart.window.start(slot), "until": chart.window.start(slot + 1), "moment": then}

    def jumps(self) -> Sequence[tuple[str, str]]:
        """The card, the node, and the cards that the holder of that moment has now."""
        found = self._under()
        return () if found is None else past.jumps(found[0], self.rows, found[2])

    def actors(self) -> Sequence[object]:
        """The pane, and what moves in it."""
        return self, self._course

    def copied(self) -> str | None:
        """What line 2 says of the cursor."""
        return "".join(span.text for span in self.crumb()[1:]) or None

    def words(self) -> Mapping[str, Sequence[str]]:
        """What may be typed after sort, rows and paint."""
        return {"sort": past.ORDERS[self.rows], "rows": tuple(Rows), "paint": tuple(Paint)}

    def listed(self) -> tuple[Listing, list[Row]] | None:
        """The rows in sight: a line for each stretch of one holder."""
        chart, seen = self._chart, self._timeline.seen
        if chart is None:
            return None
        keys = chart.keys[seen.start : seen.stop]
        return held.listing(), [
            row for key in keys for row in held.spells(key, self.rows, chart.moments(key), chart.window)
        ]

    # What keys do

    def do_rows(self, wanted: str = "") -> None:
        """Show other rows: the next kind, or the one named."""
        kinds = list(Rows)
        if wanted and wanted not in kinds:
            text = _("There are no rows {name}; there are {known}.")
            self.say(text.format(name=wanted, known=" ".join(kinds)), "warning")
            return
        self._turn(Rows(wanted) if wanted else kinds[(kinds.index(self.rows) + 1) % len(kinds)])
        self.look()
        self.post_message(self.Moved())

    def do_paint(self, wanted: str = "") -> None:
        """Let the colours say something else: the next, or what is named."""
        paints = list(Paint)
        if wanted and wanted not in paints:
            text = _("There are no colours by {name}; there are {known}.")
            self.say(text.format(name=wanted, known=" ".join(paints)), "warning")
            return
        self.paint = Paint(wanted) if wanted else paints[(paints.index(self.paint) + 1) % len(paints)]
        self.look()
        self.say(_("coloured by owner") if self.paint is Paint.OWNER else _("coloured by utilisation"))

    def do_sort(self, wanted: str = "") -> None:
        """Sort by the next key, or by the one named."""
        orders = past.ORDERS[self.rows]
        if wanted and wanted not in orders:
            known = " ".join(orders)
            self.say(_("Cannot sort by {name}; there are {known}.").format(name=wanted, known=known), "warning")
            return
        self.order, self.reverse = wanted or orders[(orders.index(self.order) + 1) % len(orders)], False
        self.look()
        self.say(_("sort {key}").format(key=self.order))

    def do_reverse(self) -> None:
        """Turn the sort round."""
        self.reverse = not self.reverse
        self.look()

    def do_open(self) -> None:
        """Go to the card or node; of a user or project to the cards that it has now."""
        found = self._under()
        if found is not None:
            self.post_message(self.Open(*past.opened(found[0], self.rows)))

    do_describe = do_open

    def _obey(self, words: str) -> None:
        """Do what stood behind `:time`."""
        rows = past.rows_named(words)
        if rows is None:
            self._course.seek(words)
        else:
            self._turn(rows)

    def _turn(self, rows: Rows) -> None:
        self.rows, self.order, self.reverse = rows, past.ORDERS[rows][0], False
        self._past.turn(rows)
        self._passed.clear()

    def on_timeline_moved(self, event: Timeline.Moved) -> None:
        """Say what is under the cursor."""
        event.stop()
        self._course.on(event.slot)
        self.post_message(self.Moved())

    def on_timeline_chosen(self, event: Timeline.Chosen) -> None:
        """Go in."""
        event.stop()
        self.do_open()


CARD = Card(
    "time",
    N_("time"),
    ("timeline", "history", "时间", "时间线"),
    Time,
    follows=("cards", "nodes", "users", "projects", "14:00", "yesterday 14:00", "3h ago"),
)
