"""Everything about one job that its own page shows, read when somebody looks."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from backends.jobs import JobDetail, JobEvent
from backends.kubernetes import kinds
from backends.kubernetes.client import Client
from backends.kubernetes.families import Family
from backends.kubernetes.listing import listed
from backends.kubernetes.namespace import Namespace, place_of, pod_place
from backends.kubernetes.plain import Program, program, shown
from backends.kubernetes.seen import Said
from backends.kubernetes.words import Failure, garbled
from backends.record import Trouble

PODS = 8
"""Pods of a job whose text is read; all have the same but for their names."""
_EVENTS = msgspec.structs.replace(kinds.EVENTS, selector="")


def detail(client: Client, namespace: Namespace, job: str, at: float) -> JobDetail:
    """Read everything about a job.

    Args:
        client: to ask.
        namespace: the job's, read just now.
        job: its id.
        at: UTC now.

    Raises:
        Failure: the server does not answer.
    """
    family = namespace.by_id.get(job)
    if family is None:
        return JobDetail(job, at)
    troubles: list[Trouble] = []
    texts = _texts(client, family, troubles)
    runs = next((found for one in texts if (found := program(_pod_spec(one))).command or found.environment), Program())
    return JobDetail(
        job,
        at,
        namespace.jobs.get(job),
        "---\n".join(shown(one) for one in texts),
        runs.command,
        runs.folder,
        runs.script,
        dict(runs.environment) if runs.environment is not None else None,
        outputs(family),
        events=_events(client, family, troubles),
        troubles=tuple(troubles),
    )


def outputs(family: Family) -> tuple[str, ...]:
    """Name what can be followed: what runs first, and of what was started again also what it wrote before."""
    found = []
    for one in sorted((one.pod for one in family.pods), key=lambda pod: (pod.phase != "Running", pod.name)):
        if one.node is None:
            continue  # not bound to a node: nothing was ever written
        for container in one.containers:
            found.append(f"{one.name}/{container}")
            if one.restarts:
                found.append(f"{one.name}/{container}/previous")
    return tuple(found)


def _texts(client: Client, family: Family, troubles: list[Trouble]) -> list[Any]:
    place = place_of(family)
    paths = [place.path] if place is not None and family.key[1] != "Pod" else []
    pods = sorted(family.pods, key=lambda one: one.pod.name)[:PODS]
    paths += [pod_place(one.namespace, one.pod.name).path for one in pods]
    found = []
    for path in paths:
        try:
            found.append(msgspec.json.decode(client.get(path)))
        except Failure as failure:
            if failure.status is None:
                raise
            if failure.status != 404 or path == paths[0]:
                troubles.append(failure.trouble)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            troubles.append(garbled(error, client.where, path).trouble)
    return found


def _pod_spec(thing: Any) -> Any:
    """The spec of the pods that an object makes, or of the pod that it is."""
    spec = thing.get("spec") if isinstance(thing, Mapping) else None
    if not isinstance(spec, Mapping):
        return None
    template = spec.get("template")
    if isinstance(template, Mapping):
        return template.get("spec")
    tasks = spec.get("tasks")
    if isinstance(tasks, list) and tasks and isinstance(tasks[0], Mapping):
        return _pod_spec({"spec": tasks[0]})
    return spec


def _events(client: Client, family: Family, troubles: list[Trouble]) -> tuple[JobEvent, ...]:
    own = {pod.pod.uid: pod.pod.name for pod in family.pods}
    names = {family.key[2], *own.values()}
    if family.workload is not None:
        own[family.workload.uid] = family.workload.name
    path = kinds.EVENTS.path({}, quote(family.key[0], safe=""))
    try:
        told: list[Said] = list(listed(client, _EVENTS, path)[0].values())
    except Failure as failure:
        if failure.status is None:
            raise
        troubles.append(failure.trouble)
        return ()
    mine = [one for one in told if one.uid == family.uid or one.uid in own or one.name in names]
    mine.sort(key=lambda one: one.at or 0.0)
    return tuple(
        JobEvent(one.at, one.reason, one.text, None if one.uid == family.uid else one.name, one.count) for one in mine
    )
