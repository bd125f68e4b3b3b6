"""The frame as those see it who act in it: a protocol, so that they can be read, and tested, without a screen."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from console.model.keys import KeyMap
from console.panes.pane import Card, Pane
from console.panes.scene import Scene
from console.rules.filters import Filter
from console.screens.history import History
from widgets.chooser import Chooser
from widgets.models import Spans
from widgets.prompt import Prompt


class Frame(Protocol):
    """What they may ask of it."""

    scene: Scene
    keymap: KeyMap
    history: History
    pane: Pane | None
    prompt: Prompt
    filters: dict[str, Filter]
    every: float
    paused: bool
    said: list[Spans]
    held: object | None

    @property
    def occupied(self) -> bool: ...  # noqa: D102 - the screen has the words

    @property
    def panes(self) -> Mapping[str, Card]: ...  # noqa: D102 - the screen has the words

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
    def do(self, name: str, argument: str = "") -> bool: ...  # noqa: D102
    def go(self, view: str, argument: str = "", expression: str | None = None) -> None: ...  # noqa: D102
    def follow(self, target: str) -> None: ...  # noqa: D102
    def command(self, text: str) -> None: ...  # noqa: D102
    def narrow(self, view: str, expression: str) -> bool: ...  # noqa: D102
