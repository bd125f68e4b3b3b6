"""Slurm's reasons in plain words; what is a limit has its own file, and what is not known here is shown as it is."""

from typing import NamedTuple

from console.language import N_


class Word(NamedTuple):
    """What a reason means."""

    code: str
    """Stable, for filters."""
    text: str
    """A message id; ``{partition}``, ``{qos}``, ``{account}``, ``{reservation}`` and ``{until}`` are filled."""


_HELD = "held"
_PARTITION = "partition"
_NODE = "node"
_REFUSED = "refused"
_PREPARING = "preparing"
_FAILED = "failed"

WORDS: dict[str, Word] = {
    "None": Word("unexamined", N_("The scheduler has not looked at it yet.")),
    "Priority": Word("priority", N_("Others go first: jobs before it in the queue wait for the same.")),
    "Resources": Word("resources", N_("It waits until what it needs becomes free.")),
    "Dependency": Word("dependency", N_("It waits for another job.")),
    "DependencyNeverSatisfied": Word(
        "dependency_never", N_("It can never start: the job that it depends on did not end as it must.")
    ),
    "BeginTime": Word("begin", N_("It was asked to start later.")),
    "Deadline": Word("deadline", N_("It cannot end before its deadline any more.")),
    "JobHeldUser": Word("held_user", N_("Its owner holds it back; it waits until it is released.")),
    "JobHeldAdmin": Word("held_admin", N_("An administrator holds it back; only an administrator can release it.")),
    "JobHoldMaxRequeue": Word(_HELD, N_("It was started anew too often and is held; release it to try again.")),
    "JobRequeuedHeld": Word(_HELD, N_("It was put back into the queue and is held; release it to try again.")),
    "SchedDefer": Word("unexamined", N_("The scheduler puts off starting jobs as they are submitted.")),
    "PartitionDown": Word(_PARTITION, N_("The partition {partition} is down: it takes jobs and starts none.")),
    "PartitionInactive": Word(_PARTITION, N_("The partition {partition} is inactive: it starts no jobs.")),
    "PartitionNodeLimit": Word(
        "partition_limit", N_("It asks for more or fewer nodes than the partition {partition} allows or has in use.")
    ),
    "PartitionTimeLimit": Word(
        "partition_limit", N_("Its time limit is longer than the partition {partition} allows.")
    ),
    "PartitionConfig": Word("partition_limit", N_("What it asks for cannot be had in the partition {partition}.")),
    "ReqNodeNotAvail": Word(_NODE, N_("A node that it needs cannot be used now: it is down, drained or reserved.")),
    "NodeDown": Word(_NODE, N_("A node that it needs is down.")),
    "BadConstraints": Word("constraints", N_("No node can give what it asks for.")),
    "FrontEndDown": Word(_NODE, N_("No front-end node is there to start it.")),
    "Reservation": Word("reservation", N_("It waits for its reservation {reservation}.")),
    "ReservationDeleted": Word("reservation_gone", N_("Its reservation {reservation} does not exist any more.")),
    "Licenses": Word("licenses", N_("It waits for a licence.")),
    "JobArrayTaskLimit": Word("array_limit", N_("As many tasks of its array run as may at the same time.")),
    "Cleaning": Word(_PREPARING, N_("It was put back into the queue, and its last run is still being cleaned up.")),
    "Prolog": Word(_PREPARING, N_("Its nodes are being made ready.")),
    "NodesBooting": Word(_PREPARING, N_("Its nodes are starting.")),
    "WaitingForScheduling": Word("unexamined", N_("The scheduler has not looked at it yet.")),
    "PowerNotAvail": Word("power", N_("There is not enough power for it now.")),
    "PowerReserved": Word("power", N_("The power that it needs is reserved.")),
    "BurstBufferResources": Word("buffer", N_("It waits for room in the burst buffer.")),
    "BurstBufferStageIn": Word("buffer", N_("Its data are being brought into the burst buffer.")),
    "BurstBufferOperation": Word("buffer", N_("The burst buffer failed to do what it asks for.")),
    "FedJobLock": Word("unexamined", N_("Another cluster of the federation looks at it now.")),
    "InvalidAccount": Word(_REFUSED, N_("Its account {account} does not exist.")),
    "InvalidQOS": Word(_REFUSED, N_("Its quality of service {qos} does not exist, or it may not use it.")),
    "AccountNotAllowed": Word(_REFUSED, N_("Its account {account} may not use the partition {partition}.")),
    "QOSNotAllowed": Word(
        _REFUSED, N_("Its quality of service {qos} may not be used with its account or the partition {partition}.")
    ),
    "AccountingPolicy": Word("limit", N_("A limit of its account is reached.")),
    "AssociationJobLimit": Word("limit", N_("As many jobs of its account {account} run as may.")),
    "AssociationResourceLimit": Word("limit", N_("A limit of its account {account} is reached.")),
    "AssociationTimeLimit": Word("limit", N_("The time that its account {account} may use is used up.")),
    "QOSJobLimit": Word("limit", N_("As many jobs with the quality of service {qos} run as may.")),
    "QOSResourceLimit": Word("limit", N_("A limit of its quality of service {qos} is reached.")),
    "QOSTimeLimit": Word("limit", N_("The time that its quality of service {qos} allows is used up.")),
    "QOSUsageThreshold": Word(
        "limit", N_("Its account has had more than its share, and {qos} requires some to be left.")
    ),
    "MaxMemPerLimit": Word("limit", N_("It asks for more memory than the lab allows for each CPU or node.")),
    "JobLaunchFailure": Word("launch", N_("It could not be started: a file system, a program or a node failed.")),
    "InitFailure": Word("launch", N_("It could not be started.")),
    "JobHeldLaunchFailure": Word("launch", N_("It could not be started and is held; release it to try again.")),
    "SystemFailure": Word(_FAILED, N_("Slurm or a node failed.")),
    "NonZeroExitCode": Word(_FAILED, N_("It ended with an error.")),
    "RaisedSignal": Word(_FAILED, N_("It was ended by a signal.")),
    "TimeLimit": Word("timeout", N_("Its time was up.")),
    "InactiveLimit": Word("timeout", N_("It did nothing for as long as is allowed.")),
    "OutOfMemory": Word("memory", N_("It used more memory than it had asked for.")),
    "NodeFail": Word(_NODE, N_("A node that it ran on failed.")),
}

