"""What is typed: the filter after `/` and the command after `:`."""

from collections.abc import Mapping, Sequence

from console.language import _
from console.model import actions
from console.panes import catalog
from console.panes.pane import Card
from console.rules.filter_completion import complete
from console.rules.filters import FilterError, parse
from console.screens import commands
from console.screens.frame import Frame
from widgets.models import Completion
from widgets.prompt import Prompt


class Typed:
    """Opens the prompt, and does what was typed into it."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._histories: dict[str, tuple[str, ...]] = {":": (), "/": ()}

    def do_filter(self, expression: str = "") -> None:
        """Open the filter, or set it."""
        pane = self._frame.pane
        if pane is not None and pane.searches:
            self._search(expression)
            return
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

    def _search(self, text: str) -> None:
        """Search for a text, or open the prompt for one."""
        frame = self._frame
        if text and frame.pane is not None:
            frame.pane.search(text)
        elif not text:
            frame.prompting(True)
            frame.prompt.open("/", "", history=self._histories["/"])

    def do_command(self) -> None:
        """Open the command line."""
        panes = self._frame.panes
        self._frame.prompting(True)
        self._frame.prompt.open(
            ":",
            history=self._histories[":"],
            complete=lambda text: commands.completions(text, panes, self._names, self._here()),
        )

    def _here(self) -> Mapping[str, Sequence[str]]:
        return self._frame.pane.words() if self._frame.pane is not None else {}

    def _names(self, view: str) -> list[str]:
        if view == "node":
            return list(self._frame.scene.by_name)
        if view in ("job", "log"):
            jobs = self._frame.scene.jobs
            return [judged.job.id for judged in jobs] + [judged.key for judged in jobs]
        if view == "gpu":
            return [f"{node.node.name}:{card.card.slot}" for node in self._frame.scene.nodes for card in node.cards]
        return []

    def done(self, prompt: Prompt) -> None:
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
        pane = self._frame.pane
        if pane is not None and pane.searches:
            pane.search(expression)
            return True
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

    def narrow(self, view: str, expression: str) -> bool:
        """Set a view's filter from elsewhere than the prompt; what is wrong with it is said."""
        try:
            self._narrow(view, expression)
        except FilterError as error:
            self._frame.tell(f"{expression}: {error}", "warning")
            return False
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
        if word not in known or not self._frame.do(word, rest):
            text = _("There is no command {name} here; Tab completes, {key} lists all.")
            self._frame.tell(text.format(name=word, key=self._frame.keymap.shown("palette") or ":palette"), "warning")

    def _go_to(self, card: Card, rest: str) -> None:
        if card.top:
            argument = rest if card.follows and (not card.words or rest in card.words) else ""
            self._frame.go(card.name, argument, None if argument else rest)
            return
        argument = ":".join(rest.split()) if card.name == "gpu" else rest
        if argument in self._names(card.name):
            self._frame.go(card.name, argument)
        else:
            self._frame.tell(_("There is no {kind} {name}.").format(kind=_(card.title), name=rest or "?"), "warning")
