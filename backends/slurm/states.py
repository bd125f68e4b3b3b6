"""Slurm's words for the state of a job, in ours, and its reasons: one word, and the sentence where it wrote one."""

import functools

from backends.jobs import ENDED, JobState

_STATES = {
    "PENDING": JobState.PENDING,
    "CONFIGURING": JobState.RUNNING,  # its nodes are its own already; they boot, or the prolog runs
    "RUNNING": JobState.RUNNING,
    "SIGNALING": JobState.RUNNING,
    "STAGE_OUT": JobState.COMPLETING,
    "COMPLETING": JobState.COMPLETING,
    "COMPLETED": JobState.COMPLETED,
    "SUSPENDED": JobState.SUSPENDED,
    "STOPPED": JobState.SUSPENDED,
    "RESV_DEL_HOLD": JobState.PENDING,
    "REQUEUED": JobState.PENDING,
    "REQUEUE_FED": JobState.PENDING,
    "REQUEUE_HOLD": JobState.PENDING,
    "SPECIAL_EXIT": JobState.PENDING,
    "RESIZING": JobState.RUNNING,
    "CANCELLED": JobState.CANCELLED,
    "REVOKED": JobState.CANCELLED,
    "FAILED": JobState.FAILED,
    "LAUNCH_FAILED": JobState.FAILED,
    "RECONFIG_FAIL": JobState.FAILED,
    "BOOT_FAIL": JobState.NODE_FAIL,
    "NODE_FAIL": JobState.NODE_FAIL,
    "TIMEOUT": JobState.TIMEOUT,
    "DEADLINE": JobState.TIMEOUT,
    "OUT_OF_MEMORY": JobState.OUT_OF_MEMORY,
    "PREEMPTED": JobState.PREEMPTED,
}
_SENTENCES = {
    "Nodes required for job are DOWN": "Resources",
    "job requeued in held state": "JobHeldUser",
    "launch failed requeued held": "JobHeldUser",
}
"""How sentences that stand for a reason begin; of the first the JSON of 24.11 has this reason beside it."""


@functools.lru_cache(maxsize=1024)
def state_of(said: str) -> JobState:
    """The state that a tool says, ``CANCELLED by 0`` included."""
    return _STATES.get(said.partition(" ")[0].upper(), JobState.UNKNOWN)


@functools.lru_cache(maxsize=4096)
def reason_of(said: str) -> tuple[str | None, str | None]:
    """The reason as one word, and the sentence where it is one.

    ``ReqNodeNotAvail, UnavailableNodes:gpu04`` is both; of ``Priority,JobHeldUser``, which an array says whose tasks
    wait for different things, the first counts.
    """
    if said in ("", "None"):
        return None, None
    for beginning, word in _SENTENCES.items():
        if said.replace("_", " ").startswith(beginning):
            return word, said
    word, comma, rest = said.partition(",")
    if " " in word or rest.startswith(" ") or ":" in rest or "(" in word:
        return word.partition("(")[0].strip().replace(" ", "_") if " " not in word else None, said
    return word, said if comma else None


_ENDINGS = frozenset(
    {
        *(
            "NonZeroExitCode",
            "RaisedSignal",
            "TimeLimit",
            "OutOfMemory",
            "NodeFail",
            "SystemFailure",
            "JobLaunchFailure",
        ),
        *("InactiveLimit", "DependencyNeverSatisfied", "Deadline", "BootFailed", "Prolog", "AssociationJobLimit"),
    }
)
"""Reasons that say how a job ended; with any other one an ended job still says why it waited before."""


def ending_of(state: JobState, reason: str | None, sentence: str | None) -> tuple[str | None, str | None]:
    """The reason and the sentence as far as they are about the state in which a job is."""
    if state in ENDED and reason not in _ENDINGS:
        return None, None
    return reason, sentence
