"""What is wrong in the simulated lab, always, from the first second.

Each story has its own node or cards; one that does not fit a small lab is left out. Times are told from the moment at
which the lab was opened, so that every start shows the same ages; before it began, a node or a card was sound.

==============================  =========================================================================
idle allocation                 a job has held a whole node for 3 h 12 min at 0 %
card lost, Xid 79               one card fell off the bus 42 minutes ago; the kernel log has both lines
multi-GPU job with idle cards   a job holds a whole node and uses a quarter of its cards; its loss rises
thermal throttling              one card at 88 °C and more, clock at 58 %, bits 0x20 and 0x40
node down                       does not answer for 17 minutes; its last sample is as old
card slower than its equals     one card of eight under the same load: util 99, clock 28 % lower
NVLink errors                   counters of one link of one card grow
hung mount                      ``/data`` (NFS) hangs for 13 minutes
stale node                      its link is up, its last sample is 5 minutes old
driver does not answer          the reader is stalled for 8 minutes, the host's own samples go on; its training hangs
uncorrected memory error        Xid 94 and 63, a row remap is pending, the driver asks for drain and reset
MIG node                        every card is split, into two parts or seven; four tasks of an array are on them
process outside any job         somebody computes on a card that no job holds; the command is hostile
hostile name                    a job's name and command try markup, escape sequences, CJK, 200 characters
==============================  =========================================================================
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import msgspec

from backends.demo.kinds import A100, RTX4090
from backends.demo.lanes import Lane
from backends.demo.nodes import Node, split
from backends.demo.people import PEOPLE, Person, Task
from backends.demo.runs import HOUR, Run, number
from backends.demo.shape import Shape
from backends.jobs import JobState

STALE = 300.0
"""Seconds since the stale node's last sample."""
DOWN = 1020.0
"""Seconds since the node that is down was last seen."""
STALLED = 460.0
"""Seconds since the driver that does not answer last did."""
HUNG = 780.0
"""Seconds since the network file system hangs."""
XID = 2520.0
"""Seconds since a card fell off the bus."""
STRANGER = 6.5 * HOUR
"""Seconds since somebody began to compute on a card that no job gave him."""
DIVERGED = 1.2 * HOUR
"""Seconds since the loss of a training rises."""
ARRAY_AGE = 40 * HOUR
"""Seconds since the array was handed in of which some tasks run."""
_RUNNING_UNTIL = 21
"""The first task of the array on the MIG node that still waits."""
FOREVER = 10.0**12
HOSTILE = "[bold red]免费算力[/] \x1b[31mALERT\x1b[0m ｆｕｌｌ %s {0} $(reboot) `id` 训练任务-" + "长" * 140
"""A job name of 200 characters that tries everything."""
INTRUDER = "./xmr-stak \x1b]0;owned\x07 --pool [link=https://example.invalid]free[/link] 挖矿 " + "x" * 100


class Story(NamedTuple):
    """A story: what it is, where, and on which cards."""

    title: str
    node: str
    slots: tuple[int, ...]


class Scene:
    """The stage: nodes that stories change, and the lanes of the jobs that play in them."""

    def __init__(self, shape: Shape, origin: float, nodes: Sequence[Node]) -> None:
        self.shape = shape
        self.origin = origin
        self.nodes = nodes
        self.lanes: list[Lane] = []
        self.runs: list[Run] = []
        self.stories: list[Story] = []

    def hold(
        self,
        node: Node,
        slots: Sequence[int],
        task: Task,
        age: float,
        who: int,
        used: int | None = None,
        **more: object,
    ) -> None:
        """Give cards to a job that has been running for `age` seconds and never ends; `more` are fields of its run."""
        person: Person = PEOPLE[who]
        key = node.index * stride(self.shape) + slots[0]
        started = self.origin - age
        run = Run(
            number(started, key, keys(self.shape)), person, task, len(slots), started - 40.0, started, FOREVER,
            120 * HOUR, 5000.0, JobState.COMPLETED, node.seed & 0x7FFFFFFF, used,
        )  # fmt: skip
        run = msgspec.structs.replace(run, **more)
        self.runs.append(run)
        node.busy.update(slots)
        self.lanes.append(Lane([(node.index, tuple(slots))], lambda: iter((run,))))

    def whole(self, node: Node, age: float = 9.4 * HOUR, who: int = 0, **more: object) -> None:
        """Give all cards to a training that works at the limit, so that its cards can be compared."""
        task = Task("pretrain-steady", "steady", "python pretrain.py --config configs/steady.yaml", 0.9, 0.9)
        self.hold(node, range(len(node.cards)), task, age, who, None, **more)


def keys(shape: Shape) -> int:
    """How many places there are from which jobs get their numbers; the last 16 belong to jobs that only wait."""
    return shape.nodes * stride(shape) + 16


def stride(shape: Shape) -> int:
    """How many of them each node has: one for each card, and two where two jobs share a node without cards."""
    return max(2, shape.gpus)


def _idle(scene: Scene, node: Node) -> Sequence[int]:
    task = Task("notebook", "idle", "python -m ipykernel_launcher -f /run/user/kernel-77d0.json", 0.04, 0.6)
    scene.hold(node, range(len(node.cards)), task, 3.2 * HOUR, 2, used=1)
    return range(len(node.cards))


