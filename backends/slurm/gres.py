"""Cards as Slurm spells them in its versions: ``gres:gpu:a100:4``, ``gres/gpu:4``, ``gpu:a100:2(IDX:0-1)``, TRES."""

import functools
import re

import msgspec

from backends.slurm.values import number, size

_COMMA = re.compile(r",(?![^(]*\))")
_CARD = re.compile(r"(?:gres[:/])?gpu(?=$|[:=(])([:=][^()]*)?(?:\(([^()]*)\))?", re.ASCII)
_INDEX = re.compile(r"IDX:([\d,-]+)", re.ASCII)
_PART = re.compile(r"(?:^|[_-])\d+g\.\d+gb", re.ASCII)
"""``1g.10gb``, ``a100_3g.20gb``: a profile of MIG."""
MOST_SLOTS = 1024


class Cards(msgspec.Struct, frozen=True):
    """So many cards."""

    count: int
    kind: str | None = None
    """None where none is named, or several are."""
    slots: tuple[int, ...] | None = None
    """None where they are not told, or parts of cards (MIG) are among them: Slurm numbers those in its own way."""


NONE = Cards(0)


@functools.lru_cache(maxsize=4096)
def cards_of(said: str) -> Cards:
    """The cards in a text of Slurm's; none where it names none.

    Where both the sum and its parts are told (``gres/gpu=8,gres/gpu:a100=8``), the sum counts.
    """
    total: int | None = None
    count = 0
    kinds: list[str] = []
    slots: list[int] = []
    known = True
    for item in _COMMA.split(said):
        match = _CARD.fullmatch(item.strip())
        if match is None:
            continue
        kind, many = _counted(match[1] or "")
        if kind is None:
            total = (total or 0) + many
        else:
            count += many
            kinds.append(kind)
        index = None if match[2] is None else _INDEX.search(match[2])
        slots += ranges(index[1]) if index else []
        whole_cards = kind is None or _PART.search(kind) is None
        known = known and (many == 0 or (index is not None and whole_cards))
    whole = count if total is None else total
    kind = kinds[0] if len(set(kinds)) == 1 else None
    return Cards(whole, kind, tuple(sorted(set(slots))) if known and len(set(slots)) == whole else None)


def _counted(body: str) -> tuple[str | None, int]:
    """Kind and number of what follows ``gpu``: a number alone is no kind, and a kind alone is one card."""
    parts = re.split("[:=]", body)[1:]
    if not parts:
        return None, 1
    if len(parts) == 1:
        alone = number(parts[0])
        return (None, alone) if alone is not None else (parts[0], 1)
    return ":".join(parts[:-1]), number(parts[-1]) or 0


def ranges(said: str) -> list[int]:
    """The numbers of ``0-1,3``; nothing of what is no range."""
    found: list[int] = []
    for item in said.split(","):
        first, dash, last = item.partition("-")
        begin, end = number(first), number(last) if dash else number(first)
        if begin is not None and end is not None and begin <= end < MOST_SLOTS:
            found += range(begin, end + 1)
    return found


class Tres(msgspec.Struct, frozen=True):
    """What a list of trackable resources says, ``cpu=4,mem=4000M,node=1,gres/gpu=2``."""

    cpus: int | None = None
    memory: int | None = None
    nodes: int | None = None
    cards: Cards | None = None
    """None where cards are not counted among them, and this job has none or Slurm was not told to count."""


@functools.lru_cache(maxsize=8192)
def tres_of(said: str) -> Tres:
    """Read a list of trackable resources."""
    found = dict(item.split("=", 1) for item in said.split(",") if "=" in item)
    cards = cards_of(said)
    return Tres(
        number(found.get("cpu", "")),
        size(found.get("mem", "")),
        number(found.get("node", "")),
        cards if cards.count else None,
    )
