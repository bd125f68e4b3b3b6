"""The loop that breathes: what it gathers, and what it does not hold up."""

import asyncio
import selectors
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from console import pace


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    made = [socket.socketpair() for _ in range(2)]
    yield made
    for pair in made:
        for end in pair:
            end.close()


Pairs = list[tuple[socket.socket, socket.socket]]


def test_what_comes_within_a_breath_is_taken_together(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = pairs
    breaths = []

    def breathe(seconds: float) -> None:
        breaths.append(seconds)
        second[1].send(b"x")  # it comes while the breath is taken

    with pace.Breathing() as selector:
        selector.register(first[0], selectors.EVENT_READ)
        selector.register(second[0], selectors.EVENT_READ)
        later = threading.Timer(0.05, first[1].send, [b"x"])
        later.start()
        monkeypatch.setattr(time, "sleep", breathe)
        ready = {key.fileobj for key, _ in selector.select(30)}
        later.join()
    assert breaths == [pace.BREATH]
    assert ready == {first[0], second[0]}


def test_nobody_who_has_something_to_do_is_held_up(pairs: Pairs, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = pairs
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it took a breath"))
    with pace.Breathing() as selector:
        selector.register(first[0], selectors.EVENT_READ)
        assert selector.select(0) == []
        assert selector.select(0.01) == [], "a time that is over is no news"
        first[1].send(b"x")
        assert [key.fileobj for key, _ in selector.select(0)] == [first[0]]


def test_a_loop_of_it_runs() -> None:
    async def told() -> str:
        return await asyncio.to_thread(lambda: "told")

    with asyncio.Runner(loop_factory=pace.loop) as runner:
        assert runner.run(told()) == "told"