def _idle_cards(scene: Scene, node: Node) -> Sequence[int]:
    count = len(node.cards)
    used = max(1, count // 4)
    task = Task("sft-debug", "steady", "python train.py --config configs/sft-debug.yaml", 0.7, 0.85)
    scene.hold(node, range(count), task, 5.6 * HOUR, 3, used, plot="diverging", since=scene.origin - DIVERGED)
    return range(used, count)


def _lost(scene: Scene, node: Node) -> Sequence[int]:
    slot = min(5, len(node.cards) - 1)
    node.cards[slot].lost = True
    node.cards[slot].since = scene.origin - XID
    node.busy.add(slot)
    return [slot]


def _hot(scene: Scene, node: Node) -> Sequence[int]:
    scene.whole(node, who=5)
    slot = len(node.cards) // 2
    node.cards[slot].hot = True
    return [slot]


def _slow(scene: Scene, node: Node) -> Sequence[int]:
    scene.whole(node, 21.3 * HOUR, who=8)
    slot = len(node.cards) - 2
    node.cards[slot].slow = 0.28
    return [slot]


def _links(scene: Scene, node: Node) -> Sequence[int]:
    scene.whole(node, 15.1 * HOUR, who=4)
    node.cards[1].worn_link = 4
    return [1]


def _down(scene: Scene, node: Node) -> Sequence[int]:
    node.down = True
    node.silent_since = scene.origin - DOWN
    node.busy.update(range(len(node.cards)))
    return range(len(node.cards))


def _stale(scene: Scene, node: Node) -> Sequence[int]:
    scene.whole(node, who=6)
    node.silent_since = scene.origin - STALE
    return range(len(node.cards))


def _stalled(scene: Scene, node: Node) -> Sequence[int]:
    node.stalled_since = scene.origin - STALLED
    scene.whole(node, who=9, plot="hung", since=node.stalled_since)
    return range(len(node.cards))


def _hung(scene: Scene, node: Node) -> Sequence[int]:
    node.hung_since = scene.origin - HUNG
    return []


def _memory(scene: Scene, node: Node) -> Sequence[int]:
    slot = len(node.cards) - 1
    node.cards[slot].remap = True
    node.cards[slot].since = scene.origin - XID
    return [slot]


def _mig(scene: Scene, node: Node) -> Sequence[int]:
    for card in node.cards:
        split(card, card.slot)
    task = Task("serve-small", "service", "python serve.py --model /models/small --port 80{cards}", 0.6, 0.7)
    held = range(0, len(node.cards), 2)
    array = number(scene.origin - ARRAY_AGE, node.index * stride(scene.shape), keys(scene.shape))
    for at, slot in enumerate(held):
        task_of = {"array": array, "index": _RUNNING_UNTIL - len(held) + at}
        scene.hold(node, [slot], task, 30.0 * HOUR + slot * 700, 4, None, **task_of)
    node.busy.update(range(len(node.cards)))
    return range(len(node.cards))


def _strangers(scene: Scene, node: Node) -> Sequence[int]:
    slot = len(node.cards) - 1
    node.cards[slot].since = scene.origin - STRANGER
    node.cards[slot].memory = node.kind.memory * 2 // 5
    node.busy.add(slot)
    return [slot]


def _hostile(scene: Scene, node: Node) -> Sequence[int]:
    task = Task(HOSTILE[:200], "training", f"python {HOSTILE}"[:200], 0.5, 0.8)
    scene.hold(node, [0], task, 1.7 * HOUR, 11)
    return [0]


_Play = Callable[[Scene, Node], Sequence[int]]


def _linked(node: Node) -> bool:
    return node.kind.links > 0


def _nvidia(node: Node) -> bool:
    return node.kind.vendor == "nvidia"


def _corrects(node: Node) -> bool:
    return "ecc_corrected" not in node.kind.unsupported


def _mig_capable(node: Node) -> bool:
    return node.kind is A100


def _desktop(node: Node) -> bool:
    return node.kind is RTX4090


_STAGES: tuple[tuple[str, int, Callable[[Node], bool], tuple[tuple[str, _Play], ...]], ...] = (
    # What the node may be, how many cards it needs, and the stories that share it.
    ("idle", 1, _linked, (("idle allocation", _idle),)),
    ("lost", 2, _linked, (("card lost", _lost), ("Xid 79", _lost))),
    ("idle cards", 2, _linked, (("multi-GPU job with idle cards", _idle_cards),)),
    ("hot", 1, _nvidia, (("thermal throttling", _hot),)),
    ("down", 1, _nvidia, (("node down", _down),)),
    ("slow", 3, _nvidia, (("card slower than its equals", _slow),)),
    ("links", 2, _linked, (("NVLink errors", _links),)),
    ("hung", 1, _nvidia, (("hung mount", _hung),)),
    ("stale", 1, _nvidia, (("stale node", _stale),)),
    ("stalled", 1, _nvidia, (("driver does not answer", _stalled),)),
    ("memory", 1, _corrects, (("uncorrected memory error", _memory),)),
    ("mig", 1, _mig_capable, (("MIG node", _mig),)),
    ("strangers", 2, _desktop, (("process outside any job", _strangers), ("hostile name", _hostile))),
)


def stage(scene: Scene) -> None:
    """Play every story that the lab has room for; at most half of the nodes with cards take part."""
    order = [node for node in scene.nodes if node.cards]
    room = (len(order) + 1) // 2 if len(order) > 1 else 0
    Random(scene.shape.seed).shuffle(order)  # noqa: S311 - a simulation, not a secret
    for _name, cards, fits, plays in _STAGES:
        node = next((node for node in order if not node.staged and len(node.cards) >= cards and fits(node)), None)
        if node is None or room == 0:
            continue
        room -= 1
        node.staged = True
        for title, play in plays:
            scene.stories.append(Story(title, node.name, tuple(play(scene, node))))
        for card in node.cards:
            card.odd = bool(card.lost or card.hot or card.slow or card.parts or card.memory)
