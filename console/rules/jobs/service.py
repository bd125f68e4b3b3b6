"""Nodes out of service that keep a job from starting: which, how they are, why, since when, and what helps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from backends.jobs import Capacity
from console.language import N_, NN_
from console.model.judged_jobs import Why
from console.rules.jobs import room
from console.rules.jobs.counted import counted
from console.rules.jobs.need import Need
from console.rules.jobs.room import Spot

NAMED = 6
"""Nodes that one sentence names."""
GROUPS = 4
"""Groups of nodes, each in the same state for the same reason, that are told apart."""
_LONGEST = 200
"""Characters of what somebody wrote that are repeated."""
_BUSY = frozenset({"MIXED", "ALLOCATED", "COMPLETING"})

_STATES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "drained": (
        NN_("{nodes} is drained.", "{nodes} are drained."),
        NN_(
            "{nodes} has been drained since {until}, by {by}: {reason}",
            "{nodes} have been drained since {until}, by {by}: {reason}",
        ),
    ),
    "draining": (
        NN_(
            "{nodes} is being drained: what runs there goes on, and nothing new starts.",
            "{nodes} are being drained: what runs there goes on, and nothing new starts.",
        ),
        NN_(
            "{nodes} has been draining since {until}, by {by}: {reason}",
            "{nodes} have been draining since {until}, by {by}: {reason}",
        ),
    ),
    "down": (
        NN_("{nodes} is down.", "{nodes} are down."),
        NN_(
            "{nodes} has been down since {until}, says {by}: {reason}",
            "{nodes} have been down since {until}, says {by}: {reason}",
        ),
    ),
    "cordoned": (
        NN_("{nodes} is cordoned: it takes no new pods.", "{nodes} are cordoned: they take no new pods."),
        NN_(
            "{nodes} has been cordoned since {until}, by {by}: {reason}",
            "{nodes} have been cordoned since {until}, by {by}: {reason}",
        ),
    ),
    "maintenance": (
        NN_("{nodes} is reserved for maintenance.", "{nodes} are reserved for maintenance."),
        NN_(
            "{nodes} has been under maintenance since {until}, says {by}: {reason}",
            "{nodes} have been under maintenance since {until}, says {by}: {reason}",
        ),
    ),
    "other": (
        NN_("{nodes} is out of service ({states}).", "{nodes} are out of service ({states})."),
        NN_(
            "{nodes} has been out of service ({states}) since {until}, says {by}: {reason}",
            "{nodes} have been out of service ({states}) since {until}, says {by}: {reason}",
        ),
    ),
}
"""How nodes are: without a reason, and with who gave it and when."""


_OTHER_NODES = N_("It could start elsewhere if it named no node: scontrol update jobid=JOB reqnodelist=")
_OTHER_SELECTOR = N_("It could start elsewhere if it named no node.")
_OTHER_QUEUE = N_("Or it waits in another queue: quarterdeck move JOB --to QUEUE")


def barring(need: Need, where: Sequence[Spot]) -> tuple[Why, ...]:
    """Say which nodes out of service keep a job from starting; nothing where it is not they that do.

    Args:
        need: what it needs; the nodes in service, empty, are not enough for it.
        where: the nodes of its queue.
    """
    named = [spot for spot in where if spot.capacity.node in need.only and not spot.usable]
    if named:
        slurm = all(_state(spot.capacity) != "cordoned" for spot in named)
        return (_named(named), *_groups(named), *_help(named), Why("help", _OTHER_NODES if slurm else _OTHER_SELECTOR))
    could = [spot for spot in room.allowed(need, where, None, shut=True) if spot.ever(need)]
    out = [spot for spot in could if not spot.usable]
    if not out or not room.could(need, could):
        return ()
    return (_unnamed(need, out, len(could)), *_groups(out), *_help(out), Why("help", _OTHER_QUEUE))


def _named(out: Sequence[Spot]) -> Why:
    reasons = {spot.capacity.reason for spot in out}
    values = {"nodes": _names(out)}
    if len(reasons) == 1 and None not in reasons:
        texts = NN_(
            "needs {nodes}, which is out of service: {reason}", "needs {nodes}, which are out of service: {reason}"
        )
        return counted("node", texts, len(out), {**values, "reason": _reason(out[0].capacity)})
    texts = NN_("needs {nodes}, which is out of service", "needs {nodes}, which are out of service")
    return counted("node", texts, len(out), values)


def _unnamed(need: Need, out: Sequence[Spot], could: int) -> Why:
    values = {"nodes": _names(out), "needed": str(need.pieces), "could": str(could), "out": str(len(out))}
    if len(out) == could:
        texts = NN_(
            "the only node that it could use is out of service: {nodes}",
            "all {could} nodes that it could use are out of service: {nodes}",
        )
        return counted("node", texts, could, values)
    if need.pieces == 1 or not need.apart:
        texts = NN_(
            "of the {could} nodes that it could use, {out} is out of service: {nodes}",
            "of the {could} nodes that it could use, {out} are out of service: {nodes}",
        )
        return counted("node", texts, len(out), values)
    texts = NN_(
        "needs {needed} nodes; of the {could} that it could use, {out} is out of service: {nodes}",
        "needs {needed} nodes; of the {could} that it could use, {out} are out of service: {nodes}",
    )
    return counted("node", texts, len(out), values)


def _groups(out: Iterable[Spot]) -> Iterator[Why]:
    """How they are and why, those together that are so for the same reason."""
    groups: dict[tuple[str, str, str | None, str | None], list[Spot]] = {}
    for spot in out:
        capacity = spot.capacity
        key = (_state(capacity), _states(capacity), capacity.reason, capacity.reason_by)
        groups.setdefault(key, []).append(spot)
    for (state, states, reason, by), group in list(groups.items())[:GROUPS]:
        bare, full = _STATES[state]
        values = {"nodes": _names(group), "states": states}
        since = min((one.capacity.reason_at for one in group if one.capacity.reason_at is not None), default=None)
        if reason and by and since is not None:
            values |= {"by": by, "reason": _reason(group[0].capacity)}
            yield counted("node_state", full, len(group), values, since)
            continue
        yield counted("node_state", bare, len(group), values)
        if reason:
            yield Why("node_reason", "{nodes}: {reason}", {**values, "reason": _reason(group[0].capacity)})


_HELP = NN_("It can start when {nodes} is back in service.", "It can start when {nodes} are back in service.")


def _help(out: Sequence[Spot]) -> Iterator[Why]:
    """What somebody who may can do."""
    separator = " " if all(_state(spot.capacity) == "cordoned" for spot in out) else ","
    values = {"nodes": _names(out), "list": separator.join(spot.capacity.node for spot in out)}
    states = {_state(spot.capacity) for spot in out}
    if len(out) > NAMED:
        texts = _HELP
    elif states <= {"drained", "draining"}:
        texts = NN_(
            "It can start when {nodes} is back in service: scontrol update nodename={list} state=resume",
            "It can start when {nodes} are back in service: scontrol update nodename={list} state=resume",
        )
    elif states == {"cordoned"}:
        texts = NN_(
            "It can start when {nodes} is back in service: kubectl uncordon {list}",
            "It can start when {nodes} are back in service: kubectl uncordon {list}",
        )
    else:
        texts = _HELP
    yield counted("help", texts, len(out), values)


def _state(capacity: Capacity) -> str:
    states = {state.upper() for state in capacity.states}
    if "SCHEDULINGDISABLED" in states:
        return "cordoned"
    if "DOWN" in states:
        return "down"
    if "DRAINING" in states or ("DRAIN" in states and states & _BUSY):
        return "draining"
    if states & {"DRAIN", "DRAINED"}:
        return "drained"
    return "maintenance" if states & {"MAINT", "MAINTENANCE"} else "other"


def _states(capacity: Capacity) -> str:
    return "+".join(capacity.states) or "?"


def _names(spots: Sequence[Spot]) -> str:
    names = [spot.capacity.node for spot in spots]
    return ", ".join(names[:NAMED]) + (f" (+{len(names) - NAMED})" if len(names) > NAMED else "")


def _reason(capacity: Capacity) -> str:
    return (capacity.reason or "?")[:_LONGEST]
