"""A past that is made up: the same for the same node, with trainings, idle notebooks and hours nobody measured."""

import bisect
import math
import random
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import itemgetter

from stage import OPENED, Still

from backends.records import AnyRecord
from console.model.history import Answer, Holder, Question, Row, Rows, Timeline, TimelineOf

PEOPLE = (
    *(("wang", "nlp", "llama-sft"), ("li", "rl", "sweep"), ("zhao", "cv", "notebook"), ("chen", "nlp", "pretrain-7b")),
    *(("sun", "speech", "whisper-ft"), ("周敏", "cv", "扩散模型"), ("garcia", "rl", "ppo"), ("ivanov", "bio", "esm")),
)
KEPT = 12 * 86_400.0
HOUR = 3600.0
Spell = tuple[float, float, Holder, float, float]
"""From, to, who, the level of its utilisation, and the share of its time after which it stalls."""


@lru_cache(4096)
def spells(node: str, slot: int, cards: int = 8) -> tuple[Spell, ...]:
    """Who held a card, the oldest first; the cards of a node are often held together."""
    found: list[Spell] = []
    chance = random.Random(f"{node}")
    at = OPENED - 14 * 86_400.0
    while at < OPENED + HOUR:
        wide = chance.choice((8, 8, 8, 4, 4, 2, 1))
        lasts = chance.choice((1.5, 3, 5, 8, 14, 22)) * HOUR * chance.uniform(0.7, 1.3)
        groups = math.ceil(cards / wide)
        for group in range(groups):
            user, project, name = chance.choice(PEOPLE)
            job = str(chance.randrange(8100, 8999))
            level = 0.0 if name == "notebook" else chance.choice((97, 94, 88, 71, 46))
            stalls = chance.choice((1, 1, 1, 1, 0.55, 0.8))
            away, told = chance.random() < 0.12, chance.random() > 0.05
            ends = at + lasts * chance.uniform(0.75, 1)
            if group * wide <= slot < (group + 1) * wide and not away:
                found.append((at, ends, Holder(user, project, job, name, told), level, stalls))
        at += lasts + chance.choice((0, 0.1, 0.5, 2)) * HOUR
    return tuple(found)


@lru_cache(256)
def silence(node: str) -> tuple[float, float]:
    """When nobody measured a node; most of them always were."""
    chance = random.Random(f"hole {node}")
    since = OPENED - chance.uniform(2, 200) * HOUR
    return (since, since + 2.5 * HOUR) if chance.random() < 0.2 else (0.0, 0.0)


def moment(node: str, slot: int, at: float) -> tuple[int, Holder | None]:
    """Utilisation (255 is unknown) and holder of a card at an instant."""
    if at < OPENED - KEPT:
        return 255, None
    known = spells(node, slot)
    before = bisect.bisect_right(known, at, key=itemgetter(0)) - 1
    held = known[before] if before >= 0 and at < known[before][1] else None
    silent = silence(node)[0] <= at < silence(node)[1]
    if held is None:
        return (255 if silent else 0), None
    since, until, holder, level, stalls = held
    if silent:
        return 255, holder
    part = (at - since) / (until - since)
    noise = zlib.crc32(f"{node}{slot}{int(at // 600)}".encode()) % 13 - 9
    if level == 0:
        busy = 62 + noise if 0.1 < part < 0.2 else 0
    else:
        busy = 0 if part > stalls else level + noise if part > 0.04 else level / 3
    return max(0, min(100, round(busy))), holder


class Remembering(Still):
    """A follower whose collector remembers a past; what it was asked is kept."""

    def __init__(self, records: Sequence[AnyRecord], wall: float, mono: float) -> None:
        super().__init__(records, wall, mono)
        self.asked: list[TimelineOf] = []
        self.kept: float | None = OPENED - KEPT

    async def ask(self, question: Question) -> Answer:
        """Answer at once."""
        assert isinstance(question, TimelineOf)
        self.asked.append(question)
        step = (question.until - question.since) / question.slots
        holders: dict[Holder, int] = {}
        named = question.nodes or tuple(self.fleet.nodes)
        rows = tuple(self._rows(question, named, step, holders))
        return Timeline(question.since, step, rows, tuple(holders), self.kept)

    def _rows(
        self, question: TimelineOf, nodes: Sequence[str], step: float, holders: dict[Holder, int]
    ) -> Iterator[Row]:
        times = [min(question.since + (slot + 0.5) * step, OPENED) for slot in range(question.slots)]
        cards = {
            (node, slot): [moment(node, slot, at) for at in times]
            for node in nodes
            if (facts := self.fleet.nodes[node].facts) is not None
            for slot in range(len(facts.cards))
        }
        if question.rows is Rows.CARDS:
            for (node, slot), moments in cards.items():
                yield packed(f"{node}:{slot}", moments, holders)
        elif question.rows is Rows.NODES:
            for node in nodes:
                own = [moments for (name, _slot), moments in cards.items() if name == node]
                if own:
                    yield packed(node, [together(slots) for slots in zip(*own, strict=True)], holders)
        else:
            part = "user" if question.rows is Rows.USERS else "project"
            everybody = sorted({getattr(h, part) for moments in cards.values() for _util, h in moments if h})
            for key in everybody:
                yield summed(key, part, list(cards.values()))


def together(slots: Sequence[tuple[int, Holder | None]]) -> tuple[int, Holder | None]:
    known = [util for util, _holder in slots if util != 255]
    holders = [holder for _util, holder in slots]
    return (round(sum(known) / len(known)) if known else 255), max(holders, key=holders.count)


def packed(key: str, moments: Sequence[tuple[int, Holder | None]], holders: dict[Holder, int]) -> Row:
    numbers = [0 if holder is None else 1 + holders.setdefault(holder, len(holders)) for _util, holder in moments]
    return Row(key, bytes(util for util, _holder in moments), struct.pack(f"<{len(numbers)}H", *numbers))


def summed(key: str, part: str, cards: Sequence[Sequence[tuple[int, Holder | None]]]) -> Row:
    util, counts = bytearray(), []
    for slot in range(len(cards[0])):
        own = [moments[slot][0] for moments in cards if getattr(moments[slot][1], part, None) == key]
        known = [each for each in own if each != 255]
        util.append(round(sum(known) / len(known)) if known else 255)
        counts.append(float(len(own)))
    return Row(key, bytes(util), b"", tuple(counts))
