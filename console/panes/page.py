"""What the pages of one thing share: a sheet that is read and scrolled."""

from collections.abc import Sequence

from textual.app import ComposeResult

from console.panes.pane import Pane
from console.panes.scene import Scene
from widgets.models import Section
from widgets.sheet import Sheet


class Page(Pane):
    """A sheet of sections."""

    scopes: Sequence[str] = ("list", "move", "global")
    offers: Sequence[str] = ("leave", "jump", "raw", "command", "help")

    DEFAULT_CSS = "Page Sheet { height: 1fr; padding-left: 1; }"

    def __init__(self, scene: Scene, argument: str = "") -> None:
        super().__init__(scene, argument)
        self._sheet = Sheet(scene.styles, scene.glyphs)
        self._sheet.can_focus = False

    def compose(self) -> ComposeResult:
        """The sheet alone."""
        yield self._sheet

    def sections(self) -> Sequence[Section]:
        """What the page says now."""
        raise NotImplementedError

    def look(self) -> None:
        """Show what the page says now."""
        self._sheet.show(self.sections())

    def dressed(self) -> None:
        """Dress the sheet anew."""
        self._sheet.dress(self.scene.styles, self.scene.glyphs)

    def do_up(self) -> None:
        """Scroll."""
        self._sheet.move(-1)

    def do_down(self) -> None:
        """Scroll."""
        self._sheet.move(1)

    def do_page_up(self) -> None:
        """Scroll by a screen."""
        self._sheet.page(-1)

    def do_page_down(self) -> None:
        """Scroll by a screen."""
        self._sheet.page(1)

    def do_first(self) -> None:
        """Go to the beginning."""
        self._sheet.home()

    def do_last(self) -> None:
        """Go to the end."""
        self._sheet.end()

    def on_sheet_clicked(self, event: Sheet.Clicked) -> None:
        """Follow a link."""
        event.stop()
        self.follow(event.target)
