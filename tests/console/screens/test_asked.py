"""A login that waits: the prompt opens in the bottom line, hides what is typed, and goes when it is over."""

import asyncio
import sys
from pathlib import Path
from typing import cast

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "snapshots"))
import stage

from backends.demo.shape import Shape
from backends.ports import Prompt
from console.app import Quarterdeck
from console.model.fleet import Topic
from console.screens import asked as module
from console.screens.main import Main
from console.services.link.protocol import Wanted
from widgets.line import Line

SECRET = "hunter2"
HOSTILE = "\x1b[31m[bold]Code\x1b]0;t\x07\nfor \u202egnol: "


def wanted(number: int, text: str = "Verification code:", host: str = "gw01", echo: bool = False) -> Wanted:
    return Wanted(number, "ssh", host, text, echo, 1e12)


class Room:
    """A console whose collector wants something."""

    def __init__(self, app: Quarterdeck) -> None:
        self.app = app
        self.replies: list[tuple[int, str | None]] = []
        self.follower = self.main.scene.follower

        def reply(asked: Wanted, text: str | None) -> None:
            self.replies.append((asked.id, text))
            self.follower.wanted = tuple(each for each in self.follower.wanted if each != asked)

        self.follower.reply = reply  # type: ignore[method-assign]

    @property
    def main(self) -> Main:
        return self.app._main

    def wants(self, *asked: Wanted) -> None:
        self.follower.wanted = asked
        self.main._changed(frozenset({Topic.COLLECTOR}))

    @property
    def prompt(self) -> list[str]:
        return [self.main.prompt.render_line(y).text.rstrip() for y in range(2)] if self.main.prompt.display else []

    @property
    def status(self) -> str:
        return "".join(span.text for span in self.main.query_one("#status", Line)._left)

    @property
    def said(self) -> str:
        return "\n".join(span.text for spans in self.main.said for span in spans)

    @property
    def screen(self) -> str:
        return self.app.export_screenshot()


@pytest.fixture
async def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(module, "QUIET", 0.0)
    return Room(stage.console(await stage.lab(Shape(nodes=4, gpus=2, seed=7))))


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_it_opens_hides_what_is_typed_and_sends_it(room: Room, size: tuple[int, int]) -> None:
    async with room.app.run_test(size=size) as pilot:
        await pilot.pause()
        room.wants(wanted(1))
        await pilot.pause()
        assert room.prompt == ["gw01 asks · Enter sends · Esc later", "Verification code:"]
        await pilot.press(*SECRET)
        assert room.prompt[1] == f"Verification code: {'*' * len(SECRET)}"
        assert SECRET not in room.screen
        await pilot.press("enter")
        await pilot.pause()
        assert room.replies == [(1, SECRET)]
        assert room.prompt == []
        assert room.main.prompt.text == ""
        assert SECRET not in repr(vars(room.main.prompt))
        await pilot.press("colon", "up")
        assert room.main.prompt.text == "", "no history holds it"


async def test_what_may_be_seen_is_shown(room: Room) -> None:
    async with room.app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        room.wants(wanted(1, "Name:", echo=True))
        await pilot.pause()
        await pilot.press("l", "i")
        assert room.prompt[1] == "Name: li"


async def test_it_is_put_off_and_called_back(room: Room) -> None:
    async with room.app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        room.wants(wanted(1))
        await pilot.pause()
        await pilot.press("x", "escape")
        await pilot.pause()
        assert room.prompt == []
        assert room.replies == []
        assert "1 login waits: :login" in room.said
        assert "1 login waits" in room.status
        room.wants(wanted(1))
        await pilot.pause()
        assert room.prompt == [], "it does not come back by itself"
        await pilot.press(*":login", "enter")
        await pilot.pause()
        assert room.prompt[1] == "Verification code:", "what was typed before is gone"
        await pilot.press("1", "enter")
        await pilot.pause()
        assert room.replies == [(1, "1")]


async def test_several_are_asked_one_after_another(room: Room) -> None:
    async with room.app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        room.wants(wanted(1, "First:"), wanted(2, "Second:", "gw02"))
        await pilot.pause()
        assert room.prompt[0].startswith("gw01 asks (1 of 2)")
        await pilot.press("a", "enter")
        await pilot.pause()
        assert room.prompt[1] == "Second:"
        await pilot.press("b", "enter")
        await pilot.pause()
        assert room.replies == [(1, "a"), (2, "b")]


