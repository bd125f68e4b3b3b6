"""A person's own way to one Slurm: its tools, run in that person's process under that person's name."""

import contextlib
import shlex
from collections import Counter
from collections.abc import AsyncIterator, Sequence

from backends.commands import Call, JobCommand, Outcome
from backends.jobs import HOLDING, Job, JobDetail, Outputs
from backends.ports import Opening, Unavailable
from backends.record import N_, Trouble
from backends.slurm.acts import calls_of, corrected, outcomes_of
from backends.slurm.asking import jobs_of
from backends.slurm.detail import detail_of, number_of, record, whole, written_of
from backends.slurm.following import end_of, path_of, place_of, tail
from backends.slurm.ids import typed
from backends.slurm.login import Login
from backends.slurm.settings import Settings, settings_of
from backends.slurm.source import tools_of
from backends.slurm.tools import Tools
from backends.slurm.words import Unanswered, here

LASTS = 600.0
"""Seconds for which it is remembered where a job writes: who reads the ends of many outputs again and again, for the
progress of trainings, would ask the controller twice each time."""
REMEMBERED = 1000
"""Jobs of which that is remembered."""


class SlurmAccess:
    """See `backends.ports.Access`."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._opened: tuple[Settings, Tools] | None = None
        self._written: dict[str, tuple[float, Job, Outputs]] = {}
        """Jobs, where they write, and the monotonic time at which that was asked."""
        self._nodes: dict[str, Login] = {}
        """The ways to nodes on which a person followed something, with their memory of denied logins."""
        self._users: Counter[str] = Counter()
        """How many follow something over each of them now."""

    async def detail(self, job: str) -> JobDetail:
        """See `Access.detail`."""
        return await detail_of(self._tools, job, await self._one(job), self._opening.clock.wall())

    async def outputs(self, job: str) -> Outputs:
        """See `Access.outputs`."""
        return (await self._writing(job, anew=False))[1]

    async def follow(self, job: str, output: str, back: int, *, go_on: bool = True) -> AsyncIterator[bytes]:
        """See `Access.follow`."""
        written, _ = await self._writing(job, anew=go_on)
        path = path_of(written, job, output)
        assert written is not None
        if not go_on:  # it is read again and again, perhaps by nobody in person: no node is logged into for that
            place = await place_of(path, written, [self._tools.place])
            async with contextlib.aclosing(end_of(place, path, back)) as pieces:
                async for data in pieces:
                    yield data
            return
        async with self._node(next(iter(written.nodes), None)) as nodes:
            place = await place_of(path, written, [self._tools.place, *nodes])
            async with contextlib.aclosing(tail(place, path, back)) as stream:
                async for data in stream:
                    yield data
            text = N_("{path} is not followed any more: the connection to {host} is lost, or tail was ended there.")
            raise Unanswered(Trouble(text, "", {"path": path, "host": here(place.host)}))

    @contextlib.asynccontextmanager
    async def _node(self, name: str | None) -> AsyncIterator[list[Login]]:
        """The way to a node, whose connection is closed with the last who uses it: what it denied stays known."""
        if name is None:
            yield []
            return
        node = self._nodes.setdefault(name, Login(name, self._open()[0], self._opening.ask))
        self._users[name] += 1
        try:
            yield [node]
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                await node.close()

    async def _writing(self, job: str, *, anew: bool) -> tuple[Job | None, Outputs]:
        """A job and where it writes; of one that runs it is remembered for `LASTS` seconds."""
        now = self._opening.clock.mono()
        known = self._written.get(job)
        if known is not None and not anew and now - known[0] < LASTS:
            return known[1:]
        found = await self._one(job)
        raw = None if found is None else await record(self._tools, number_of(found))
        self._written.pop(job, None)
        if found is None or raw is None:
            return None, Outputs()
        job_ = whole(found, raw)
        outputs = written_of(job_, raw)
        if job_.state in HOLDING:
            if len(self._written) >= REMEMBERED:
                self._written.clear()
            self._written[job] = now, job_, outputs
        return job_, outputs

    async def calls(self, command: JobCommand) -> Sequence[Call]:
        """See `Access.calls`."""
        return calls_of(command, self._tools.named, self._tools.place.host)

    async def carry_out(self, call: Call) -> Sequence[Outcome]:
        """See `Access.carry_out`."""
        tool = call.argv[0].rpartition("/")[2]
        try:
            said = await self._tools.exactly(call.argv, tool)
        except Unanswered as failure:
            words = failure.trouble.text.format(**failure.trouble.values)
            return [Outcome(job, call, False, None, words) for job in call.ids]
        outcomes = outcomes_of(call, said)
        if tool != "scancel" or not any(outcome.done for outcome in outcomes):
            return outcomes
        try:
            return corrected(outcomes, await jobs_of(self._tools, call.ids))
        except Unanswered:  # then it stays with what scancel itself said
            return outcomes

    async def look(self, jobs: Sequence[str]) -> Sequence[Job]:
        """See `Access.look`."""
        wanted = set(jobs)
        return [job for job in await jobs_of(self._tools, jobs) if job.id in wanted or job.array in wanted]

    async def shell(self, job: str, node: str | None = None) -> Sequence[str]:
        """See `Access.shell`."""
        found = await self._one(job)
        if found is None or found.state not in HOLDING or not found.nodes:
            raise Unavailable(Trouble(N_("Job {id} does not run: there is nothing to enter."), "", {"id": job}))
        if node is not None and node not in found.nodes:
            text = N_("Job {id} has nothing on {node}; it runs on {nodes}.")
            values = {"id": job, "node": node, "nodes": ", ".join(found.nodes)}
            raise Unavailable(Trouble(text, "", values))
        where = [f"--nodelist={node}", "--nodes=1"] if node is not None else []
        argv = [self._tools.named("srun"), f"--jobid={number_of(found)}", "--overlap", *where, "--ntasks=1", "--pty"]
        return self._through([*argv, "bash", "-l"])

    async def close(self) -> None:
        """See `Access.close`."""
        for node in self._nodes.values():
            await node.close()
        if self._opened is not None:
            await self._opened[1].close()

    @property
    def _tools(self) -> Tools:
        return self._open()[1]

    def _open(self) -> tuple[Settings, Tools]:
        """Read the settings, when something is wanted.

        Raises:
            Unavailable: they are wrong.
        """
        if self._opened is None:
            settings = settings_of(self._opening.settings)
            self._opened = settings, tools_of(settings, self._opening)
        return self._opened

    async def _one(self, job: str) -> Job | None:
        if not typed(job):
            raise Unavailable(Trouble(N_("{id} is no id of a job of Slurm."), values={"id": job}))
        return next(iter(await self.look([job])), None)

    def _through(self, argv: list[str]) -> list[str]:
        """The same on the login node, with a terminal."""
        settings = self._open()[0]
        if not settings.login:
            return argv
        config = ["-F", str(settings.config)] if settings.config is not None else []
        user = ["-l", settings.user] if settings.user is not None and "@" not in settings.login else []
        return ["ssh", "-t", *config, *user, "--", settings.login, shlex.join(argv)]
