"""Names full of markup, escape sequences, CJK, right-to-left text and 200 characters, in every text of every record.

Nothing of them is obeyed, by the terminal or as markup; nothing crashes, on the screen or in what is printed.
"""

import csv
import io
import json
import re
import sys
import zlib
from enum import Enum
from pathlib import Path

import msgspec
import pytest

from backends.demo.shape import Shape
from backends.records import AnyRecord
from console.app import Quarterdeck
from console.model.fleet import Fleet
from console.panes.gpus import Gpus
from console.rules.jobs.judge import JobJudge
from console.rules.judge import Judge
from console.services.link.protocol import Push, frame
from console.views import export
from console.views.listing import LISTINGS, Seen
from themes.glyphs import ASCII, UNICODE, Glyphs

sys.path.insert(0, str(Path(__file__).parents[2] / "snapshots"))
import stage

HOSTILE = (
    "[bold red]BANG[/bold red]",
    "[/]",
    "[@click=app.quit]x[/]",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]52;c;aGk=\x07",
    "\x9b31m\x90q\x9c\x00\x07\x08\x0d\x0a\x7f",
    "数据中心・グラフィック",
    "\u202eevil\u2066שלום\u200f",
    "e\u0301\u0301\u0301\u0301\u0301\U0001f469\u200d\U0001f4bb",
    "x" * 200,
    "名" * 200,
    '=HYPERLINK("http://x")|`a`\\ \'"&|()!~,;\t',
    "{0} {name} %s %(x)d",
    "\ud800 lone",
)
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def poison(value: object) -> object:
    """The same value with every text in it made hostile; equal texts stay equal."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return HOSTILE[zlib.crc32(value.encode()) % len(HOSTILE)] + value
    if isinstance(value, tuple):
        return tuple(poison(part) for part in value)
    if isinstance(value, dict):
        return {name: poison(part) for name, part in value.items()}
    if isinstance(value, msgspec.Struct):
        changed = {name: poison(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **changed)
    return value


async def hostile() -> list[AnyRecord]:
    said = await stage.lab(Shape(nodes=14, gpus=2, seed=7))
    return [poison(record) for record in said]  # type: ignore[misc]


def screen(app: Quarterdeck) -> str:
    width, height = app.size
    lines = [app.screen._compositor.render_strips()[y].text for y in range(height)]
    assert len(lines) == height
    assert width > 0
    return "\n".join(lines)


@pytest.mark.parametrize(("size", "glyphs"), [((80, 24), UNICODE), ((160, 50), ASCII)], ids=["unicode", "ascii"])
async def test_no_view_obeys_what_the_world_is_called(size: tuple[int, int], glyphs: Glyphs) -> None:
    said = await hostile()
    app = stage.console(said, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        seen = []

        async def look(*keys: str) -> None:
            await pilot.press(*keys)
            await pilot.pause()
            seen.append(screen(app))

        await look()
        for key in ("m", "m", "m", "m", "m", "z", "z", "o"):
            await look(key)
        await look("escape")
        for number, name in enumerate(list(app._main.scene.by_name)[:6]):
            app._main.go("node" if number % 2 else "gpu", name if number % 2 else f"{name}:0")
            await look()
            await look("G")
            if number % 4 < 2:
                await look("v")
            app._main.go("gpus")
            await look("l")
        for name in ("jobs", "queues", "platform", "policy", "pulse"):
            app._main.go(name)
            await look()
            await look("G", "j")
        for judged in app._main.scene.jobs[:: max(1, len(app._main.scene.jobs) // 8)]:
            app._main.go("job", judged.key)
            await look()
            await look("G")
        app._main.go("gpus")
        await look()
        for typed in ("/", ":"):
            await look(typed, "g", "tab", "tab", "escape")
        await look("question_mark")
        assert not any(FORBIDDEN.search(text.replace("\n", "")) for text in seen)
        everything = "\n".join(seen)
        assert "BANG" in everything
        assert "[bold red]BANG" in everything, "markup is shown as it is written"


async def test_every_jump_from_a_hostile_name_leads_somewhere() -> None:
    app = stage.console(await hostile())
    async with app.run_test(size=(120, 40)) as pilot:
        main = app._main
        names = [node.node.name for node in main.scene.nodes]
        for name in names:
            app._main.go("gpu", f"{name}:0")
            await pilot.pause()
            places = list(main.pane.jumps()) if main.pane is not None else []
            for target, _title in places:
                main.follow(target)
                await pilot.pause()
                said = "".join(span.text for span in main.said[-1]) if main.said else ""
                if target.startswith("filter:"):
                    assert isinstance(main.pane, Gpus), said
                    assert main.pane.listed(), f"{target!r} finds nothing: {said}"


@pytest.mark.parametrize("kind", LISTINGS)
async def test_what_is_printed_is_safe_in_every_form(kind: str) -> None:
    fleet = Fleet()
    fleet.apply(await hostile())
    nodes = Judge().fleet(fleet, 1060.0, stage.OPENED + 60)
    listing = LISTINGS[kind]()
    wall, judge = stage.OPENED + 60, JobJudge()
    jobs, queues = judge.jobs(fleet, nodes, 1060.0, wall), judge.queues(fleet, nodes, wall, wall - 3600)
    rows = listing.rows(Seen(1060.0, wall, nodes, jobs, queues, list(fleet.services.values())))
    assert rows or kind == "partitions", "a queue of a hostile kind is no partition"
    for wide in (False, True):
        table = export.table(rows, listing.columns, 120, wide=wide, mark="-")
        assert not FORBIDDEN.search(table.replace("\n", ""))
        assert len(table.splitlines()) == len(rows) + 1
    markdown = export.markdown(rows, listing.columns)
    assert not FORBIDDEN.search(markdown.replace("\n", ""))
    assert len(markdown.strip().splitlines()) == len(rows) + 2
    document = export.document(kind, 0.0, [], rows, listing.columns)
    assert len(json.loads(document)["items"]) == len(rows)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", document)
    written = export.csv_text(rows, listing.columns)
    read = list(csv.reader(io.StringIO(written)))
    assert {len(line) for line in read} == {len(read[0])}
    assert len(read) == len(rows) + 1
    for line in read[1:]:
        assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in line), "a spreadsheet would run it"
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", written)


async def test_they_travel_over_the_socket_as_they_are() -> None:
    said = [record for record in await hostile() if " lone" not in repr(record)]
    body = frame(Push(said))[4:]
    assert msgspec.msgpack.decode(body, type=Push).records == said
