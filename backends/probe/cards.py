"""Which card sits in which slot of one node: listed by the driver, lost by it, or shown by sysfs alone.

A slot is a place in the sorted list of every PCI address ever known of the node, so a lost card leaves its slot empty
instead of moving the others. A card without an address stands behind
all others or, when it tells nothing at all, behind the one that is listed before it.

How a card is said to be that was not read:

========  ======================  ====================  ==================================================
reader    in the last list        on the bus only       neither
========  ======================  ====================  ==================================================
ok        UNKNOWN: no line came   LOST if ever listed,  LOST; UNKNOWN before the first list of the session
                                  else BROKEN
starting  UNKNOWN                 UNKNOWN               LOST; UNKNOWN while there is neither list nor bus
stalled   SILENT                  SILENT                LOST; SILENT while there is neither list nor bus
failed    SILENT: it is there,    SILENT                as stalled
          with nobody to ask
absent    SILENT                  SILENT                LOST
========  ======================  ====================  ==================================================
"""

import itertools
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from backends.probe.wire import CardLine, Cards, GpuLine
from backends.records import Card, CardState, GpuSample, Part, PartSample, ReaderState

_Key = tuple[int, str, bool, int]
"""Length and text of the address, which is its order; whether the card has none and only stands behind that one; how
many before it claimed the same."""
_LAST = (1 << 16, "")
"""Where cards stand that have a name and no address."""

_ADDRESS = re.compile(r"([0-9a-f]{1,8}):([0-9a-f]{2}):([0-9a-f]{2})(?:\.([0-7]))?")
_STATES: Mapping[str, CardState] = {state.value: state for state in CardState}
_MOST = 256
"""Cards and addresses taken from one line; a node that lists more is not listing cards."""
_FACTS = (
    *("uuid", "name", "serial", "vbios", "memory", "power_limit", "clock_max"),
    *("pcie_generation", "pcie_width", "mig"),
)
"""What a card that falls silent keeps of what it said before."""


def address(text: str) -> str:
    """Write a PCI address as ``0000:3b:00.0``; anything that is none stays as it is, in lower case."""
    found = _ADDRESS.fullmatch(text.lower())
    if found is None:
        return text.lower()
    domain, bus, device, function = found.groups()
    return f"{int(domain, 16):04x}:{bus}:{device}.{function or 0}"


def _keys(addresses: Iterable[str | None], named: Iterable[bool] = ()) -> list[_Key]:
    """Give every address its key; equal ones are told apart by their order.

    Args:
        addresses: in the order of the list.
        named: whether each tells its name; one that tells nothing at all stands where it is listed.
    """
    seen: Counter[tuple[int, str, bool]] = Counter()
    keys = []
    before = (0, "")
    for text, tells in zip(addresses, itertools.chain(named, itertools.repeat(True)), strict=False):
        if text is not None:
            before = (len(text), text)
        place = (*(_LAST if text is None and tells else before), text is None)
        keys.append((*place, seen[place]))
        seen[place] += 1
    return keys


