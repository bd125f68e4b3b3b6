"""What lies over the picture: help, palette, jumps, messages, forms of export; each a list that typing narrows."""

import asyncio
import functools
import os
import time
from collections.abc import Callable
from pathlib import Path

from console.language import _, ngettext
from console.model import actions
from console.model.keys import HelpRow
from console.model.keys import rows as help_rows
from console.panes.pane import Pane
from console.screens import commands
from console.screens.frame import Frame
from console.views.listing import formed, sources
from widgets.chooser import Chooser
from widgets.models import Choice


def _told(pane: Pane, name: str, row: HelpRow) -> tuple[str, str]:
    """Keys and title of an action as it is called in a pane, and what it does there."""
    title = _(pane.called[name]) if name in pane.called else row.title
    searches = name == "filter" and pane.searches
    meaning = _("Search the text; n goes to the next place, N to the one before.") if searches else row.meaning
    return f"{row.keys:<12} {title}", meaning


class Lists:
    """Answers to the actions that ask for a choice."""

    def __init__(self, frame: Frame, can: Callable[[str], bool]) -> None:
        self._frame = frame
        self._can = can

    def do_help(self) -> None:
        """This view's keys, and what may be asked of its columns; typing searches, Enter does it."""
        frame = self._frame
        if frame.pane is None:
            return
        choices = [
            Choice(f"!{name}", *_told(frame.pane, name, row))
            for scope in frame.pane.scopes
            for row, name in zip(help_rows(frame.keymap, [scope]), _names_of(scope), strict=False)
            if self._can(name) or name.startswith("pinned")
        ]
        choices += [Choice(f":sort {key}", title, meaning) for key, title, meaning in frame.pane.meanings()]
        choices += [
            Choice(f"/{field.name}", f"/{field.name}", _("for filters: {meaning}").format(meaning=field.title))
            for field in frame.pane.fields().values()
        ]
        title = _("Keys of {view}").format(view=_(frame.panes[frame.history.here.view].title))
        frame.choose(self._chooser(choices, title), self._chosen)

    def do_palette(self) -> None:
        """Every command, found by a part of its name."""
        frame = self._frame
        here = frame.pane.words() if frame.pane is not None else {}
        choices = commands.palette(frame.panes, frame.keymap, self._can, here)
        self._frame.choose(self._chooser(choices, _("Commands")), self._chosen)

    def do_jump(self) -> None:
        """Where one can go from what is under the cursor."""
        known = {*self._frame.panes, "filter"}
        jumps = self._frame.pane.jumps() if self._frame.pane is not None else ()
        places = [(target, title) for target, title in jumps if target.removeprefix("in:").partition(":")[0] in known]
        if not places:
            self._frame.tell(_("There is nothing to jump to from here."), "dim")
            return
        choices = [Choice(target, title) for target, title in places]
        self._frame.choose(self._chooser(choices, _("Jump to")), lambda key: self._frame.follow(key) if key else None)

    def _chooser(self, choices: list[Choice], title: str) -> Chooser:
        scene = self._frame.scene
        return Chooser(choices, scene.styles, scene.glyphs, title=title, empty=_("nothing matches"))

    def _chosen(self, key: str | None) -> None:
        if not key:
            return
        if key[0] == ":":
            self._frame.command(key[1:])
        elif key[0] == "/":
            self._frame.do("filter")
            self._frame.prompt.put(key[1:])
        else:
            self._frame.do(key[1:])

    def do_messages(self) -> None:
        """What was said in this session."""
        said = [
            Choice(str(number), "".join(span.text for span in spans)) for number, spans in enumerate(self._frame.said)
        ]
        self._frame.choose(self._chooser(said[::-1], _("Messages")), lambda _key: None)

    def do_export(self, form: str = "") -> None:
        """Write what is shown to a file in the working folder; the path is said."""
        frame = self._frame
        listed = frame.pane.listed() if frame.pane is not None else None
        if listed is None:
            frame.tell(_("This view cannot be exported."), "dim")
        elif not form:
            choices = [Choice(each, title) for each, title in (("csv", "CSV"), ("json", "JSON"), ("md", "Markdown"))]
            frame.choose(self._chooser(choices, _("Export as")), lambda key: self.do_export(key) if key else None)
        elif form not in ("csv", "json", "md"):
            frame.tell(_("There is no export as {name}; there are csv, json, md.").format(name=form), "warning")
        else:
            listing, rows = listed
            path = Path.cwd() / f"quarterdeck-{listing.kind}-{time.strftime('%Y%m%d-%H%M%S')}.{form}"
            wall, fleet = frame.scene.wall, frame.scene.fleet
            told = sources(fleet)
            whole = all(source.trouble is None for source in fleet.sources.values())
            text = functools.partial(formed, listing, rows, form, wall, sources=told, complete=whole)
            frame.later(lambda: self._write(path, text, len(rows)))

    async def _write(self, path: Path, text: Callable[[], str], count: int) -> None:
        def write() -> None:
            # A name that can be guessed, in a folder that others may write: never through a link, never over a file.
            with open(path, "x", encoding="utf-8", newline="", opener=_private) as file:
                file.write(text())

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            self._frame.tell(_("Nothing was written: {error}").format(error=error), "warning")
        else:
            self._frame.tell(
                ngettext("{count} row written to {path}", "{count} rows written to {path}", count).format(
                    count=count, path=path
                )
            )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


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
