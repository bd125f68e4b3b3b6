"""How a family of pods is as one job: its state, and why, in Kubernetes' words."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backends.jobs import ENDED, HOLDING, JobState
from backends.kubernetes.families import Family
from backends.kubernetes.seen import Said, SeenPod

Warnings = Mapping[tuple[str, str, str], Said]
"""The newest warning about a thing, by namespace, kind and name."""

_WORST = (
    JobState.OUT_OF_MEMORY,
    JobState.NODE_FAIL,
    JobState.TIMEOUT,
    JobState.PREEMPTED,
    JobState.FAILED,
    JobState.CANCELLED,
)
_TELLING = (None, "ContainerCreating", "PodInitializing")
"""Reasons of a pod that say less than a warning about it."""


class Standing(NamedTuple):
    """How it is."""

    state: JobState
    reason: str | None = None
    said: str | None = None


def standing(family: Family, warnings: Warnings) -> Standing:
    """Say how a family is.

    What has ended and is known to have is told by what made it; all else by its pods, which are more than half of the
    truth: a job without any waits, and Kueue, Volcano or a warning says for what.
    """
    over = _over(family)
    if over is not None:
        return over
    live = [pod for pod in family.pods if pod.state not in ENDED]
    if family.made is not None and family.made.deleted:
        return Standing(JobState.COMPLETING, "Terminating")
    running = [pod for pod in live if pod.state is JobState.RUNNING]
    if running:
        told = _first(running) or _first([pod for pod in live if pod.state is JobState.PENDING])
        return Standing(JobState.RUNNING, *_words(told))
    if any(pod.state in HOLDING for pod in live):
        return Standing(JobState.COMPLETING, "Terminating")
    if live and all(pod.state is JobState.UNKNOWN for pod in live):
        return Standing(JobState.UNKNOWN, *_words(_first(live)))
    if live:
        return _pending(family, live, warnings)
    if family.made is None and not family.parts and family.pods and family.workload is None:
        return _by_pods(family.pods)
    return _without_pods(family, warnings)


def _over(family: Family) -> Standing | None:
    made, workload = family.made, family.workload
    if made is not None and made.state is not None:
        return _ended(family, made.state, made.reason, made.said)
    if made is None and family.parts and all(part.state is not None for part in family.parts):
        bad = next((part for part in family.parts if part.state is not JobState.COMPLETED), family.parts[0])
        return _ended(family, bad.state or JobState.UNKNOWN, bad.reason, bad.said)
    if made is None and workload is not None and workload.state is not None:
        return _ended(family, workload.state, None, None)
    return None


def _ended(family: Family, state: JobState, reason: str | None, said: str | None) -> Standing:
    """How it ended; that a pod ran out of memory says more than that it failed too often."""
    if state is JobState.FAILED:
        failed = [pod for pod in family.pods if pod.state in _WORST]
        for wanted in (JobState.OUT_OF_MEMORY, JobState.NODE_FAIL):
            worst = next((pod for pod in failed if pod.state is wanted), None)
            if worst is not None:
                return Standing(wanted, worst.pod.reason or reason, worst.pod.said or said)
    return Standing(state, reason, said)


def _first(pods: Sequence[SeenPod]) -> SeenPod | None:
    return next((pod for pod in pods if pod.pod.reason), None)


def _words(pod: SeenPod | None) -> tuple[str | None, str | None]:
    return (pod.pod.reason, pod.pod.said) if pod is not None else (None, None)


def _pending(family: Family, live: Sequence[SeenPod], warnings: Warnings) -> Standing:
    held = _held_back(family)
    gated = all(pod.pod.reason in (None, "SchedulingGated") for pod in live)
    if held is not None and gated:
        return held
    told = next((pod for pod in live if pod.pod.reason not in _TELLING), None)
    if told is not None:
        return Standing(JobState.PENDING, *_words(told))
    for pod in live:
        warning = warnings.get((pod.namespace, "Pod", pod.pod.name))
        if warning is not None:
            reason = "Unschedulable" if warning.reason == "FailedScheduling" else warning.reason
            return Standing(JobState.PENDING, reason, warning.text)
    return Standing(JobState.PENDING, *_words(_first(live)))


def _held_back(family: Family) -> Standing | None:
    """What Kueue or Volcano says of one that has not been let in."""
    workload, group = family.workload, family.group
    if workload is not None and not workload.admitted and workload.reason:
        return Standing(JobState.PENDING, workload.reason, workload.said)
    if group is not None and group.phase in ("Pending", "Inqueue", "Unknown") and group.reason:
        return Standing(JobState.PENDING, group.reason, group.said)
    return None


def _by_pods(pods: Sequence[SeenPod]) -> Standing:
    for state in _WORST:
        worst = next((pod for pod in pods if pod.state is state), None)
        if worst is not None:
            return Standing(state, worst.pod.reason, worst.pod.said)
    return Standing(JobState.COMPLETED)


def _without_pods(family: Family, warnings: Warnings) -> Standing:
    held = _held_back(family)
    if held is not None:
        return held
    made = family.made
    makers = [made] if made is not None else family.parts
    if makers and all(one.suspended for one in makers):
        return Standing(JobState.PENDING, "Suspended")
    namespace, kind, name = family.key
    warning = warnings.get((namespace, "Job" if kind == "vcjob" else kind, name))
    if warning is not None:
        return Standing(JobState.PENDING, warning.reason, warning.text)
    if made is not None and made.reason:
        return Standing(JobState.PENDING, made.reason, made.said)
    failed = [pod for pod in family.pods if pod.state in _WORST]
    return Standing(JobState.PENDING, *_words(failed[-1] if failed else None))
