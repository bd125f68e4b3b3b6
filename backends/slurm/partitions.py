"""From ``scontrol -o show partitions`` and ``reservations`` to queues and what is set aside; it reads text only."""

from backends.jobs import Queue, QueueState, Reservation
from backends.slurm.hostlist import nodes_of
from backends.slurm.values import moment, number, pairs, span, text

_STATES = {
    "UP": QueueState.UP,
    "DOWN": QueueState.STOPPED,
    "DRAIN": QueueState.DRAINING,
    "INACTIVE": QueueState.CLOSED,
}


def queues_of(output: str) -> tuple[Queue, ...]:
    """Read every partition."""
    found = [pairs(line) for line in output.splitlines() if line.startswith("PartitionName=")]
    return tuple(_queue(said) for said in found)


def _queue(said: dict[str, str]) -> Queue:
    preemption = text(said.get("PreemptMode", ""))
    return Queue(
        said["PartitionName"],
        "partition",
        _STATES.get(said.get("State", ""), QueueState.UNKNOWN),
        nodes_of(said.get("Nodes", "")),
        said.get("Default") == "YES",
        span(said.get("MaxTime", "")),
        span(said.get("DefaultTime", "")),
        number(said.get("PriorityTier", "")),
        None,
        _who(said, "Allow"),
        _who(said, "Deny"),
        text(said.get("QoS", "")),
        None if preemption == "OFF" else preemption,
    )


def _who(said: dict[str, str], which: str) -> tuple[str, ...]:
    """Accounts, groups and qualities of service that are let in, or kept out."""
    found: list[str] = []
    for key, word in (("Accounts", "account"), ("Groups", "group"), ("Qos", "qos")):
        value = text(said.get(which + key, ""))
        if value is not None and value != "ALL":
            found += [f"{word}={one}" for one in value.split(",") if one]
    return tuple(found)


def reservations_of(output: str) -> tuple[Reservation, ...]:
    """Read every reservation."""
    found = [pairs(line) for line in output.splitlines() if line.startswith("ReservationName=")]
    return tuple(
        Reservation(
            said["ReservationName"],
            moment(said.get("StartTime", "")),
            moment(said.get("EndTime", "")),
            nodes_of(said.get("Nodes", "")),
            _names(said.get("Users", "")),
            _names(said.get("Accounts", "")),
            text(said.get("PartitionName", "")),
            _names(said.get("Flags", "")),
        )
        for said in found
    )


def _names(said: str) -> tuple[str, ...]:
    return tuple(part for part in (text(said) or "").split(",") if part)
