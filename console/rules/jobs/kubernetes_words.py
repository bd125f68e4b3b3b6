"""The reasons of Kubernetes, Kueue and Volcano in plain words; the counted sentence of the scheduler is taken apart."""

import re
from collections.abc import Iterator, Mapping

from console.language import N_, NN_
from console.model.judged_jobs import Why
from console.rules.jobs import counted as sentences
from console.rules.jobs.slurm_words import Word

WORDS: Mapping[str, Word] = {
    "Unschedulable": Word("unschedulable", N_("No node can take it now.")),
    "SchedulingGated": Word("gated", N_("It is kept from being scheduled by a gate, which somebody else must lift.")),
    "SchedulerError": Word("unschedulable", N_("The scheduler failed at it.")),
    "ContainerCreating": Word("preparing", N_("Its container is being made.")),
    "PodInitializing": Word("preparing", N_("Its first containers are at work.")),
    "Pulling": Word("preparing", N_("Its image is being fetched.")),
    "ImagePullBackOff": Word(
        "image", N_("Its image cannot be fetched: the name, the tag or the right to it is wrong.")
    ),
    "ErrImagePull": Word("image", N_("Its image cannot be fetched: the name, the tag or the right to it is wrong.")),
    "ErrImageNeverPull": Word("image", N_("Its image is not on the node, and it may not be fetched.")),
    "InvalidImageName": Word("image", N_("The name of its image is not valid.")),
    "RegistryUnavailable": Word("image", N_("The registry of its image does not answer.")),
    "CreateContainerConfigError": Word(
        "config", N_("Something that its container needs is missing: a secret or a map.")
    ),
    "CreateContainerError": Word("launch", N_("Its container cannot be made.")),
    "RunContainerError": Word("launch", N_("Its container cannot be started.")),
    "CrashLoopBackOff": Word("crash", N_("It ends with an error again and again; the next try is put off.")),
    "OOMKilled": Word("memory", N_("It used more memory than it had asked for.")),
    "Error": Word("failed", N_("It ended with an error.")),
    "DeadlineExceeded": Word("timeout", N_("Its time was up.")),
    "BackoffLimitExceeded": Word("failed", N_("It failed as often as it may.")),
    "PodFailurePolicy": Word("failed", N_("It failed in a way after which it is not tried again.")),
    "Evicted": Word("node", N_("Its node had to make room and put it out.")),
    "NodeLost": Word("node", N_("Its node does not answer.")),
    "Preempted": Word("preempted", N_("It had to make room for another job.")),
    "Preempting": Word("preempted", N_("It makes room for another job.")),
    "Terminating": Word("ending", N_("It is being ended.")),
    "Suspended": Word("held_user", N_("It is suspended; it waits until it is resumed.")),
    "FailedCreate": Word("refused", N_("Its pods may not be made: a quota or a rule refuses them.")),
    "FailedMount": Word("volume", N_("A volume of it cannot be mounted.")),
    "FailedAttachVolume": Word("volume", N_("A volume of it cannot be attached to the node.")),
    "UnexpectedAdmissionError": Word("node", N_("Its node refused it: a device was not there any more.")),
    "NodeAffinity": Word("node", N_("Its node does not match what it asks for any more.")),
    # Kueue
    "QuotaReserved": Word("preparing", N_("Its quota is reserved; other checks must pass before it may start.")),
    "WaitingForQuota": Word("quota", N_("It waits in {partition} until enough of the quota is free.")),
    "NoMatchingFlavor": Word("constraints", N_("No kind of node in {partition} matches what it asks for.")),
    "ExceedsMaxQuota": Word(
        "limit_job", N_("It asks for more than {partition} may ever have; it cannot start as it is.")
    ),
    "AdmissionCheck": Word("preparing", N_("A check must pass before it may start.")),
    "AdmissionChecksPending": Word("preparing", N_("A check must pass before it may start.")),
    "Inadmissible": Word("refused", N_("Its queue does not take it.")),
    "InactiveWorkload": Word("held_user", N_("It is held: its workload is not active.")),
    "Deactivated": Word("held_user", N_("It is held: its workload is not active.")),
    "ClusterQueueInactive": Word("partition", N_("Its cluster queue is not active.")),
    "LocalQueueInactive": Word("partition", N_("Its queue {partition} is not active.")),
    "ClusterQueueStopped": Word("partition", N_("Its cluster queue is stopped.")),
    "LocalQueueStopped": Word("partition", N_("Its queue {partition} is stopped.")),
    "ClusterQueueDoesNotExist": Word("refused", N_("The cluster queue behind {partition} does not exist.")),
    "LocalQueueDoesNotExist": Word("refused", N_("Its queue {partition} does not exist.")),
    "PodsReadyTimeout": Word("preparing", N_("Its pods were not ready in time; it is queued anew.")),
    "WaitForPodsReady": Word("preparing", N_("It waits until the pods of jobs before it are ready.")),
    # Volcano
    "NotEnoughResources": Word("resources", N_("It waits until what it needs becomes free.")),
    "NotEnoughTasks": Word("resources", N_("Too few of its pods are there to start it.")),
    "NotEnoughPods": Word("resources", N_("Too few of its pods are there to start it.")),
    "Inqueue": Word("unexamined", N_("It was let in, and its pods are being placed.")),
}

