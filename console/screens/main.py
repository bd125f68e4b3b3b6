"""The frame: two lines above, one pane, two lines below; it turns keys into actions and says what happens."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any

from textual import events
from textual._styles_cache import StylesCache
from textual.app import ComposeResult
from textual.containers import Container

from backends.record import Trouble
from console.language import _
from console.model.fleet import Topic
from console.model.judged import JudgedNode
from console.model.keys import KeyMap
from console.model.settings import Settings
from console.panes import catalog
from console.panes.pane import Card, Pane
from console.panes.raw import Raw
from console.panes.scene import Scene
from console.rules.filters import Filter
from console.screens.deeds import Deeds
from console.screens.history import History, Place
from console.services.feed import Feed
from console.services.people import name_of
from console.services.turns import Turns
from console.views import frame
from console.views.words import say
from themes.palettes import PALETTES
from themes.tints import tint
from widgets.chooser import Chooser
from widgets.line import Line
from widgets.models import KEEP, Span, Spans
from widgets.prompt import Prompt
from widgets.quiet import QuietScreen
from widgets.text import plain

_log = logging.getLogger(__name__)
IDLE_LOOK = 2.0
"""Seconds after which the picture is drawn again although nothing came: ages grow."""
FILTER_SHOWN = 32
"""Cells of line 2 that a filter may take; it is never dropped from there."""
STANDS = {"": 8.0, "dim": 8.0, "warning": 20.0}
"""Seconds for which a message of a style stays; any other stays until the next one."""
MESSAGES = 200
"""Kept for `:messages`."""


class Main(QuietScreen[None], inherit_bindings=False):
    """The one screen; what its actions do is in `Deeds`. Nothing but the prompt ever has the focus."""

    def __init__(self, scene: Scene, settings: Settings, keymap: KeyMap, feed: Feed) -> None:
        super().__init__()
        self.scene = scene
        self.settings = settings
        self.keymap = keymap
        self.history = History(Place("gpus"))
        self.every = IDLE_LOOK
        self.paused = False
        self.pane: Pane | None = None
        self.filters: dict[str, Filter] = {}
        self.said: list[Spans] = []
        self._memories: dict[str, object] = {}
        """What views remember of themselves while others are shown."""
        self._shown = ""
        self.held: object | None = None
        """The record that the raw page shows."""
        self._deeds = Deeds(self)
        self._feed = feed
        self._stop_listening: Callable[[], None] | None = None
        self._looked = float("-inf")
        self._told_until = float("inf")
        """Monotonic time at which the message line becomes empty."""
        self._pressed = float("-inf")
        self._counted: list[JudgedNode] | None = None
        self._wrong: Spans = ()
        self._due = False
        self._looking: asyncio.Task[None] | None = None
        self._person = name_of(os.geteuid())
        self._warned: tuple[Trouble, ...] = ()
        self.complaints: tuple[str, ...] = ()
        """What is wrong with the person's own settings; said with the first frame."""
        self._status = Line(scene.styles, scene.glyphs, id="status")
        self._path = Line(scene.styles, scene.glyphs, id="path")
        self._message = Line(scene.styles, scene.glyphs, id="message")
        self._keys = Line(scene.styles, scene.glyphs, id="keys")
        self.prompt = Prompt(scene.styles, scene.glyphs, id="prompt")

    @cached_property
    def panes(self) -> Mapping[str, Card]:
        """Every pane by its name."""
        return catalog.cards()

    def compose(self) -> ComposeResult:
        """The four lines, the prompt in the place of the last two, and the body."""
        yield self._status
        yield self._path
        yield Container(id="body")
        with Container(id="foot"):
            yield self._message
            yield self._keys
            yield self.prompt

    def on_mount(self) -> None:
        """Begin to listen and to keep the time."""
        self._stop_listening = self._feed.listen(self._changed)
        self.set_interval(1.0, self._tick)
        self._tint()
        self.draw_status()
        for complaint in self.complaints:
            self.tell(complaint, "warning")
        self.call_after_refresh(self.arrive)  # the frame is out before the panes are even imported

    def on_unmount(self) -> None:
        """Stop listening."""
        if self._stop_listening is not None:
            self._stop_listening()
        if self._looking is not None:
            self._looking.cancel()

    # Looking

    def _changed(self, topics: frozenset[Topic]) -> None:
        if Topic.COLLECTOR in topics:
            self._deeds.asked.look(self._pressed)
        if self.paused:
            return
        if topics == {Topic.COLLECTOR} or self.scene.follower.clock.mono() - self._looked >= self.every - IDLE_LOOK:
            self._look_soon()

    def _tick(self) -> None:
        self._deeds.asked.look(self._pressed)
        if time.monotonic() >= self._told_until:
            self._message.show(())
        if self.scene.follower.clock.mono() - self._looked >= self.every and not self.paused:
            self._look_soon()
        else:
            self.draw_status()

    def look(self) -> None:
        """Show everything as it is now."""
        self._looked = self.scene.follower.clock.mono()
        self.scene.look()
        if self.pane is not None and self.pane.is_mounted:
            self.pane.look()
        self.draw()

    def _look_soon(self) -> None:
        """Look without keeping the keys waiting; what changes meanwhile is looked at once more."""
        self._due = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look_between())
            self._looking.add_done_callback(self._looked_at)

    def _looked_at(self, looking: "asyncio.Task[None]") -> None:
        """Say it where a picture could not be drawn: a still picture over a running clock would be a lie."""
        error = None if looking.cancelled() else looking.exception()
        if error is not None:
            _log.error("the picture could not be drawn", exc_info=error)
            text = _("The picture could not be drawn ({error}); the log says more.")
            self.tell(text.format(error=f"{type(error).__name__}: {error}"), "critical")

    async def _look_between(self) -> None:
        while self._due:
            self._due = False
            self._looked = self.scene.follower.clock.mono()
            turns = Turns()
            await self.scene.look_between(turns)
            if self.pane is not None and self.pane.is_mounted:
                await self.pane.look_between(turns)
            self.draw()

    def draw(self) -> None:
        """Draw the lines around the pane."""
        self.draw_status()
        self.draw_path()
        self.draw_keys()

    def draw_status(self) -> None:
        """Line 1."""
        follower = self.scene.follower
        now = frame.Frame(
            lab=follower.welcome.lab if follower.welcome is not None else self.settings.lab,
            person=self._person,
            simulated=follower.welcome.simulated if follower.welcome is not None else self.settings.simulated,
            standing=follower.standing,
            silent_for=follower.clock.mono() - follower.since,
            trouble=follower.trouble,
            paused=self.paused,
            mono=follower.clock.mono() if not self.paused else self.scene.mono,
            wall=follower.clock.wall(),
            logins=self._deeds.asked.waiting,
        )
        if self._counted is not self.scene.nodes:
            self._counted = self.scene.nodes
            self._wrong = tuple(frame.counts(self.scene.nodes, self.scene.glyphs))
        self._status.show(*frame.status(now, self.scene.fleet, self._wrong, self.scene.glyphs))
        if follower.troubles != self._warned:
            self._warned = follower.troubles
            for trouble in follower.troubles:
                self.tell(say(trouble), "warning")

    def draw_path(self) -> None:
        """Line 2."""
        if self.pane is None:
            return
        card = self.panes[self.history.here.view]
        left = [Span(card.name, "accent", f"view:{card.name}"), *self.pane.crumb()]
        right = list(self.pane.state())
        wanted = self.filters.get(card.name)
        if wanted is not None:
            shown = plain(wanted.text, FILTER_SHOWN, self.scene.glyphs.ellipsis)
            right.insert(0, Span(f"/{shown}  ", "warning", "filter:", KEEP))
        self._path.show(left, right)

    def draw_keys(self) -> None:
        """The last line: what this view offers."""
        if self.pane is None:
            return
        from console.views.foot import keys

        self._keys.show(keys(self.pane.offers, self.pane.called, self.keymap))

    # Moving between panes

    async def arrive(self) -> None:
        """Show the present place of the history."""
        place = self.history.here
        body = self.query_one("#body", Container)
        if self.pane is not None and (memory := self.pane.memory()) is not None:
            self._memories[self._shown] = memory
        if self.pane is not None and self._shown != place.view:
            self._message.show(())  # what was said of the view before is no word on this one
        await body.remove_children()
        StylesCache.get_inner_outer.cache_clear()  # it holds the last 1,024 widgets' drawn lines, 200 KB for each view
        self.pane = pane = self.panes[place.view].make(self.scene, place.argument)
        self._shown = place.view
        if place.view in self._memories:
            pane.recall(self._memories[place.view])
        if isinstance(pane, Raw):
            pane.held = self.held
        await body.mount(pane)
        wanted = self.filters.get(place.view)
        if pane.fields() and wanted is not None:
            pane.narrow(wanted)
        self.look()

    def on_pane_open(self, event: Pane.Open) -> None:
        """A pane wants to go elsewhere."""
        event.stop()
        self.go(event.view, event.argument, event.expression)

    def on_pane_said(self, event: Pane.Said) -> None:
        """A pane says something."""
        event.stop()
        self.tell(event.text, event.style)

    def on_pane_moved(self, event: Pane.Moved) -> None:
        """A pane's place or state changed."""
        event.stop()
        if self.pane is not None:
            here = self.history.here
            self.history.alter(Place(here.view, self.pane.argument, here.expression))
        self.draw_path()

    def on_line_clicked(self, event: Line.Clicked) -> None:
        """A part of the frame was clicked."""
        event.stop()
        self.follow(event.target)

    # Keys

    def press(self, event: events.Key) -> bool:
        """Turn a key into an action of the pane or of the frame, or hand it to the prompt; False where none is."""
        if self.prompt.display:
            self.prompt.on_key(event)  # not by its queue: keys keep their order though it closes between two of them
            return True
        if self.pane is None:
            return False
        key = event.key
        self._pressed = time.monotonic()
        if key == "ctrl+c":
            self._deeds.travel.interrupt()
            return True
        name = self.keymap.action(key, self.pane.scopes)
        if name is None:
            return True
        if name.startswith("pinned_"):
            self._deeds.travel.pinned(int(name.removeprefix("pinned_")))
        elif not self.do(name):
            self.tell(_("{key} does nothing in this view.").format(key=self.keymap.shown(name)), "dim")
        return True

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """What was typed is meant."""
        event.stop()
        if self._deeds.asked.open:
            self._deeds.asked.done(event.text)
        else:
            self._deeds.typed.done(event.prompt)
        self._go_on()

    def on_prompt_left(self, event: Prompt.Left) -> None:
        """What was typed is not meant."""
        event.stop()
        if self._deeds.asked.open:
            self._deeds.asked.leave()
        else:
            self._deeds.typed.close()
        self._go_on()

    def _go_on(self) -> None:
        """Press what was typed while the prompt waited for its answer."""
        for key, character in self.prompt.ahead():
            self.press(events.Key(key, character))

    # What the deeds ask for

    def do(self, name: str, argument: str = "") -> bool:
        """Do an action by its name; False where nobody knows it here."""
        return self._deeds.do(name, argument)

    def go(self, view: str, argument: str = "", expression: str | None = None) -> None:
        """Go to a view."""
        self._deeds.travel.go(view, argument, expression)

    def follow(self, target: str) -> None:
        """Follow a link."""
        self._deeds.travel.follow(target)

    def command(self, text: str) -> None:
        """Do what stands after `:`."""
        self._deeds.typed.command(text)

    def narrow(self, view: str, expression: str) -> bool:
        """Set a view's filter; False where it is wrong, which is said."""
        return self._deeds.typed.narrow(view, expression)

    def tell(self, text: str, style: str = "") -> None:
        """Put a text into the message line, and remember it."""
        self._message.show(self.remember(text, style))
        self._told_until = time.monotonic() + STANDS.get(style, float("inf"))

    def remember(self, text: str, style: str = "") -> Spans:
        """Keep a text for `:messages` without showing it now."""
        spans = (Span(text, style),)
        if not self.said or self.said[-1] != spans:
            self.said = [*self.said, spans][-MESSAGES:]
        return spans

    @property
    def occupied(self) -> bool:
        """Whether something takes the keys that must not be disturbed: a prompt, a list over the picture."""
        return self.prompt.display or self.app.screen is not self

    def prompting(self, on: bool) -> None:
        """Make room for the prompt, or take it back."""
        self.query_one("#foot").set_class(on, "prompting")
        if not on:
            self.set_focus(None)

    def choose(self, chooser: Chooser, then: Callable[[str | None], None]) -> None:
        """Lay a list over everything."""
        self.app.push_screen(chooser, then)

    def copy(self, text: str) -> None:
        """Copy by OSC 52."""
        self.app.copy_to_clipboard(text)

    def leave(self) -> None:
        """Quit."""
        self.app.exit(0)

    def later(self, act: Callable[[], Awaitable[Any]]) -> None:
        """Do something once what is at hand is done."""
        self.call_later(act)

    def dress(self, palette: str) -> None:
        """Show another theme."""
        self.scene.dress(PALETTES[palette])
        self.app.theme = f"quarterdeck-{palette}"
        self._tint()
        for line in (self._status, self._path, self._message, self._keys):
            line.dress(self.scene.styles, self.scene.glyphs)
        self.prompt.dress(self.scene.styles, self.scene.glyphs)
        if self.pane is not None:
            self.pane.dressed()
        self.look()

    def _tint(self) -> None:
        """Give line 1 the lab's colour, so that two labs on two screens are not taken for each other."""
        self._status.styles.background = tint(self.scene.palette, self.settings.config.lab.colour)
