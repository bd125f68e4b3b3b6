"""A person's own way to the schedulers of a simulated lab: all is asked at its door."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from backends.commands import Call, JobCommand, Outcome
from backends.demo import kubernetes, slurm
from backends.demo.messages import (
    ANSWERS,
    MOST_TOLD,
    Acted,
    Answer,
    AskAct,
    AskDetail,
    AskJobs,
    AskOutputs,
    AskText,
    Detailed,
    Known,
    Named,
    Question,
    Refused,
    Text,
    frame,
    framed,
)
from backends.demo.orders import kubernetes_calls, slurm_calls
from backends.jobs import Job, JobDetail, Outputs
from backends.ports import Unavailable
from backends.record import N_, Trouble

PATIENCE = 10.0
"""Seconds for which an answer is waited for."""
PAUSE = 0.5
"""Seconds between two looks at what a job writes."""


class DemoAccess:
    """Asks one scheduler of a simulated lab.

    Args:
        settings: ``door`` is the path of the lab's socket, ``scheduler`` is ``slurm`` or ``k8s``.
    """

    def __init__(self, settings: Mapping[str, object]) -> None:
        door = settings.get("door")
        self._door = str(door) if isinstance(door, str | Path) else None
        self._source = kubernetes.NAME if settings.get("scheduler") == kubernetes.NAME else slurm.NAME

    async def detail(self, job: str) -> JobDetail:
        """Read everything about a job.

        Raises:
            Unavailable: the lab does not answer.
        """
        answer = await self._ask(AskDetail(source=self._source, job=job))
        return answer.detail if isinstance(answer, Detailed) else _unlike(answer)

    async def outputs(self, job: str) -> Outputs:
        """Say what a job writes and can be followed.

        Raises:
            Unavailable: the lab does not answer.
        """
        answer = await self._ask(AskOutputs(source=self._source, job=job))
        return answer.outputs if isinstance(answer, Named) else _unlike(answer)

    async def follow(self, job: str, output: str, back: int, *, go_on: bool = True) -> AsyncIterator[bytes]:
        """Yield what a job writes, from at most `back` bytes before its end, until it has ended or this is closed.

        Raises:
            Unavailable: there is no such output, or the lab does not answer any more.
        """
        after: int | None = None
        while True:
            question = AskText(source=self._source, job=job, output=output, back=max(0, back), after=after)
            answer = await self._ask(question)
            if not isinstance(answer, Text):
                _unlike(answer)
            if answer.data:
                yield answer.data
            if answer.over or not go_on:
                return
            after = answer.after
            await asyncio.sleep(PAUSE)

    async def calls(self, command: JobCommand) -> Sequence[Call]:
        """Say exactly what would be sent.

        Raises:
            Unavailable: the scheduler cannot do that, or does not know a job.
        """
        if self._source == slurm.NAME:
            return slurm_calls(command)
        found = {job.id: job for job in await self.look(command.ids)}
        missing = next((known for known in command.ids if known not in found), None)
        if missing is not None:
            raise Unavailable(
                Trouble(
                    N_("the scheduler does not know job {job}"),
                    N_("look at the list of jobs; it may have ended"),
                    {"job": missing},
                )
            )
        return kubernetes_calls(command, [found[known] for known in command.ids])

    async def carry_out(self, call: Call) -> Sequence[Outcome]:
        """Send one call, and say for each of its targets what came of it."""
        try:
            answer = await self._ask(AskAct(source=self._source, call=call))
        except Unavailable as error:
            said = error.trouble.text.format(**error.trouble.values)
            return [Outcome(job, call, False, None, said) for job in call.ids]
        return answer.outcomes if isinstance(answer, Acted) else _unlike(answer)

    async def look(self, jobs: Sequence[str]) -> Sequence[Job]:
        """Read these jobs and the tasks of these arrays anew; what the scheduler does not know any more is left out.

        Raises:
            Unavailable: the lab does not answer.
        """
        answer = await self._ask(AskJobs(source=self._source, ids=tuple(jobs)))
        return answer.jobs if isinstance(answer, Known) else _unlike(answer)

    async def shell(self, job: str, node: str | None = None) -> Sequence[str]:
        """Refuse: behind a simulated job there is no machine.

        Raises:
            Unavailable: always.
        """
        raise Unavailable(
            Trouble(
                N_("job {job} is simulated: there is no shell inside it"),
                N_("follow its output instead"),
                {"job": job if node is None else f"{job} ({node})"},
            )
        )

    async def close(self) -> None:
        """Do nothing: every question has a connection of its own."""

    async def _ask(self, question: Question) -> Answer:
        if self._door is None:
            raise Unavailable(
                Trouble(
                    N_("this simulated lab has no door: nothing can be asked of its schedulers or done there"),
                    N_("start it with 'quarterdeck demo'"),
                )
            )
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await _answered(self._door, question)
        except (OSError, TimeoutError, msgspec.DecodeError) as error:
            raise Unavailable(
                Trouble(
                    N_("the simulated lab does not answer at {door}: {error}"),
                    N_("it is there while somebody collects from it: start 'quarterdeck demo'"),
                    {"door": self._door, "error": str(error) or type(error).__name__},
                )
            ) from error
        if isinstance(answer, Refused):
            raise Unavailable(answer.trouble)
        return answer


async def _answered(door: str, question: Question) -> Answer:
    reader, writer = await asyncio.open_unix_connection(door)
    try:
        writer.writelines(frame(question))
        await writer.drain()
        told = await framed(reader, MOST_TOLD)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    if told is None:
        raise ConnectionResetError("it hung up")
    answer: Answer = ANSWERS.decode(told)
    return answer


def _unlike(answer: Answer) -> NoReturn:
    raise Unavailable(
        Trouble(
            N_("the simulated lab answered something else: {answer}"),
            N_("run the same version of Quarterdeck on both sides"),
            {"answer": type(answer).__name__},
        )
    )
