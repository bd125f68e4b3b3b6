"""A person's own way to one cluster: looks closely, follows logs, and acts under that person's own rights."""

import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from backends.commands import Call, JobCommand, Outcome
from backends.jobs import Job, JobDetail, Outputs
from backends.kubernetes import kinds
from backends.kubernetes.acts import Wanted, requests
from backends.kubernetes.client import MERGE, STEPS, Client
from backends.kubernetes.detail import detail, outputs
from backends.kubernetes.door import Door, expanded, opened
from backends.kubernetes.identity import another
from backends.kubernetes.logs import Reader, begin, output_of
from backends.kubernetes.namespace import Namespace, read
from backends.kubernetes.rights import Right, Rights
from backends.kubernetes.settings import settings_of
from backends.kubernetes.threads import away
from backends.kubernetes.words import Failure
from backends.ports import Opening, Unavailable
from backends.record import N_, Trouble

PATIENCE = 90.0
"""Seconds for anything that is read."""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_SHELL = "command -v bash >/dev/null 2>&1 && exec bash || exec sh"
T = TypeVar("T")


ANOTHER = N_("It is another object now: it was deleted and made anew under the same name. Nothing was done to it.")


class Person:
    """Access to one cluster; see `backends.ports.Access`."""

    def __init__(self, opening: Opening) -> None:
        self._clock = opening.clock
        self._opening = opening
        self._opened_door: Door | None = None
        self._rights = Rights()
        self._versions: dict[str, str] | None = None

    @property
    def _door(self) -> Door:
        """The way in; what is wrong with the settings is told when somebody wants to go there."""
        if self._opened_door is None:
            self._opened_door = Door(settings_of(self._opening))
        return self._opened_door

    async def detail(self, job: str) -> JobDetail:
        """Read everything about a job; see `backends.ports.Access.detail`."""
        at = self._clock.wall()
        return await self._away(lambda client: detail(client, self._read(client, job), job, at))

    async def outputs(self, job: str) -> Outputs:
        """Name what can be followed, by the job's pods alone; see `backends.ports.Access.outputs`."""

        def work(client: Client) -> Outputs:
            family = self._read(client, job).by_id.get(job)
            names = outputs(family) if family is not None else ()
            return Outputs(names, (None,) * len(names))

        return await self._away(work)

    async def look(self, jobs: Sequence[str]) -> Sequence[Job]:
        """Read jobs anew; see `backends.ports.Access.look`."""

        def work(client: Client) -> list[Job]:
            firsts = {_namespace(job): job for job in jobs}
            spaces = {space: self._read(client, job) for space, job in firsts.items()}
            found = (spaces[_namespace(job)].jobs.get(job) for job in jobs)
            return [one for one in found if one is not None]

        return await self._away(work)

    async def calls(self, command: JobCommand) -> Sequence[Call]:
        """Say what would be sent; asks for the rights to it first, and changes nothing."""

        def work(client: Client) -> list[Call]:
            def has(right: Right) -> bool:
                return self._rights.has(client, right)

            spaces: dict[str, Namespace] = {}
            found: list[Wanted] = []
            for job in command.ids:
                space = _namespace(job)
                if space not in spaces:
                    spaces[space] = self._read(client, job)
                family = spaces[space].by_id.get(job)
                if family is None:
                    raise Unavailable(Trouble(N_("There is no job {job} any more."), "", {"job": job}))
                found += requests(command, job, family, self._groups(client).get(kinds.KUEUE), has)
            for right in dict.fromkeys(right for right, _ in found):
                self._rights.demand(client, right)
            return [call for _, call in found]

        return await self._away(work)

    async def carry_out(self, call: Call) -> Sequence[Outcome]:
        """Send one call; see `backends.ports.Access.carry_out`."""
        method, path = call.method, call.path
        if method is None or path is None:
            return [Outcome(one, call, False, None, "not a request of Kubernetes") for one in call.ids]

        def work(client: Client) -> Outcome:
            body = json.loads(call.body) if call.body is not None else None
            kind = "application/json" if method != "PATCH" else STEPS if isinstance(body, list) else MERGE
            try:
                status, _ = client.send(method, path, body, kind=kind)
            except Failure as failure:
                if another(client, call, failure.status):
                    return Outcome("", call, False, failure.status, ANOTHER)
                return self._refused(call, failure)
            return Outcome("", call, True, status)

        try:
            told = await self._away(work)
        except Unavailable as closed:
            told = Outcome("", call, False, None, _words(closed.trouble))
        return [Outcome(one, call, told.done, told.status, told.said, told.denied) for one in call.ids]

    def _refused(self, call: Call, failure: Failure) -> Outcome:
        if failure.status == 403:
            self._rights.forget()
        gone = failure.status == 404 and call.method == "DELETE"
        said = failure.said or _words(failure.trouble)
        return Outcome("", call, gone, failure.status, said, failure.status == 403)

    async def follow(self, job: str, output: str, back: int, *, go_on: bool = True) -> AsyncIterator[bytes]:
        """Yield what a container writes; see `backends.ports.Access.follow`."""
        wanted = output_of(_namespace(job), output)
        if wanted is None:
            text = N_("{job} has no output called {output}.")
            raise Unavailable(Trouble(text, "", {"job": job, "output": output}))
        client = await self._opened()
        reader: Reader | None = None
        try:
            stream = await away(begin, PATIENCE, client, wanted, back, go_on)
            reader = Reader(stream)
            async with contextlib.aclosing(reader.pieces(back)) as pieces:
                async for piece in pieces:
                    yield piece
        except Failure as failure:
            raise Unavailable(failure.trouble) from failure
        except TimeoutError as late:
            raise Unavailable(_late()) from late
        finally:
            if reader is not None:
                reader.end()
            client.close()

    async def shell(self, job: str, node: str | None = None) -> Sequence[str]:
        """Say how ``kubectl`` opens a shell in a running pod of a job; see `backends.ports.Access.shell`."""
        kubectl = shutil.which("kubectl")
        if kubectl is None:
            text = N_("kubectl is not installed here; a shell in a pod is opened by it.")
            raise Unavailable(Trouble(text, N_("Install kubectl, of about the version of the cluster.")))

        def work(client: Client) -> tuple[str, str, str | None]:
            space = self._read(client, job)
            known = space.jobs.get(job)
            running = [pod for pod in known.pods if pod.phase == "Running"] if known is not None else []
            pod = next((one for one in running if node in (None, one.node)), None)
            if pod is None:
                text = N_("No pod of {job} runs there.") if node is not None else N_("No pod of {job} runs.")
                raise Unavailable(Trouble(text, "", {"job": job}))
            self._rights.demand(client, Right("create", "", "pods", space.name, "exec"))
            return space.name, pod.name, pod.containers[0] if pod.containers else None

        namespace, pod, container = await self._away(work)
        for one in (namespace, pod, *([container] if container else [])):
            if _NAME.fullmatch(one) is None:  # it would be read as an option
                raise Unavailable(Trouble(N_("{name} is no name of a pod."), "", {"name": one}))
        client = await self._client()
        settings = self._door.settings
        file = ("--kubeconfig", expanded(settings.kubeconfig)) if settings.kubeconfig is not None else ()
        context = ("--context", client.context) if client.context is not None else ()
        inside = ("-c", container) if container else ()
        return [kubectl, *file, *context, "exec", "-it", "-n", namespace, pod, *inside, "--", "sh", "-c", _SHELL]

    async def close(self) -> None:
        """Close the connections."""
        if self._opened_door is not None:
            self._opened_door.close()

    # ---- beside ------------------------------------------------------------------------------------------------------

    def _groups(self, client: Client) -> dict[str, str]:
        if self._versions is None:
            self._versions = kinds.discovered(client)
        return self._versions

    def _read(self, client: Client, job: str) -> Namespace:
        return read(client, self._groups(client), _namespace(job))

    async def _client(self) -> Client:
        try:
            return await away(self._door.client, PATIENCE)
        except TimeoutError as late:
            raise Unavailable(_late()) from late

    async def _opened(self) -> Client:
        """A client of its own, for a stream that may last for hours."""
        try:
            return await away(opened, PATIENCE, self._door.settings)
        except TimeoutError as late:
            raise Unavailable(_late()) from late

    async def _away(self, work: Callable[[Client], T]) -> T:
        """Do something with the client on a thread; a login that has expired is renewed once."""
        for again in (False, True):
            client = await self._client()
            try:
                return await away(work, PATIENCE, client)
            except Failure as failure:
                if failure.status != 401 or again:
                    raise Unavailable(failure.trouble) from failure
            except TimeoutError as late:
                raise Unavailable(_late()) from late
            await away(self._door.renew, PATIENCE)
        raise AssertionError("the second try returns or raises")


def _namespace(job: str) -> str:
    namespace, slash, name = job.partition("/")
    if not slash or not namespace or not name:
        text = N_("{job} is no job of Kubernetes.")
        raise Unavailable(Trouble(text, N_("They are written namespace/name."), {"job": job}))
    return namespace


def _late() -> Trouble:
    text = N_("The cluster did not answer within {seconds} s.")
    return Trouble(text, N_("It, or the way to it, is overloaded or gone."), {"seconds": f"{PATIENCE:g}"})


def _words(trouble: Trouble) -> str:
    return trouble.text.format(**trouble.values)
