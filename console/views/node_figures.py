"""Figures of one node that stand in tables, filters and plots alike; None is unknown, `UNSUPPORTED` is not there."""

from collections.abc import Iterable

from backends.records import Filesystem, HostSample
from console.model.fields import UNSUPPORTED
from console.model.judged import JudgedCard, JudgedNode, Status

IDLE = 5.0
"""Percent below which a card that somebody holds is idle; the same as in the history."""
_USABLE = frozenset({Status.OK, Status.WARNING})


def host(judged: JudgedNode) -> HostSample | None:
    """The node's own figures as they were last seen."""
    return judged.node.sample.host if judged.node.sample is not None else None


def cpu(judged: JudgedNode) -> float | None:
    """Percent of all cores that are busy."""
    found = host(judged)
    return found.cpu if found is not None else None


def iowait(judged: JudgedNode) -> float | None:
    """Percent of the time in which cores waited for disks."""
    found = host(judged)
    return found.iowait if found is not None else None


def load(judged: JudgedNode) -> float | None:
    """Load of one minute."""
    found = host(judged)
    return found.load1 if found is not None else None


def uptime(judged: JudgedNode) -> float | None:
    """Seconds since it started."""
    found = host(judged)
    return found.uptime if found is not None else None


def usable(judged: JudgedNode) -> object:
    """How many of its cards work: neither critical nor lost, broken or silent; unknown where it is out of sight."""
    if not judged.cards:
        return UNSUPPORTED
    if judged.stale or judged.status is Status.DOWN:
        return None
    return sum(1 for card in judged.cards if card.status in _USABLE)


def util(judged: JudgedNode) -> object:
    """The mean utilisation of its cards, percent."""
    loads = [card.gpu.util for card in judged.cards if card.gpu is not None and card.gpu.util is not None]
    return sum(loads) / len(loads) if loads else _none(judged, "util")


def busy(judged: JudgedNode) -> object:
    """How many of its cards did anything."""
    loads = [card.gpu.util for card in judged.cards if card.gpu is not None and card.gpu.util is not None]
    return sum(1 for load in loads if load > 0) if loads else _none(judged, "util")


def held(judged: JudgedNode) -> object:
    """How many of its cards somebody holds."""
    if not judged.cards:
        return UNSUPPORTED
    return sum(1 for card in judged.cards if card.owner is not None)


def idle(judged: JudgedNode) -> object:
    """How many of its cards somebody holds without using them."""
    if not judged.cards:
        return UNSUPPORTED
    return sum(1 for card in judged.cards if _idles(card))


def _idles(card: JudgedCard) -> bool:
    return card.owner is not None and card.gpu is not None and card.gpu.util is not None and card.gpu.util < IDLE


def hottest(judged: JudgedNode) -> object:
    """The temperature of its hottest card, °C."""
    warm = [card.gpu.temperature for card in judged.cards if card.gpu is not None and card.gpu.temperature is not None]
    return max(warm) if warm else _none(judged, "temperature")


def power(judged: JudgedNode) -> object:
    """What its cards draw together, watts."""
    drawn = [card.gpu.power for card in judged.cards if card.gpu is not None and card.gpu.power is not None]
    return sum(drawn) if drawn else _none(judged, "power")


def gpu_memory(judged: JudgedNode) -> object:
    """Bytes in use on its cards."""
    used = [c.gpu.memory_used for c in judged.cards if c.gpu is not None and c.gpu.memory_used is not None]
    return sum(used) if used else _none(judged, "memory_used")


def gpu_memory_total(judged: JudgedNode) -> object:
    """Bytes that its cards have."""
    whole = [card.card.memory for card in judged.cards if card.card.memory is not None]
    return sum(whole) if whole else _none(judged, "memory")


def gpu_memory_share(judged: JudgedNode) -> object:
    """Percent of its cards' memory that is in use."""
    used, whole = gpu_memory(judged), gpu_memory_total(judged)
    if used is UNSUPPORTED:
        return UNSUPPORTED
    return 100 * used / whole if isinstance(used, int) and isinstance(whole, int) and whole else None


def memory(judged: JudgedNode) -> int | None:
    """Bytes of host memory that are in use."""
    found = host(judged)
    if found is None or found.memory_total is None or found.memory_available is None:
        return None
    return found.memory_total - found.memory_available


def memory_total(judged: JudgedNode) -> int | None:
    """Bytes of host memory."""
    found, facts = host(judged), judged.node.facts
    if found is not None and found.memory_total is not None:
        return found.memory_total
    return facts.memory if facts is not None else None


def memory_share(judged: JudgedNode) -> float | None:
    """Percent of the host memory that is in use."""
    used, whole = memory(judged), memory_total(judged)
    return 100 * used / whole if used is not None and whole else None


def busiest(judged: JudgedNode) -> float | None:
    """Percent of the time in which its busiest disk was busy."""
    found = host(judged)
    shares = [disk.busy for disk in (found.disks if found is not None else ()) if disk.busy is not None]
    return max(shares, default=None)


def received(judged: JudgedNode) -> float | None:
    """Bytes a second that come in over all interfaces."""
    found = host(judged)
    return _sum(net.received for net in (found.nets if found is not None else ()))


def sent(judged: JudgedNode) -> float | None:
    """Bytes a second that go out over all interfaces."""
    found = host(judged)
    return _sum(net.sent for net in (found.nets if found is not None else ()))


def fullest(judged: JudgedNode) -> Filesystem | None:
    """The file system with the least room, relative to its size."""
    record = judged.node.mounts
    known = [fs for fs in (record.filesystems if record is not None else ()) if fs.used is not None and fs.size]
    return max(known, key=lambda fs: share(fs) or 0.0, default=None)


def share(fs: Filesystem) -> float | None:
    """Percent of a file system that is used."""
    return 100 * fs.used / fs.size if fs.used is not None and fs.size else None


def full(judged: JudgedNode) -> float | None:
    """Percent that is used of the fullest file system."""
    found = fullest(judged)
    return share(found) if found is not None else None


def users(judged: JudgedNode) -> list[str]:
    """Who holds its cards, by name."""
    return sorted({card.owner.user for card in judged.cards if card.owner is not None and card.owner.user})


def models(judged: JudgedNode) -> str | None:
    """The models of its cards."""
    return ", ".join(sorted({card.card.name for card in judged.cards if card.card.name})) or None


def groups(judged: JudgedNode) -> tuple[str, ...] | None:
    """The groups that the lab lists it under."""
    listed, facts = judged.node.listed, judged.node.facts
    if listed is not None and (listed.groups or listed.group):
        return listed.groups or (listed.group or "",)
    return (facts.rack,) if facts is not None and facts.rack else None


def labels(judged: JudgedNode) -> tuple[str, ...] | None:
    """What the lab says of it, ``key=value`` each."""
    listed = judged.node.listed
    return tuple(f"{key}={value}" for key, value in listed.labels.items()) or None if listed is not None else None


def rack(judged: JudgedNode) -> str | None:
    """Where it stands, or the group it is listed under."""
    listed, facts = judged.node.listed, judged.node.facts
    named = listed.rack or listed.group if listed is not None else None
    return named or (facts.rack if facts is not None else None)


def _none(judged: JudgedNode, name: str) -> object:
    """What stands for a figure that no card has: no card can have it, or it is not known."""
    return UNSUPPORTED if all(name in card.card.unsupported for card in judged.cards) else None


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
