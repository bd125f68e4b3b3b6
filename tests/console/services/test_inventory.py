"""A collector with an inventory: it lists every node at once, in order, and follows its file while it runs."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from backends.ports import Sink, Source
from backends.records import HostSample, NodeListed, NodeSample
from console.model.config import Config
from console.services import configuration
from console.services import inventory as module
from console.services.archive import Archive
from console.services.clock import LabClock
from console.services.collector import Collector, Opened
from console.services.feed import Feed
from console.services.follower import Follower
from console.services.inventory import Inventory
from console.services.link.protocol import Welcome
from console.services.reading import Direct
from console.store.folder import Folder

CLOCK = LabClock(1000.0, 0.0)


class Fake:
    """A source that samples what it was opened with, and lists it without groups, as a driver does."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    async def run(self, sink: Sink) -> None:
        sink([NodeListed(name, 0.0, 0.0, "fake") for name in self.names])
        while True:
            sink([NodeSample(name, 1.0, CLOCK.mono(), HostSample()) for name in reversed(self.names)])
            await asyncio.sleep(0.01)


class Adapting(Fake):
    """A source that takes other names over while it runs, unless one is called ``anew``."""

    begun = 0

    async def run(self, sink: Sink) -> None:
        self.begun += 1
        await super().run(sink)

    def adapt(self, opened: Source) -> bool:
        assert isinstance(opened, Adapting)
        if "anew" in opened.names:
            return False
        self.names = opened.names
        return True


class Lab:
    """A collector on a configuration file, and one that follows it."""

    def __init__(self, root: Path) -> None:
        self.file = root / "config.toml"
        self.opened: list[list[str]] = []
        self.sources: list[Fake] = []
        self.kind = Fake
        self.folder = Folder(root / "data")
        self.folder.make()

    def write(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")
        self.file.chmod(0o600)

    def open(self, config: Config) -> Sequence[Opened]:
        names = [node.name for node in config.nodes if node.rack != "dark"]
        self.opened.append(names)
        self.sources.append(self.kind(names))
        return [Opened("fake", self.sources[-1])]

    def inventory(self) -> Inventory:
        config = configuration.read(self.file)
        return Inventory(config, self.open, lambda: configuration.read(self.file))

    def collector(self) -> Collector:
        inventory = self.inventory()
        welcome = Welcome(1, "0", 7, "lab", False, 0, 0.0, 0.0, interval=0.05)
        archive = Archive(self.folder.database, CLOCK)
        return Collector(self.folder, archive, inventory.sources(), CLOCK, welcome, inventory=inventory)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setattr(module, "EVERY", 0.05)
    tmp_path.chmod(0o700)
    return Lab(tmp_path)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - a fleet tells of nothing
            await asyncio.sleep(0.01)


async def test_the_collector_lists_and_follows_its_file(lab: Lab) -> None:
    lab.write('[[nodes]]\nhosts = "b[1-2]"\ngroup = "g"\n[[nodes]]\nhosts = "a1"\nrack = "dark"\ncards = 8')
    collector, follower = lab.collector(), Follower(lab.folder.socket, Feed())
    follower.clock = CLOCK
    tasks = [asyncio.ensure_future(collector.run()), asyncio.ensure_future(follower.run())]
    try:
        await until(lambda: list(follower.fleet.nodes) == ["b1", "b2", "a1"])
        listed = [node.listed for node in follower.fleet.nodes.values()]
        assert [(one.cards, one.groups) for one in listed if one] == [(None, ("g",)), (None, ("g",)), (8, ())]
        await until(lambda: follower.fleet.nodes["b2"].sample)
        assert follower.fleet.nodes["a1"].sample is None

        lab.write('[[nodes]]\nhosts = "c1,b2"\n[groups]\nx = "b2"')
        await until(lambda: list(collector.fleet.nodes) == ["c1", "b2"])
        assert lab.opened[-1] == ["c1", "b2"]
        follower._prune_at = 0.0
        await until(lambda: list(follower.fleet.nodes) == ["c1", "b2"])
        await until(lambda: follower.fleet.nodes["c1"].sample)
        assert follower.fleet.nodes["b2"].listed == collector.fleet.nodes["b2"].listed
        assert not follower.troubles

        lab.write('[[nodes]]\nhosts = "c1')
        await until(lambda: follower.troubles)
        assert "mistakes" in follower.troubles[0].text
        assert list(collector.fleet.nodes) == ["c1", "b2"]

        opened = len(lab.opened)
        lab.write('[[nodes]]\nhosts = "c1,b2"\n[groups]\nx = "b2"\n[history]\nticks = "1d"')
        await until(lambda: follower.troubles and "mistakes" not in follower.troubles[0].text)
        assert follower.troubles[0].values == {"parts": "history"}
        assert len(lab.opened) == opened
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_source_that_can_goes_on_with_what_the_file_says(lab: Lab) -> None:
    lab.kind = Adapting
    lab.write('[[nodes]]\nhosts = "b1"')
    collector = lab.collector()
    task = asyncio.ensure_future(collector.run())
    try:
        await until(lambda: "b1" in collector.fleet.nodes and collector.fleet.nodes["b1"].sample)
        for hosts in (["b1", "b2"], ["b2", "b3"]):
            lab.write(f'[[nodes]]\nhosts = "{",".join(hosts)}"')
            await until(lambda hosts=hosts: list(collector.fleet.nodes) == hosts)
            await until(lambda hosts=hosts: collector.fleet.nodes[hosts[-1]].sample)
        assert [getattr(source, "begun") for source in lab.sources] == [1, 0, 0]  # noqa: B009 - some kinds lack it

        lab.write('[[nodes]]\nhosts = "b3,anew"')
        await until(lambda: "anew" in collector.fleet.nodes and collector.fleet.nodes["anew"].sample)
        assert [getattr(source, "begun") for source in lab.sources] == [1, 0, 0, 1]  # noqa: B009 - as above
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_direct_look_lists_nodes_that_do_not_answer(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.services.reading.PATIENCE", 0.3)
    lab.write('[[nodes]]\nhosts = "b1,a1"\nrack = "dark"\ngroup = "g"')
    inventory = lab.inventory()
    async for look in Direct("lab", False, inventory.sources(), CLOCK, inventory=inventory).looks(None):
        assert list(look.fleet.nodes) == ["b1", "a1"]
        assert not look.complete
        listed = look.fleet.nodes["a1"].listed
        assert listed is not None
        assert listed.groups == ("g",)
