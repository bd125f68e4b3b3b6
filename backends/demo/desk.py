"""Who answers at the door of a simulated lab: looks jobs up, reads what they write, and has acts carried out."""

import os
from collections.abc import Callable

from backends.commands import Call, Outcome
from backends.demo import kubernetes, logs, papers
from backends.demo.controller import DENIED, UNKNOWN, Controller
from backends.demo.messages import (
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
)
from backends.demo.orders import Garbled, Order, read_kubernetes, read_slurm
from backends.demo.schedule import Schedule
from backends.jobs import ENDED, JobDetail, Outputs
from backends.record import N_, Trouble

MOST_TEXT = 4 << 20
"""Bytes of a job's output in one answer at most."""
_SCANCEL_DENIED = 210


class Desk:
    """Answers questions about a schedule.

    Args:
        schedule: what the schedulers know.
        wall: UTC of the lab.
    """

    def __init__(self, schedule: Schedule, wall: Callable[[], float]) -> None:
        self._schedule = schedule
        self._wall = wall
        self._controller = Controller(schedule, os.getuid())  # nobody else may come in

    def answer(self, question: Question) -> Answer:
        """Answer one question."""
        if question.source not in self._schedule.sources:
            return _refused(N_("this simulated lab has no {source}"), source=question.source)
        match question:
            case AskDetail():
                return self._detail(question)
            case AskOutputs():
                return self._outputs(question)
            case AskText():
                return self._text(question)
            case AskAct():
                return Acted(self._act(question.source, question.call))
            case AskJobs():
                wanted = set(question.ids)
                jobs = (spot.job for spot in self._schedule.spots(question.source))
                return Known(tuple(job for job in jobs if job.id in wanted or job.array in wanted))

    def _detail(self, question: AskDetail) -> Answer:
        spot = self._schedule.find(question.source, question.job)
        now = self._wall()
        return Detailed(JobDetail(question.job, now) if spot is None else papers.detail(spot, now))

    def _outputs(self, question: AskOutputs) -> Answer:
        spot = self._schedule.find(question.source, question.job)
        if spot is None:
            return Named(Outputs())
        names = papers.outputs(spot)
        return Named(Outputs(names, (None,) * len(names), papers.folder(spot)))  # there are no files

    def _text(self, question: AskText) -> Answer:
        spot = self._schedule.find(question.source, question.job)
        if spot is None:
            return _refused(N_("the scheduler does not know job {job}"), job=question.job)
        if question.output not in papers.outputs(spot):
            return _refused(N_("job {job} has no {output} yet"), job=question.job, output=question.output)
        run, now = spot.run, self._wall()
        if run is None:
            data = b"" if question.after else papers.left(spot)
            return Text(data[-question.back :] if question.back else b"", 1, over=spot.job.state in ENDED)
        which = question.output if question.output in (logs.OUTPUT, logs.ERRORS) else logs.BOTH
        until = logs.count(run, which, now)
        if question.after is None or question.after > until:  # it began anew, and so does its file
            back = question.back if question.after is None else MOST_TEXT
            data, until = logs.tail(run, which, min(back, MOST_TEXT), now)
        else:
            data = b"".join(logs.piece(run, which, number, now) for number in range(question.after, until))
        return Text(data, until, over=run.ended <= self._schedule.now)

    def _act(self, source: str, call: Call) -> tuple[Outcome, ...]:
        kube = source == kubernetes.NAME
        try:
            if kube:
                order = read_kubernetes(call.method or "", call.path or "", call.body or "")
            else:
                order = read_slurm(call.argv)
        except Garbled as error:
            return tuple(Outcome(job, call, False, 400 if kube else 1, str(error)) for job in call.ids)
        carry = self._request if kube else self._command
        return tuple(carry(source, job, order, call) for job in order.ids)

    def _command(self, source: str, job: str, order: Order, call: Call) -> Outcome:
        said = self._controller.act(source, job, order.verb, order.value)
        cancels = order.verb == "cancel"
        if said is None or (cancels and said == UNKNOWN):  # scancel says nothing of what it does not know
            return Outcome(job, call, True, 0)
        if cancels:
            told = f"scancel: error: Kill job error on job id {job}: {said}"
            return Outcome(job, call, False, _SCANCEL_DENIED, told, said == DENIED)
        return Outcome(job, call, False, 1, f"{said} for job {job}", said == DENIED)

    def _request(self, source: str, job: str, order: Order, call: Call) -> Outcome:
        said = self._controller.act(source, job, order.verb, order.value)
        if said is None:
            return Outcome(job, call, True, 200, '{"kind": "Status", "status": "Success"}')
        status = {UNKNOWN: 404, DENIED: 403}.get(said, 409)
        if said == UNKNOWN:
            said = f"{(call.path or '').rstrip('/').split('/')[-2]} {job.partition('/')[2]!r} not found"
        return Outcome(job, call, False, status, papers.status(status, said), status == 403)


def _refused(text: str, **values: str) -> Refused:
    return Refused(Trouble(text, N_("look at the list of jobs; it may have ended"), values))
