"""What the actions of the frame do: moving about, prompts, choosers, export; it knows the frame as a protocol."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from console.language import _, ngettext
from console.model import actions
from console.model.keys import KeyMap
from console.model.keys import rows as help_rows
from console.panes import catalog
from console.panes.pane import Card, Pane
from console.panes.scene import Scene
from console.rules.filter_completion import complete
from console.rules.filters import Filter, FilterError, parse
from console.screens import commands
from console.screens.history import History, Place
from console.views import export, listing
from themes.palettes import PALETTES
from widgets.chooser import Chooser
from widgets.models import Choice, Completion, Spans
from widgets.prompt import Prompt

INTERVALS = (2.0, 5.0, 10.0, 30.0)
"""Seconds between two pictures."""
TWICE = 3.0
"""Seconds within which Ctrl+C must come again to quit."""


class Frame(Protocol):
    """What the deeds need of the screen."""

    scene: Scene
    keymap: KeyMap
    panes: Mapping[str, Card]
    history: History
    pane: Pane | None
    prompt: Prompt
    filters: dict[str, Filter]
    every: float
    paused: bool
    said: list[Spans]
    held: object | None

    def tell(self, text: str, style: str = "") -> None: ...  # noqa: D102 - the screen has the words
    def look(self) -> None: ...  # noqa: D102
    def draw(self) -> None: ...  # noqa: D102
    def dress(self, palette: str) -> None: ...  # noqa: D102
    def prompting(self, on: bool) -> None: ...  # noqa: D102
    def choose(self, chooser: Chooser, then: Callable[[str | None], None]) -> None: ...  # noqa: D102
    def copy(self, text: str) -> None: ...  # noqa: D102
    def leave(self) -> None: ...  # noqa: D102
    def later(self, act: Callable[[], Awaitable[Any]]) -> None: ...  # noqa: D102
    async def arrive(self) -> None: ...  # noqa: D102


class Deeds:
    """Answers to the actions that every view has, by methods ``do_x``, and to what is typed."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._histories: dict[str, tuple[str, ...]] = {":": (), "/": ()}
        self._asked = float("-inf")

    # Moving about

    def go(self, view: str, argument: str = "", expression: str | None = None) -> None:
        """Go to a view; an expression sets its filter."""
        frame = self._frame
        if expression is not None:
            self._narrow(view, expression)
        frame.history.go(Place(view, argument))
        frame.later(frame.arrive)

    def follow(self, target: str) -> None:
        """Follow a link: ``view:argument``, ``filter:expression``, ``health:status`` or ``do:action``."""
        kind, _sep, rest = target.partition(":")
        match kind:
            case "do":
                self.do(rest)
            case "filter":
                self.go("gpus", "", rest)
            case "health":
                self.go("gpus", "", _BAD.get(rest, rest))
            case "view":
                self.go(rest)
            case _:
                self.go(kind, rest)

    def do(self, name: str, argument: str = "") -> bool:
        """Do an action of the pane or of the frame; False where neither has it."""
        for owner in (self._frame.pane, self):
            act = getattr(owner, f"do_{name}", None)
            if act is not None:
                act(argument) if argument else act()
                return True
        return False

    def can(self, name: str) -> bool:
        """Whether the pane or the frame has an action."""
        return any(hasattr(owner, f"do_{name}") for owner in (self._frame.pane, self))

    def do_leave(self) -> None:
        """Out: the filter first, then the page; it never quits."""
        frame = self._frame
        here = frame.history.here
        if frame.panes[here.view].top:
            if here.view in frame.filters:
                self._narrow(here.view, "")
                frame.draw()
            return
        if not frame.history.back():
            frame.history.go(Place("gpus"))
        frame.later(frame.arrive)

    def do_quit(self) -> None:
        """Quit from the top; from a page go out."""
        if self._frame.panes[self._frame.history.here.view].top:
            self._frame.leave()
        else:
            self.do_leave()

    def interrupt(self) -> None:
        """Ctrl+C: ask once, then quit."""
        now = time.monotonic()
        if now - self._asked < TWICE:
            self._frame.leave()
        self._asked = now
        self._frame.tell(_("Press Ctrl+C again to quit; collecting goes on."), "warning")

    def do_back(self) -> None:
        """Go back in the history of views."""
        if self._frame.history.back():
            self._frame.later(self._frame.arrive)

    def do_forward(self) -> None:
        """Go forward in the history of views."""
        if self._frame.history.forward():
            self._frame.later(self._frame.arrive)

    def do_last_view(self) -> None:
        """Go to the view before this one."""
        if self._frame.history.last():
            self._frame.later(self._frame.arrive)

    def pinned(self, number: int) -> None:
        """Go to a pinned view: the panes that stand by themselves, in their order."""
        tops = [card.name for card in self._frame.panes.values() if card.top]
        if number <= len(tops):
            self.go(tops[number - 1])
        else:
            self._frame.tell(_("No view is pinned under {number}.").format(number=number), "dim")

    # The picture as a whole

    def do_refresh(self) -> None:
        """Draw everything anew."""
        self._frame.look()
        self._frame.tell(_("refreshed"), "dim")

    def do_pause(self) -> None:
        """Hold the picture still, or let it go on."""
        self._frame.paused = not self._frame.paused
        if not self._frame.paused:
            self._frame.look()
        self._frame.draw()

    def do_interval(self, wanted: str = "") -> None:
        """Renew the picture more or less often."""
        frame = self._frame
        if wanted:
            try:
                frame.every = max(1.0, min(3600.0, float(wanted)))
            except ValueError:
                frame.tell(_("“{text}” is not a number of seconds.").format(text=wanted), "warning")
                return
        else:
            following = [each for each in INTERVALS if each > frame.every]
            frame.every = following[0] if following else INTERVALS[0]
        frame.tell(_("Refreshing every {seconds} s.").format(seconds=f"{frame.every:g}"))

    # Prompts

    def do_filter(self, expression: str = "") -> None:
        """Open the filter, or set it."""
        pane = self._frame.pane
        if pane is None or not pane.fields():
            self._frame.tell(_("This view has no filter."), "dim")
            return
        if expression:
            self._apply(expression)
            return
        fields = pane.fields()
        before = self._frame.filters.get(self._frame.history.here.view)
        self._frame.prompting(True)
        self._frame.prompt.open(
            "/",
            before.text if before is not None else "",
            history=self._histories["/"],
            complete=lambda text: [Completion(new, f"{new}  {meaning}") for new, meaning in complete(text, fields)],
        )

    def do_command(self) -> None:
        """Open the command line."""
        panes = self._frame.panes
        self._frame.prompting(True)
        self._frame.prompt.open(
            ":",
            history=self._histories[":"],
            complete=lambda text: commands.completions(text, panes, self._names),
        )

    def _names(self, view: str) -> list[str]:
        if view == "node":
            return list(self._frame.scene.by_name)
        if view == "gpu":
            return [f"{node.node.name}:{card.card.slot}" for node in self._frame.scene.nodes for card in node.cards]
        return []

    def typed(self, prompt: Prompt) -> None:
        """Enter was pressed in the prompt."""
        self._histories[prompt.lead] = prompt.history
        if prompt.lead == "/":
            if self._apply(prompt.text):
                self.close()
        else:
            self.close()
            self.command(prompt.text)

    def close(self) -> None:
        """Close the prompt."""
        self._frame.prompt.close()
        self._frame.prompting(False)
        self._frame.draw()

    def _apply(self, expression: str) -> bool:
        view = self._frame.history.here.view
        try:
            self._narrow(view, expression)
        except FilterError as error:
            if self._frame.prompt.display:
                self._frame.prompt.complain(str(error), error.column)
            else:
                self._frame.tell(f"{expression}: {error}", "warning")
            return False
        self._frame.draw()
        return True

    def _narrow(self, view: str, expression: str) -> None:
        """Set a view's filter; an empty one shows everything."""
        frame = self._frame
        here = frame.pane is not None and frame.history.here.view == view
        if not expression.strip():
            frame.filters.pop(view, None)
            if here and frame.pane is not None:
                frame.pane.narrow(None)
            return
        pane = frame.pane if here and frame.pane is not None else frame.panes[view].make(frame.scene, "")
        frame.filters[view] = found = parse(expression, pane.fields())
        if here:
            pane.narrow(found)

    def command(self, text: str) -> None:
        """Do what was typed after `:`."""
        word, rest = commands.split(text)
        if not word:
            return
        if word in ("q", "q!", "quit", "exit"):
            self._frame.leave()
            return
        card = catalog.find(word, self._frame.panes)
        if card is not None:
            self._go_to(card, rest)
            return
        known = {action.name for action in actions.ACTIONS} | {command.name for command in commands.COMMANDS}
        if word not in known or not self.do(word, rest):
            text = _("There is no command {name} here; Tab completes, {key} lists all.")
            self._frame.tell(text.format(name=word, key=self._frame.keymap.shown("palette") or ":palette"), "warning")

    def _go_to(self, card: Card, rest: str) -> None:
        if card.top:
            self._narrow(card.name, rest)
            self.go(card.name)
            return
        argument = ":".join(rest.split()) if card.name == "gpu" else rest
        if argument in self._names(card.name):
            self.go(card.name, argument)
        else:
            self._frame.tell(_("There is no {kind} {name}.").format(kind=_(card.title), name=rest or "?"), "warning")

    # Choosers

    def do_help(self) -> None:
        """This view's keys, and what may be asked of its columns; typing searches, Enter does it."""
        frame = self._frame
        if frame.pane is None:
            return
        choices = [
            Choice(f"!{name}", f"{row.keys:<12} {row.title}", row.meaning)
            for scope in frame.pane.scopes
            for row, name in zip(help_rows(frame.keymap, [scope]), _names_of(scope), strict=False)
        ]
        choices += [
            Choice(f"/{field.name}", f"{'/' + field.name:<12} {field.title}", _("a column, for filters"))
            for field in frame.pane.fields().values()
        ]
        title = _("Keys of {view}").format(view=_(frame.panes[frame.history.here.view].title))
        frame.choose(self._chooser(choices, title), self._chosen)

    def do_palette(self) -> None:
        """Every command, found by a part of its name."""
        choices = commands.palette(self._frame.panes, self._frame.keymap, self.can)
        self._frame.choose(self._chooser(choices, _("Commands")), self._chosen)

    def do_jump(self) -> None:
        """Where one can go from what is under the cursor."""
        places = self._frame.pane.jumps() if self._frame.pane is not None else ()
        if not places:
            self._frame.tell(_("There is nothing to jump to from here."), "dim")
            return
        choices = [Choice(target, title) for target, title in places]
        self._frame.choose(self._chooser(choices, _("Jump to")), lambda key: self.follow(key) if key else None)

    def _chooser(self, choices: list[Choice], title: str) -> Chooser:
        scene = self._frame.scene
        return Chooser(choices, scene.styles, scene.glyphs, title=title, empty=_("nothing matches"))

    def _chosen(self, key: str | None) -> None:
        if not key:
            return
        if key[0] == ":":
            self.command(key[1:])
        elif key[0] == "/":
            self.do_filter()
            self._frame.prompt.put(key[1:])
        elif key[1:].startswith("pinned"):
            self.pinned(1)
        else:
            self.do(key[1:])

    # Things done with what is shown

    def do_raw(self) -> None:
        """The record under the cursor, as it came."""
        frame = self._frame
        subject = frame.pane.subject() if frame.pane is not None else None
        if subject is None:
            frame.tell(_("There is no record under the cursor."), "dim")
            return
        frame.held = subject
        self.go("raw", frame.history.here.argument or frame.history.here.view)

    def do_copy(self) -> None:
        """To the clipboard, by the terminal (OSC 52)."""
        text = self._frame.pane.copied() if self._frame.pane is not None else None
        if text is None:
            self._frame.tell(_("There is nothing to copy here."), "dim")
            return
        self._frame.copy(text)
        count = text.count("\n") + 1
        self._frame.tell(
            ngettext(
                "Copied {count} line, if the terminal allows it.",
                "Copied {count} lines, if the terminal allows it.",
                count,
            ).format(count=count)
        )

    def do_messages(self) -> None:
        """What was said in this session."""
        said = [
            Choice(str(number), "".join(span.text for span in spans)) for number, spans in enumerate(self._frame.said)
        ]
        self._frame.choose(self._chooser(said[::-1], _("Messages")), lambda _key: None)

    def do_theme(self, wanted: str = "") -> None:
        """Change the colours: the next palette, or the one named."""
        names = list(PALETTES)
        if wanted and wanted not in names:
            known = ", ".join(names)
            self._frame.tell(
                _("There is no theme {name}; there are {known}.").format(name=wanted, known=known), "warning"
            )
            return
        now = names.index(self._frame.scene.palette.name)
        self._frame.dress(wanted or names[(now + 1) % len(names)])

    def do_export(self, form: str = "") -> None:
        """Write what is shown to a file in the working folder; the path is said."""
        pane = self._frame.pane
        listed = getattr(pane, "listed", None)
        if listed is None:
            self._frame.tell(_("This view cannot be exported."), "dim")
            return
        if not form:
            choices = [Choice(each, title) for each, title in (("csv", "CSV"), ("json", "JSON"), ("md", "Markdown"))]
            self._frame.choose(self._chooser(choices, _("Export as")), lambda key: self.do_export(key) if key else None)
            return
        if form not in ("csv", "json", "md"):
            self._frame.tell(export.forms_message(form), "warning")
            return
        scene, found = self._frame.scene, listing.gpus()
        rows = listed()
        columns = found.columns
        if form == "csv":
            text = export.csv_text(rows, columns)
        elif form == "md":
            text = export.markdown(rows, columns)
        else:
            text = export.document(found.kind, scene.wall, [], rows, columns)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        path = Path.cwd() / f"quarterdeck-{found.kind}-{stamp}.{form}"
        self._frame.later(lambda: self._write(path, text, len(rows)))

    async def _write(self, path: Path, text: str, count: int) -> None:
        try:
            await asyncio.to_thread(path.write_text, text, encoding="utf-8", newline="")
        except OSError as error:
            self._frame.tell(_("Nothing was written: {error}").format(error=error), "warning")
        else:
            self._frame.tell(
                ngettext("{count} row written to {path}", "{count} rows written to {path}", count).format(
                    count=count, path=path
                )
            )


_BAD = {
    "critical": "status=critical | status=lost | status=broken | status=silent | status=down",
    "warning": "status=warning",
    "stale": "status=stale",
}


def _names_of(scope: str) -> list[str]:
    """The actions that the lines of the help stand for."""
    found: list[str] = []
    families: set[str] = set()
    for action in actions.ACTIONS:
        if action.scope == scope and action.family not in families:
            found.append(action.name)
        if action.scope == scope and action.family:
            families.add(action.family)
    return found