_HEAD = re.compile(r"(\d+)/(\d+) nodes are available:?\s*")
_PART = re.compile(r"(?P<count>\d+) (?P<what>.+)", re.DOTALL)
_SPLIT = re.compile(r",\s+(?=\d+ )")
_INSUFFICIENT = re.compile(r"Insufficient ([\w./-]+)")
_TAINT = re.compile(r"had (?:untolerated )?taints? \{?([^}]*)\}?")
_QUOTA = re.compile(
    r"insufficient (?P<kind>unused |)quota for (?P<resource>[\w./-]+) in flavor (?P<flavor>[\w.-]+)"
    r"(?:.{0,200}?, (?P<more>[\w.]+) more needed)?",
    re.DOTALL,
)
_NODES: tuple[tuple[str, str, tuple[str, str]], ...] = (
    (
        "didn't match pod's node affinity",
        "affinity",
        NN_(
            "{count} of {nodes} nodes is not of the kind that it asks for.",
            "{count} of {nodes} nodes are not of the kind that it asks for.",
        ),
    ),
    (
        "didn't match node selector",
        "affinity",
        NN_(
            "{count} of {nodes} nodes is not of the kind that it asks for.",
            "{count} of {nodes} nodes are not of the kind that it asks for.",
        ),
    ),
    (
        "were unschedulable",
        "cordoned",
        NN_("{count} of {nodes} nodes is cordoned.", "{count} of {nodes} nodes are cordoned."),
    ),
    (
        "were not ready",
        "node",
        NN_("{count} of {nodes} nodes is not ready.", "{count} of {nodes} nodes are not ready."),
    ),
    (
        "anti-affinity",
        "affinity",
        NN_(
            "{count} of {nodes} nodes has a pod that it must not be beside.",
            "{count} of {nodes} nodes have a pod that it must not be beside.",
        ),
    ),
    (
        "pod affinity",
        "affinity",
        NN_(
            "{count} of {nodes} nodes has no pod that it must be beside.",
            "{count} of {nodes} nodes have no pod that it must be beside.",
        ),
    ),
    (
        "topology spread",
        "affinity",
        (N_("{count} of {nodes} nodes would spread its pods unevenly."), ""),
    ),
    (
        "volume",
        "volume",
        (N_("{count} of {nodes} nodes cannot reach one of its volumes."), ""),
    ),
    (
        "persistent",
        "volume",
        (N_("{count} of {nodes} nodes cannot reach one of its volumes."), ""),
    ),
    (
        "free ports",
        "ports",
        NN_(
            "{count} of {nodes} nodes has a port taken that it needs.",
            "{count} of {nodes} nodes have a port taken that it needs.",
        ),
    ),
    (
        "too many pods",
        "resources",
        NN_(
            "{count} of {nodes} nodes has as many pods as it may.",
            "{count} of {nodes} nodes have as many pods as they may.",
        ),
    ),
    (
        "didn't match the requested node name",
        "affinity",
        NN_(
            "{count} of {nodes} nodes is not the one that it names.",
            "{count} of {nodes} nodes are not the one that it names.",
        ),
    ),
    (
        "cannot allocate all claims",
        "resources",
        NN_(
            "{count} of {nodes} nodes has not all devices that it claims.",
            "{count} of {nodes} nodes have not all devices that it claims.",
        ),
    ),
)


def counted(said: str) -> Iterator[Why]:
    """Take the sentence of the scheduler apart: how many nodes of all refuse it, and why; the most refused first."""
    head = _HEAD.search(said)
    if head is None:
        return
    body = said[head.end() :]
    cut = min((at for at in (body.find("preemption:"), body.find("no new claims")) if at >= 0), default=len(body))
    found = []
    for text in _SPLIT.split(body[:cut].strip().rstrip(".")):
        part = _PART.fullmatch(text.strip().rstrip("."))
        if part is not None:
            found.append((int(part["count"][:9]), part["what"]))
    for count, what in sorted(found, key=lambda one: -one[0]):
        yield _refusal(count, {"count": str(count), "nodes": head[2]}, what)


def _refusal(count: int, values: dict[str, str], what: str) -> Why:
    short = _INSUFFICIENT.search(what)
    if short is not None:
        texts = NN_(
            "{count} of {nodes} nodes has too little {resource} free.",
            "{count} of {nodes} nodes have too little {resource} free.",
        )
        return sentences.counted("insufficient", texts, count, {**values, "resource": short[1]})
    taint = _TAINT.search(what)
    if taint is not None:
        texts = NN_(
            "{count} of {nodes} nodes is set apart by the taint {taint}.",
            "{count} of {nodes} nodes are set apart by the taint {taint}.",
        )
        return sentences.counted("taint", texts, count, {**values, "taint": taint[1].strip().rstrip(":").strip()})
    lower = what.casefold()
    for part, code, texts in _NODES:
        if part in lower:
            return sentences.counted(code, texts, count, values)
    return Why("node", N_("{count} of {nodes} nodes: {said}."), {**values, "said": what})


def quota(said: str) -> Iterator[Why]:
    """What Kueue says is missing of which quota."""
    for found in _QUOTA.finditer(said):
        values = {"resource": found["resource"], "flavor": found["flavor"], "more": found["more"] or "?"}
        if found["more"]:
            yield Why("quota", N_("The quota for {resource} of {flavor} is {more} short."), values)
        else:
            yield Why("quota", N_("The quota for {resource} of {flavor} is used up."), values)