async def test_it_goes_when_somebody_else_has_answered(room: Room) -> None:
    async with room.app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        room.wants(wanted(1))
        await pilot.pause()
        await pilot.press(*SECRET)
        room.wants()
        await pilot.pause()
        assert room.prompt == []
        assert "gw01 asks no longer" in room.said
        assert SECRET not in repr(vars(room.main.prompt))


async def test_a_late_word_of_the_collector_does_not_ask_again(room: Room) -> None:
    async with room.app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        room.wants(wanted(1))
        await pilot.pause()
        await pilot.press("a", "enter")
        await pilot.pause()
        room.wants(wanted(1))
        await pilot.pause()
        assert room.prompt == []
        room.wants(wanted(2))
        await pilot.pause()
        assert room.prompt != []


async def test_all_are_declined_at_once(room: Room) -> None:
    async with room.app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        room.wants(wanted(1), wanted(2))
        await pilot.pause()
        await pilot.press("escape", "escape")
        await pilot.pause()
        await pilot.press(*":login", "space", "n", "o", "enter")
        await pilot.pause()
        assert room.replies == [(1, None), (2, None)]
        await pilot.press(*":login", "enter")
        await pilot.pause()
        assert "No login waits." in room.said


async def test_it_does_not_take_the_keys_of_what_is_being_typed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async with room.app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        await pilot.press("colon", "n", "o")
        room.wants(wanted(1))
        await pilot.pause()
        assert room.main.prompt.lead == ":"
        await pilot.press("escape")
        await pilot.pause()
        room.wants(wanted(1))
        await pilot.pause()
        assert room.prompt[1] == "Verification code:"
        await pilot.press("escape")
        monkeypatch.setattr(module, "QUIET", 3600.0)
        await pilot.press("j")
        room.wants(wanted(2))
        await pilot.pause()
        assert room.prompt == [], "a key was pressed just now"
        await pilot.press("question_mark")
        await pilot.pause()
        monkeypatch.setattr(module, "QUIET", 0.0)
        room.wants(wanted(2))
        await pilot.pause()
        assert room.prompt == [], "a list lies over the picture"


@pytest.mark.parametrize("size", [(60, 15), (200, 60)])
async def test_hostile_words_do_nothing(room: Room, size: tuple[int, int]) -> None:
    async with room.app.run_test(size=size) as pilot:
        await pilot.pause()
        room.wants(wanted(1, HOSTILE, "\x1b[2J[red]" + "名" * 100))
        await pilot.pause()
        assert room.prompt[1] == "[bold]Code for gnol:"
        assert not any(ord(each) < 32 for line in room.prompt for each in line)
        room.wants(wanted(2, "Please approve the login on your telephone, then press Enter: " * 5))
        await pilot.pause()
        assert room.prompt[1] == ">"
        assert room.prompt[0].startswith("gw01 asks: Please approve the login")
        assert all(cast(int, len(line)) <= size[0] for line in room.prompt)


async def test_a_way_of_ones_own_asks_on_the_same_line_and_no_other_answer_reaches_it(room: Room) -> None:
    prompts = room.main.scene._prompts
    prompts.begin(lambda: 0.0, lambda: room.main._changed(frozenset({Topic.COLLECTOR})))
    async with room.app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        asking = asyncio.ensure_future(prompts.asks("slurm")(Prompt("login1", "Verification code:")))
        await pilot.pause()
        assert room.prompt == ["login1 asks for your own login · Enter sends · Esc later", "Verification code:"]
        await pilot.press(*SECRET, "enter")
        await pilot.pause()
        assert await asking == SECRET
        assert room.replies == [], "the collector hears nothing of it"
        room.wants(wanted(1))
        await pilot.pause()
        await pilot.press("1", "enter")
        await pilot.pause()
        assert room.replies == [(1, "1")], "though it bears the same number"
        asking = asyncio.ensure_future(
            prompts.asks("slurm")(Prompt("login1", "/home/alice/.ssh/id_ed25519: passphrase"))
        )
        await pilot.pause()
        assert room.prompt[0] == "login1 asks for your own login: /home/alice/.ssh/id_ed25519: passphrase"
        await pilot.press("escape")
        await pilot.pause()
        assert "1 login waits: :login" in room.said
        await pilot.press(*":login no", "enter")
        await pilot.pause()
        assert await asking is None
        assert room.prompt == []