class Slots:
    """The cards of one node by slot, through losses and replacements."""

    def __init__(self, known: Sequence[Card] = ()) -> None:
        addresses = (None if card.pci is None else address(card.pci) for card in known)
        self._cards: dict[_Key, Card] = dict(zip(_keys(addresses), known, strict=True))
        self._listed: list[_Key] = []
        self._bus: set[_Key] = set()
        self._told = False
        self._arrange()

    cards: tuple[Card, ...]
    """By slot; a lost one is listed with what was known of it."""
    places: list[int]
    """The slot of each card of the last list, in the order of that list."""
    identities: list[Hashable]
    """Who each card of the last list is, in the order of that list."""

    def forget_list(self) -> None:
        """Begin a new session: the cards stay known, but nothing has been said about them yet."""
        self._listed, self._bus, self._told = [], set(), False
        self._arrange()

    def take(self, line: Cards) -> None:
        """Take a new list of cards."""
        lines = line.cards[:_MOST]
        addresses = self._addresses(lines, [address(text) for text in line.bus[:_MOST]])
        listed = _keys(addresses, (card.uuid is not None for card in lines))
        bus = {key for key in _keys(address(text) for text in line.bus[:_MOST]) if key[3] == 0}
        fresh = {key: _card(card, self._cards.get(key)) for key, card in zip(listed, lines, strict=True)}
        self._forget_moved(fresh, bus)
        self._cards.update(fresh)
        if len(self._cards) > _MOST:
            self._cards = {key: card for key, card in self._cards.items() if key in fresh or key in bus}
        if not any(key[2] for key in listed):  # else a nameless address may well be that of a listed card
            for key in bus:
                self._cards.setdefault(key, Card(0, pci=key[1]))
        self._listed, self._bus, self._told = listed, bus, True
        self._arrange()

    def _addresses(self, lines: Sequence[CardLine], bus: Sequence[str]) -> list[str | None]:
        """The address of each listed card; a lost one that cannot tell it gets the one that is missed at its place."""
        found = [None if card.pci is None else address(card.pci) for card in lines]
        missed = sorted({key[:2] for key in self._cards if not key[2]} | {(len(text), text) for text in bus})
        missed = [known for known in missed if known[1] not in found]
        before = (0, "")
        for place, card in enumerate(lines):
            here = found[place]
            if here is None and card.uuid is None:
                behind = next((text for text in found[place:] if text is not None), None)
                fitting = (
                    known for known in missed if before < known and (behind is None or known < (len(behind), behind))
                )
                taken = next(fitting, None)
                if taken is not None:
                    missed.remove(taken)
                    found[place] = here = taken[1]
            if here is not None:
                before = (len(here), here)
        return found

    def slot(self, pci: str | None) -> int | None:
        """Find the slot of an address."""
        if pci is None:
            return None
        wanted = address(pci)
        return next((card.slot for card in self.cards if card.pci == wanted), None)

    def samples(self, reader: ReaderState, lines: Sequence[GpuLine]) -> tuple[GpuSample, ...]:
        """Say how every card is, by slot, given what the probe read of those in the last list."""
        unread = self._unread.get(reader)
        if unread is None:
            unread = tuple(GpuSample(slot, self._state(key, reader)) for slot, key in enumerate(self._cards))
            self._unread[reader] = unread
        if reader is not ReaderState.OK:
            return unread
        samples = list(unread)
        for slot, line in zip(self.places, lines, strict=False):
            samples[slot] = GpuSample(
                slot,
                _STATES.get(line.state, CardState.UNKNOWN),
                line.error,
                line.util,
                line.memory_util,
                line.memory_used,
                line.temperature,
                line.memory_temperature,
                line.power,
                line.clock,
                line.memory_clock,
                line.throttle,
                line.pstate,
                line.fan,
                line.encoder,
                line.decoder,
                _parts(self.cards[slot].parts, line.parts) if line.parts else (),
            )
        return tuple(samples)

    def _forget_moved(self, fresh: Mapping[_Key, Card], bus: set[_Key]) -> None:
        """Keep no ghost of a card that is now listed at another address.

        The address that it left is forgotten, for then the node was renumbered; unless a missing card has no other
        slot to be missed in, because one of its fellows took it: then the address stays, empty.
        """
        known = {card.uuid for card in self._cards.values() if card.uuid is not None}
        now = {card.uuid for card in fresh.values() if card.uuid is not None}
        if now and len(known) > 1 and not known & now:
            # Not one of several is left: these are other cards, or another machine, not so many losses at once.
            self._cards = {key: card for key, card in self._cards.items() if key in fresh or key in bus}
        missed = sum(
            card.uuid in known - now and key in fresh and fresh[key].uuid in known for key, card in self._cards.items()
        )
        left = [key for key, card in self._cards.items() if key not in fresh and card.uuid in now]
        for key in left:
            if key in bus or missed > 0:
                missed -= key not in bus
                self._cards[key] = Card(0, pci=_pci(key))
            else:
                del self._cards[key]

    def _arrange(self) -> None:
        order = sorted(self._cards)
        place = {key: slot for slot, key in enumerate(order)}
        self._cards = {key: replace(self._cards[key], slot=place[key], pci=_pci(key)) for key in order}
        self.cards = tuple(self._cards.values())
        self.places = [place[key] for key in self._listed]
        self.identities = [(key, self._cards[key].uuid) for key in self._listed]
        self._unread: dict[ReaderState, tuple[GpuSample, ...]] = {}  # by reader, made once it is in that state

    def _state(self, key: _Key, reader: ReaderState) -> CardState:
        """How a card is that was not read; the table of this module in code."""
        quiet = reader not in (ReaderState.OK, ReaderState.STARTING)
        listed = key in self._listed
        if not listed and key not in self._bus:
            return CardState.LOST if self._complete(reader) else CardState.SILENT if quiet else CardState.UNKNOWN
        if quiet:
            return CardState.SILENT
        if listed or reader is ReaderState.STARTING:
            return CardState.UNKNOWN
        return CardState.BROKEN if self._cards[key].uuid is None else CardState.LOST

    def _complete(self, reader: ReaderState) -> bool:
        """Whether a card that is neither listed nor on the bus is known to be gone."""
        if reader is ReaderState.OK:
            return self._told
        return reader is ReaderState.ABSENT or bool(self._listed or self._bus)


def _pci(key: _Key) -> str | None:
    return None if key[2] else key[1]


def _card(line: CardLine, known: Card | None) -> Card:
    """Make the facts of a listed card; one that no longer says who it is keeps what was known of it."""
    card = Card(
        0,
        line.uuid,
        line.name,
        line.vendor,
        line.pci,
        line.serial,
        line.vbios,
        line.memory,
        line.power_limit,
        line.clock_max,
        line.pcie_generation,
        line.pcie_width,
        line.mig,
        tuple(Part(p.index, p.uuid, p.name, p.gpu_instance, p.compute_instance, p.memory) for p in line.parts),
        tuple(line.unsupported),
    )
    if line.uuid is not None or known is None:
        return card
    kept = {field: getattr(known, field) for field in _FACTS if getattr(card, field) is None}
    return replace(card, **kept, parts=card.parts or known.parts, unsupported=card.unsupported or known.unsupported)


def _parts(parts: Sequence[Part], used: Sequence[int | None]) -> tuple[PartSample, ...]:
    return tuple(PartSample(part.index, memory) for part, memory in zip(parts, used, strict=False))