ALIASES = {
    "DeadLine": "Deadline",
    "InvalidAccountOrQOS": "InvalidQOS",
    "InvalidQoS": "InvalidQOS",
    "AssocJobLimit": "AssociationJobLimit",
    "AssocResourceLimit": "AssociationResourceLimit",
    "AssocTimeLimit": "AssociationTimeLimit",
    "Prolog_running": "Prolog",
    "PrologRunning": "Prolog",
    "launch failed requeued held": "JobHeldLaunchFailure",
    "job requeued in held state": "JobRequeuedHeld",
    "WaitForScheduling": "WaitingForScheduling",
}
"""Other spellings, of other versions and of ``%R``."""

SENTENCES: tuple[tuple[str, Word], ...] = (
    (
        "nodes required for job are down",
        Word(_NODE, N_("Nodes that it needs are down, drained, or reserved for jobs of partitions that go first.")),
    ),
    ("unavailablenodes", Word(_NODE, N_("Nodes that it needs cannot be used now: {nodes}."))),
    ("reserved for maintenance", Word("maintenance", N_("Its nodes are reserved for maintenance."))),
    ("may be reserved", Word("reserved", N_("The nodes that it could have may be reserved for another job."))),
    ("launch failed", WORDS["JobHeldLaunchFailure"]),
    ("requeued in held state", WORDS["JobRequeuedHeld"]),
    ("waiting for scheduling", WORDS["None"]),
    ("invalid account", WORDS["InvalidAccount"]),
)
"""Parts of sentences that Slurm writes instead of a word, in lower case; the first that is found counts."""
