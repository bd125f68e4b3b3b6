"""A screen that is not painted again as a whole each time another widget takes the keys."""

from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class QuietScreen(Screen[ScreenResultType]):
    """As any screen; widgets that show that they have the focus paint themselves.

    The toolkit paints everything when the focus moves: opening a prompt at 140x50 cost 62 KB to the terminal, and costs
    7 KB so. Nothing takes the focus by itself.
    """

    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
