"""Any list of things: what the machinery of lists asks of a pane, with things that are no nodes."""

from collections.abc import Sequence
from typing import Any

import stage

from console.model.fields import Field, Kind
from console.panes.listed import AT_ONCE, Listed
from console.panes.pane import Card
from console.panes.scene import Scene
from console.views.export import Column
from console.views.headings import Heading
from console.views.listing import Listing
from console.views.rows import Row
from widgets.models import Fact, Section, text_of

Word = tuple[str, int]


class Words(Listed[Word]):
    """Words and numbers."""

    count = 12

    def __init__(self, scene: Scene, argument: str = "") -> None:
        self.words_ = [(f"word-{number:04}", (number * 7) % 12) for number in range(self.count)]
        super().__init__(scene, argument)

    def headings(self) -> Sequence[Heading[Word]]:
        return (
            Heading("word", "WORD", "a word", 10, lambda word, _present: word[0], priority=9),
            Heading("rank", "RANK", "a rank", 5, lambda word, _present: str(word[1]), lambda word: word[1], "right", 8),
        )

    def things(self) -> Sequence[Word]:
        return self.words_

    def key(self, thing: Word) -> str:
        return thing[0]

    def row(self, thing: Word) -> Row:
        return {"word": thing[0], "rank": thing[1]}

    def listing(self) -> Listing:
        fields = {"word": Field("word", Kind.TEXT, "word"), "rank": Field("rank", Kind.NUMBER, "rank")}
        return Listing("words", (Column("word", "word"),), fields, lambda row: str(row["word"]), lambda *_: [])

    def sections(self, thing: Word) -> Sequence[Section]:
        return (Section("Word", (Fact("rank", str(thing[1])),)),)

    def place(self, thing: Word) -> tuple[str, str]:
        return "node", thing[0]

    def counted(self, count: int) -> str:
        return f"{count} words"

    def empty(self) -> str:
        return "no words"


class ManyWords(Words):
    """More than are drawn at once."""

    count = AT_ONCE + 50


async def show(pilot: Any, make: type[Words]) -> Words:
    main = pilot.app._main
    main.__dict__["panes"] = {**main.panes, "words": Card("words", "words", (), make)}
    main.go("words")
    for _ in range(3):
        await pilot.pause()
    assert isinstance(main.pane, Words)
    return main.pane


def first(pane: Words, count: int = 3) -> list[str]:
    return [text_of(pane.table.rows[at].cells[0]) for at in range(count)]


async def test_it_lists_sorts_narrows_and_opens_whatever_it_is_given() -> None:
    app = stage.console([])
    async with app.run_test(size=(120, 30)) as pilot:
        pane = await show(pilot, Words)
        assert first(pane) == ["word-0000", "word-0001", "word-0002"]
        assert pane._beside.lines
        await pilot.press("s")
        assert first(pane, 2) == ["word-0000", "word-0007"], "by rank, rising"
        await pilot.press("slash", *"rank>9", "enter")
        await pilot.pause()
        assert first(pane, 2) == ["word-0010", "word-0005"]
        assert "2 of 12 words" in "".join(span.text for span in pane.state())
        await pilot.press("enter")
        await pilot.pause()
        assert app._main.history.here.argument == "word-0010"


async def test_many_things_are_drawn_in_steps_and_each_key_has_its_effect() -> None:
    app = stage.console([])
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await show(pilot, ManyWords)
        await pilot.pause(0.05)
        assert len(pane.table.rows) == ManyWords.count
        await pilot.press("s", "S")
        await pilot.pause(0.05)
        assert pane.table.rows[0].cells[1] == "11"
        app._main.command("filter word~0030")
        await pilot.pause(0.05)
        assert first(pane, 1) == ["word-0030"]
        assert "1 of 306 words" in "".join(span.text for span in pane.state())


async def test_nothing_is_said_in_words_of_the_list() -> None:
    class NoWords(Words):
        count = 0

    app = stage.console([])
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await show(pilot, NoWords)
        assert "no words" in pane.table.render_line(1).text
        await pilot.press("enter", "space", "V", "s", "o", "Y")
        assert pane.under() is None
        assert pane.copied() is None
