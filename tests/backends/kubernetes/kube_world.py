"""A clock, a kubeconfig, and a source of Kubernetes that runs, for the tests of it."""

import asyncio
import contextlib
import json
import time

from backends.jobs import Jobs, Policy, Queues, Services
from backends.kubernetes.source import Kubernetes
from backends.ports import Opening
from backends.records import SourceStatus


class World:
    """The real clock."""

    speed = 1.0

    def wall(self):
        return time.time()

    def mono(self):
        return time.monotonic()


def kubeconfig(path, url, token="let-me-in", namespace=None, **cluster):
    """Write a kubeconfig with two contexts, of which the first is the current one."""
    about = {"cluster": "lab", "user": "me", **({"namespace": namespace} if namespace else {})}
    told = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "lab",
        "clusters": [{"name": "lab", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "me", "user": {"token": token}}],
        "contexts": [{"name": "lab", "context": about}, {"name": "other", "context": about}],
    }
    path.write_text(json.dumps(told), encoding="utf-8")  # JSON is YAML
    return str(path)


class Running:
    """A source that runs, and what it has delivered."""

    def __init__(self, file, interval=0.5, name="", **settings):
        settings = {"interval": interval, "kubeconfig": file, **settings}
        self.source = Kubernetes(Opening(World(), 2.0, settings, name=name), pauses=(0.05, 0.2), often=0.05)
        self.batches = []
        self.news = asyncio.Event()
        self.task = asyncio.create_task(self.source.run(self.take))

    def take(self, batch):
        self.batches.append(list(batch))
        self.news.set()

    def all(self, kind):
        return [record for batch in self.batches for record in batch if type(record) is kind]

    def last(self, kind):
        found = self.all(kind)
        return found[-1] if found else None

    async def until(self, true, seconds=60):
        async with asyncio.timeout(seconds):
            while not (found := true()):
                if self.task.done():
                    self.task.result()
                self.news.clear()
                await self.news.wait()
            return found

    def jobs(self):
        last = self.last(Jobs)
        return {job.id: job for job in last.jobs} if last is not None else {}

    async def job(self, name, holds=lambda job: True):
        await self.until(lambda: name in self.jobs() and holds(self.jobs()[name]))
        return self.jobs()[name]

    def queues(self):
        last = self.last(Queues)
        return {queue.name: queue for queue in last.queues} if last is not None else {}

    def capacities(self):
        last = self.last(Queues)
        return {one.node: one for one in last.capacities} if last is not None else {}

    def services(self):
        last = self.last(Services)
        return {one.name: one for one in last.services} if last is not None else {}

    def policy(self):
        return self.last(Policy)

    def trouble(self):
        last = self.last(SourceStatus)
        if last is None or last.trouble is None:
            return None
        return words(last.trouble)

    async def stop(self):
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


def words(trouble):
    """A trouble as it is read."""
    return trouble.text.format(**trouble.values)
