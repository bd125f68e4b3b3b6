"""What the tests of the probe's decoder share: a clock that is set by hand, and a node that speaks."""

import json
from collections.abc import Sequence

import pytest

from backends.probe.decode import Decoder
from backends.records import AnyRecord, Card

WALL, MONO = 1_790_000_000.0, 5000.0


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.speed = 1.0

    def wall(self) -> float:
        return WALL + self.passed

    def mono(self) -> float:
        return MONO + self.passed


class Node:
    """A node that speaks to a decoder; its own monotonic clock began 4000 s after ours."""

    def __init__(self, known: Sequence[Card] = (), *, ahead: float = 0.0) -> None:
        self.clock = Hand()
        self.ahead = ahead
        self.decoder = Decoder("gpu01", self.clock, 1.0, known)

    @property
    def mono(self) -> float:
        return 1000.0 + self.clock.passed

    @property
    def wall(self) -> float:
        return WALL + self.clock.passed + self.ahead

    def wait(self, seconds: float) -> None:
        self.clock.passed += seconds

    def say(self, *line: object) -> list[AnyRecord]:
        return self.decoder.feed(json.dumps(line).encode() + b"\n")

    def hello(self, boot: str = "boot-1", **but: object) -> list[AnyRecord]:
        return self.say("h", but.get("protocol", [1, 1]), "0.1", "gpu01.lab", boot, self.wall, self.mono, 1.0)

    def cards(self, *cards: Sequence[object], bus: Sequence[str] = (), reader: str | None = "nvml") -> list[AnyRecord]:
        return self.say("c", self.mono, reader, "580.1", "13.0", list(cards), list(bus))

    def tick(
        self, *gpus: Sequence[object], host: Sequence[object] = (), reader: Sequence[object] = ("ok",)
    ) -> list[AnyRecord]:
        states = [*reader, *[None] * (3 - len(reader))]
        return self.say("s", self.mono, self.wall, list(host), *states, list(gpus), self.mono)


@pytest.fixture
def node() -> Node:
    """A node that has said hello."""
    node = Node()
    node.hello()
    return node


@pytest.fixture(scope="session")
def new_node() -> type[Node]:
    """A node that has not said anything yet."""
    return Node
