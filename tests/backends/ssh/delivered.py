"""A source `ssh` that runs in a test, what it has delivered, and fake probes for it to start."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence

from backends.ports import Ask, Opening
from backends.record import Trouble
from backends.records import AnyRecord, LinkState, NodeLink, NodeSample
from backends.ssh.driver import Ssh
from backends.ssh.route import Route

HEAD = """
import os, sys, time, json, signal
def say(*line):
    sys.stdout.write(json.dumps(line) + "\\n"); sys.stdout.flush()
def hello(protocol=(1, 1)):
    interval = float(sys.argv[sys.argv.index("--interval") + 1])
    say("h", protocol, "0.1", "me", str(os.getpid()), time.time(), time.monotonic(), interval)
def tick():
    say("s", time.monotonic(), time.time(), [])
"""
SPEAKS = HEAD + "hello()\nwhile True:\n    tick(); time.sleep(0.02)\n"
"""A probe that does its work, quickly."""


class World:
    """The real clock."""

    speed = 1.0

    def wall(self) -> float:
        return time.time()

    def mono(self) -> float:
        return time.monotonic()


class Fixed:
    """Routes that are known already, in place of ``ssh -G``."""

    def __init__(self, routes: Mapping[str, Route | Trouble]) -> None:
        self.routes = routes

    async def resolve(self, hosts: Mapping[str, str]) -> dict[str, Route | Trouble]:
        return {name: self.routes[name] for name in hosts}


class Delivered:
    """A running source."""

    def __init__(
        self,
        routes: Mapping[str, Route],
        *,
        program: str | None = SPEAKS,
        ask: Ask | None = None,
        silence: float = 20.0,
        resolve: bool = False,
        hosts: Sequence[dict[str, object]] = (),
        **settings: object,
    ) -> None:
        listed = hosts or [{"name": name} for name in routes]
        self.resolver = Fixed(routes)
        self.source = Ssh(
            Opening(World(), 0.25, {"hosts": listed, **settings}, ask=ask),
            resolver=None if resolve else self.resolver,
            program=program,
            backoff=(0.1, 0.4),
            silence=silence,
        )
        self.records: list[AnyRecord] = []
        self.flaw: Callable[[Sequence[AnyRecord]], None] = lambda _batch: None
        """Called with each batch before it is taken; a test may let it raise."""
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self.source.run(self._take))

    async def until(self, true: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait for something to have been delivered."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._news.clear()
                    await asyncio.wait(
                        {self._task, news := asyncio.ensure_future(self._news.wait())}, return_when="FIRST_COMPLETED"
                    )
                    news.cancel()
                    if self._task.done():
                        self._task.result()
        except TimeoutError:
            last = {link.node: link for link in self.records if isinstance(link, NodeLink)}
            raise AssertionError(f"in vain for {seconds:g} s; {last}") from None

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def of(self, node: str, kind: type) -> list[AnyRecord]:
        """What came of one node, of one kind."""
        return [record for record in self.records if type(record) is kind and getattr(record, "node", None) == node]

    def links(self, node: str) -> list[NodeLink]:
        return [record for record in self.records if isinstance(record, NodeLink) and record.node == node]

    def states(self, node: str) -> list[LinkState]:
        return [link.state for link in self.links(node)]

    def is_up(self, *nodes: str) -> bool:
        return all(self.states(node)[-1:] == [LinkState.UP] for node in nodes)

    def downs(self, node: str) -> list[NodeLink]:
        return [link for link in self.links(node) if link.state is LinkState.DOWN]

    async def up(self, *nodes: str) -> None:
        await self.until(lambda: self.is_up(*nodes))

    async def fresh(self, node: str) -> None:
        """Wait for a sample more."""
        seen = len(self.of(node, NodeSample))
        await self.until(lambda: len(self.of(node, NodeSample)) > seen)

    async def why(self, node: str) -> tuple[str, str]:
        """Why a node is down, at last: text and hint as they are shown."""
        await self.until(lambda: self.downs(node))
        trouble = self.downs(node)[-1].trouble
        assert trouble is not None
        return trouble.text.format(**trouble.values), trouble.hint.format(**trouble.values)

    def _take(self, batch: Sequence[AnyRecord]) -> None:
        self.flaw(batch)
        self.records += batch
        self._news.set()
