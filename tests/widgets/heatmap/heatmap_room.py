"""An app with one heatmap that writes down what it is asked to paint."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from widgets.cells import Dress, Look
from widgets.heatmap import Heatmap
from widgets.models import Block

LOOKS = tuple(Look(glyph, Style(color=f"color({16 + i})")) for i, glyph in enumerate("·▁▃▅▇✖"))
DRESS = Dress(LOOKS, "▀▄", words={"warning": Style(color="yellow")})


class Watched(Heatmap):
    """Writes down what it is asked to paint."""

    def __init__(self, empty: str = "") -> None:
        super().__init__(empty)
        self.calls: list[tuple[Region, ...]] = []
        self.drawn: list[int] = []

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> "Watched":
        if repaint:
            self.calls.append(regions)
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def render_line(self, y: int) -> Strip:
        self.drawn.append(y)
        return super().render_line(y)

    def forget(self) -> None:
        self.calls.clear()
        self.drawn.clear()


class Room(App[None]):
    def __init__(self, heatmap: Heatmap) -> None:
        super().__init__()
        self.heatmap = heatmap
        self.heard: list[Heatmap.Moved | Heatmap.Chosen] = []

    def compose(self) -> ComposeResult:
        yield self.heatmap

    def on_heatmap_moved(self, event: Heatmap.Moved) -> None:
        self.heard.append(event)

    def on_heatmap_chosen(self, event: Heatmap.Chosen) -> None:
        self.heard.append(event)


def heard(pilot: Pilot[None]) -> list[Heatmap.Moved | Heatmap.Chosen]:
    """What the heatmap has told the app."""
    assert isinstance(pilot.app, Room)
    return pilot.app.heard


@asynccontextmanager
async def shown(
    blocks: Sequence[Block], size: tuple[int, int] = (108, 10), dress: Dress = DRESS, empty: str = ""
) -> AsyncIterator[tuple[Watched, Pilot[None]]]:
    heatmap = Watched(empty)
    heatmap.dress(dress)
    heatmap.show(blocks)
    app = Room(heatmap)
    async with app.run_test(size=size) as pilot:
        heatmap.focus()
        await pilot.pause()
        heatmap.forget()
        yield heatmap, pilot


def fleet(nodes: int, gpus: int = 8, groups: int = 0, code: int = 1) -> list[Block]:
    return [
        Block(
            f"n{i}",
            f"gpu-{i:02}",
            bytes([code] * gpus),
            f"user{i}",
            group=f"rack {i * groups // nodes}" if groups else "",
        )
        for i in range(nodes)
    ]


def picture(heatmap: Heatmap) -> list[str]:
    return [heatmap.line_text(y) for y in range(heatmap.virtual_size.height)]


def screen(pilot: Pilot[None]) -> list[str]:
    return ["".join(segment.text for segment in line) for line in pilot.app.screen._compositor.render_strips()]
