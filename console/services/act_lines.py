"""The lines of acts.log: who did what to which jobs, what was sent, what came of it; the world's text forges none."""

import os

from backends.commands import Call, JobCommand, Outcome
from console.model.plans import Result
from console.services.people import name_of
from console.views.cells import harmless
from console.views.plan import call as call_text
from console.views.plan import waits_for

LONGEST = 500
"""Characters of an answer that are written down."""


def begun(command: JobCommand, reason: str) -> str:
    """Before anything is sent: what was confirmed, and why."""
    return _line(command, " ".join(command.ids), f"ordered; reason: {reason or '-'}")


def sending(command: JobCommand, call: Call) -> str:
    """A call that is sent now; should this process die, it is known."""
    return _line(command, " ".join(call.ids), f"sending: {call_text(call)}")


def sent(command: JobCommand, outcome: Outcome) -> str:
    """A call as it was run or requested, and what it brought for one of its targets."""
    took = "taken" if outcome.done else "denied" if outcome.denied else "refused"
    if not outcome.done and outcome.status is None:
        took = "no answer"
    status = "" if outcome.status is None else f" ({outcome.status})"
    said = f": {outcome.said.strip()[:LONGEST]}" if outcome.said.strip() else ""
    return _line(command, outcome.id, f"{call_text(outcome.call)} -> {took}{status}{said}")


def shown(command: JobCommand, result: Result) -> str:
    """What the scheduler itself lists afterwards."""
    states = {f"{job.state}{waits_for(job)}" for job in result.after}
    now = " ".join(sorted(states)) or "not listed any more"
    return _line(command, result.id, f"{result.proof}: {now}")


def _line(command: JobCommand, ids: str, what: str) -> str:
    verb = command.__struct_config__.tag
    return harmless(f"{name_of(os.geteuid())} {verb} {command.source}/{ids}: {what}")
