"""What holds now: from a judged node, and from the listed jobs."""

from collections.abc import Iterable, Mapping

import msgspec

from backends.jobs import Job
from backends.records import Card, NodeFacts
from console.model.freshness import Group, stale
from console.model.history import Holder, Kind
from console.model.intervals import Fact, Key, Seen
from console.model.judged import JudgedNode, Owner, Point, Status

_LONGEST = 200
"""Characters of a job's name that are remembered."""
_BETWEEN = " · "


class Frame(msgspec.Struct, frozen=True, gc=False):
    """What of a node stays the same as long as its facts do: what can be known of it, and which cards it has."""

    facts: NodeFacts | None
    node: tuple[Key, Key, Key]
    """State, health, inventory."""
    cards: tuple[tuple[Key, Key, Key, Key], ...]
    """Of each card its state, health, inventory, owner."""
    software: Fact | None
    identities: tuple[Fact | None, ...]


def frame(name: str, facts: NodeFacts | None) -> Frame:
    """Make the frame of a node."""
    cards = facts.cards if facts is not None else ()
    return Frame(
        facts,
        (Key(Kind.STATE, name), Key(Kind.HEALTH, name), Key(Kind.INVENTORY, name)),
        tuple(
            (
                Key(Kind.STATE, name, card.slot),
                Key(Kind.HEALTH, name, card.slot),
                Key(Kind.INVENTORY, name, card.slot),
                Key(Kind.OWNER, name, card.slot),
            )
            for card in cards
        ),
        _fact(software(facts)),
        tuple(_fact(identity(card)) if card.uuid is not None else None for card in cards),
    )


def of_node(judged: JudgedNode, keys: Frame, mono: float, *, listed: bool) -> Seen:
    """See what holds of a node and its cards.

    What a node that is silent last said does not hold any more: it is unknown. What the scheduler says of its cards
    holds whether or not the node answers.

    Args:
        judged: the node.
        keys: its frame.
        mono: now, on the monotonic clock.
        listed: whether any scheduler has said anything; until then a process does not prove that no job holds a card.
    """
    node = judged.node
    holds: dict[Key, Fact] = {}
    unknown: dict[Key, float] = {}
    blind = judged.stale or judged.status in (Status.DOWN, Status.UNKNOWN) or node.sample is None
    at = node.sample.at if node.sample is not None else 0.0
    state, health, inventory = keys.node
    _put(holds, unknown, state, _state(judged.status), at)
    if judged.points:
        holds[health] = Fact(codes(judged.points))
    _put(holds, unknown, inventory, None if blind else keys.software, at)
    processes = node.processes
    hidden = blind or processes is None or not processes.complete or stale(node, Group.PROCESSES, mono)
    told = processes.at if processes is not None else at
    for card, (state, health, inventory, owned), which in zip(judged.cards, keys.cards, keys.identities, strict=True):
        _put(holds, unknown, state, _state(card.status), at)
        if blind:
            unknown[health] = at
        elif card.points:
            holds[health] = Fact(codes(card.points))
        _put(holds, unknown, inventory, None if blind or card.status in _GONE else which, at)
        owner = card.owner
        if owner is not None and (owner.allocated or (listed and not hidden)):
            holds[owned] = Fact(owner.user or "", holder(owner))
        elif hidden or not listed:
            unknown[owned] = told
    return Seen(holds, unknown)


def _put(holds: dict[Key, Fact], unknown: dict[Key, float], key: Key, fact: Fact | None, at: float) -> None:
    if fact is None:
        unknown[key] = at
    else:
        holds[key] = fact


def _state(status: Status) -> Fact | None:
    if status is Status.OK:
        return _OK
    return None if status is Status.UNKNOWN else Fact(status.value)


def _fact(text: str) -> Fact | None:
    return Fact(text) if text else None


_OK = Fact(Status.OK.value)
_GONE = (Status.LOST, Status.SILENT)
"""Nobody can say which card is in the slot."""


def of_job(job: Job) -> tuple[Key, Fact]:
    """The state of a job, with whose it is."""
    whose = Holder(job.user, job.project, job.id, (job.name or "")[:_LONGEST] or None)
    return Key(Kind.JOB, job.id), Fact(job.state.value, whose)


def changed(new: Mapping[str, Job], old: Mapping[str, Job]) -> dict[Key, Fact | None]:
    """Of two listings, by id, the jobs that are not what they were; None for those that are gone."""
    found: dict[Key, Fact | None] = dict(of_job(job) for number, job in new.items() if _differ(job, old.get(number)))
    found.update((Key(Kind.JOB, number), None) for number in old.keys() - new.keys())
    return found


def _differ(job: Job, old: Job | None) -> bool:
    return job is not old and (
        old is None
        or job.state is not old.state
        or job.user != old.user
        or job.name != old.name
        or job.project != old.project
    )


def calmer(kind: Kind, old: Fact, new: Fact | None) -> bool:
    """Whether a change is for the better, so that it should last before it is believed.

    A throttled card is warned of from one sample to the next and back for hours; each change would be a row.
    """
    if kind is Kind.STATE and new is not None:
        return old.value in _RANK and new.value in _RANK and _RANK.index(new.value) < _RANK.index(old.value)
    if kind is Kind.HEALTH:
        return new is None or not set(old.value.split()) < set(new.value.split())
    return False


_RANK = (Status.OK.value, Status.WARNING.value, Status.CRITICAL.value)


def holder(owner: Owner) -> Holder:
    """Who holds a card, as it is remembered."""
    return Holder(owner.user, owner.project, owner.job, (owner.name or "")[:_LONGEST] or None, owner.allocated)


def codes(points: Iterable[Point]) -> str:
    """What is wrong, in one line: each code once, in order, joined by blanks."""
    return " ".join(sorted({point.code for point in points})) if points else ""


def identity(card: Card) -> str:
    """Which card it is: model, uuid, serial number and firmware, as far as they are known."""
    return _BETWEEN.join(part for part in (card.name, card.uuid, card.serial, card.vbios) if part)


def software(facts: NodeFacts | None) -> str:
    """What a node runs: kernel, driver and probe, as far as they are known."""
    if facts is None:
        return ""
    parts = (facts.kernel, facts.reader, facts.driver, facts.probe and f"probe {facts.probe}")
    return _BETWEEN.join(part for part in parts if part)
