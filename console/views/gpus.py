"""What the pane `gpus` shows: a block for each node, a cell for each card, and what is under the cursor."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from backends.jobs import Queues
from backends.records import LinkState
from console.language import _, ngettext
from console.model.fields import quoted
from console.model.freshness import Group, age
from console.model.judged import JudgedCard, JudgedNode, Status
from console.model.severity import Severity
from console.views import heat, units
from console.views.heat import Metric
from console.views.node_figures import rack
from console.views.words import say, tell
from themes.glyphs import Glyphs
from widgets.models import Block, Span

Before = Mapping[str, bytes]
"""The codes that were shown, by node, for the hysteresis."""
NONE_OUT: Mapping[str, str] = {}
Passes = Callable[[JudgedNode, JudgedCard], bool]


class Picture(msgspec.Struct, frozen=True):
    """All blocks, and how many of the cards are in them."""

    blocks: tuple[Block, ...]
    shown: int
    cards: int


def picture(
    nodes: Iterable[JudgedNode],
    metric: Metric,
    glyphs: Glyphs,
    mono: float,
    before: Before,
    passes: Passes | None = None,
    out: Mapping[str, str] = NONE_OUT,
) -> Picture:
    """Draw nodes in their order.

    A filter leaves out nodes without a card that passes, and blanks the other cards of those that stay.
    """
    blocks: list[Block] = []
    shown = cards = 0
    for node in nodes:
        cards += len(node.cards)
        old = before.get(node.node.name, b"")
        codes = heat.codes(metric, node.cards, old)
        hits = len(codes)
        if passes is not None:
            for index, card in enumerate(node.cards):
                if not passes(node, card):
                    codes[index] = heat.BLANK
                    hits -= 1
            if not hits:
                continue
        shown += hits
        text, style = note(node, glyphs, mono, out.get(node.node.name))
        blocks.append(Block(node.node.name, node.node.name, bytes(codes), text, style, "", rack(node) or ""))
    return Picture(tuple(blocks), shown, cards)


def joined(parts: Iterable[Picture]) -> Picture:
    """One picture of those of parts of the fleet."""
    parts = list(parts)
    blocks = tuple(block for part in parts for block in part.blocks)
    return Picture(blocks, sum(part.shown for part in parts), sum(part.cards for part in parts))


def out_of_service(told: Iterable[Queues]) -> dict[str, str]:
    """Nodes that take no new jobs, by name, with the reason that their scheduler names."""
    return {
        each.node: _("drained: {reason}").format(reason=each.reason) if each.reason else _("drained")
        for said in told
        for each in said.capacities
        if each.usable is False
    }


def note(node: JudgedNode, glyphs: Glyphs, mono: float, out: str | None = None) -> tuple[str, str]:
    """What is said beside a node, and in which style: first what is wrong, then who has it.

    Args:
        node: the node.
        glyphs: the signs.
        mono: now.
        out: what `out_of_service` says of it.
    """
    wrong = _wrong(node, glyphs, mono)
    if wrong is not None:
        return wrong
    if out is not None:
        return f"{glyphs.drained} {out}", "warning"
    if not node.cards:
        return _host(node), "dim"
    lost = sum(card.status is Status.LOST for card in node.cards) if node.status is Status.CRITICAL else 0
    if lost:
        return f"{glyphs.critical} " + ngettext("{count} GPU lost", "{count} GPUs lost", lost).format(
            count=lost
        ), "critical"
    people = node.people
    if not people:
        return _("free"), "dim"
    first = people[0]
    text = first.user or "?"
    if len(people) > 1:
        text += f" +{len(people) - 1}"
    idle = _idle(node)
    if idle:
        text += f" {glyphs.flag} " + _("idle")
    if first.name and len(people) == 1:
        text += f"  {first.name}"
    return text, "warning" if idle else ""


def _wrong(node: JudgedNode, glyphs: Glyphs, mono: float) -> tuple[str, str] | None:
    link = node.node.link
    if link is not None and link.state is LinkState.DOWN:
        reason = say(link.trouble) if link.trouble is not None else _("unreachable")
        return f"{glyphs.critical} {reason}", "critical"
    if node.stale:
        return f"{glyphs.stale} " + units.age(age(node.node, Group.SAMPLE, mono)), "stale"
    if node.status is Status.SILENT and node.node.sample is not None:
        since = units.time_of_day(node.node.sample.reader_since)
        return f"{glyphs.critical} " + _("driver silent since {time}").format(time=since), "critical"
    if node.node.sample is None:
        return _("no data yet"), "dim"
    for point in node.points:
        if point.severity is Severity.CRITICAL:
            return f"{glyphs.critical} {tell(point)}", "critical"
    return None


def _host(node: JudgedNode) -> str:
    sample = node.node.sample
    host = sample.host if sample is not None else None
    cpu = units.percent(host.cpu if host is not None else None)
    return _("CPU {percent}").format(percent=cpu)


def _idle(node: JudgedNode) -> bool:
    """Whether the scheduler gave out some cards of a node, and none of them does anything."""
    found = False
    for card in node.cards:
        if card.owner is not None and card.owner.allocated:
            if card.gpu is None or card.gpu.util != 0:
                return False
            found = True
    return found


class Order(msgspec.Struct, frozen=True):
    """How nodes are sorted."""

    key: str = "node"
    reverse: bool = False

    def sort(self, nodes: Iterable[JudgedNode]) -> Sequence[JudgedNode]:
        """Sort; unknown values come last in either direction."""
        if self.key == "node":
            found = list(nodes)
            return found[::-1] if self.reverse else found
        known: list[tuple[float, JudgedNode]] = []
        rest: list[JudgedNode] = []
        for node in nodes:
            value = _value(node, self.key)
            if value is None:
                rest.append(node)
            else:
                known.append((value, node))
        known.sort(key=lambda entry: entry[0], reverse=self.reverse)
        return [node for _value_, node in known] + rest


ORDERS = ("node", "util", "mem", "temp", "power", "health")


def _value(node: JudgedNode, key: str) -> float | None:
    """The mean over a node's cards; for health the worst."""
    if key == "health":
        order = list(Status)
        return float(max((order.index(card.status) for card in node.cards), default=order.index(node.status)))
    if node.stale:
        return None
    metric = Metric(key)
    values = [heat.share(metric, card.card, card.gpu) for card in node.cards if card.gpu is not None]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def under_cursor(node: JudgedNode, slot: int, glyphs: Glyphs, mono: float, out: str | None = None) -> tuple[Span, ...]:
    """The breadcrumb's last steps: the node, the card, and its figures in a few words; what is wrong comes first."""
    found = [Span(f" {glyphs.separator} ", "dim"), Span(node.node.name, "title", f"node:{node.node.name}")]
    if not 0 <= slot < len(node.cards):
        return (*found, Span("  " + note(node, glyphs, mono, out)[0], "dim"))
    card = node.cards[slot]
    found += [
        Span(f" {glyphs.separator} ", "dim"),
        Span(f"GPU {card.card.slot}", "title", f"gpu:{node.node.name}:{card.card.slot}"),
        *_trouble(node, card, glyphs, mono, out),
        Span("  " + "  ".join(part for part in _figures(card) if part), "dim"),
    ]
    return tuple(found)


def _trouble(node: JudgedNode, card: JudgedCard, glyphs: Glyphs, mono: float, out: str | None) -> Iterator[Span]:
    """What is wrong with a card whose figures do not say it, or with its node."""
    if card.status in (Status.WARNING, Status.CRITICAL) and card.points:
        sign, style = (glyphs.critical, "critical") if card.status is Status.CRITICAL else (glyphs.warning, "warning")
        yield Span(f"  {sign} {tell(card.points[0])}", style)
    elif (wrong := _wrong(node, glyphs, mono)) is not None and node.status is not Status.SILENT:
        yield Span(f"  {wrong[0]}", wrong[1])
    elif out is not None:
        yield Span(f"  {glyphs.drained} {out}", "warning")


def _figures(card: JudgedCard) -> tuple[str, ...]:
    gpu, owner = card.gpu, card.owner
    who = (owner.user or "?", owner.name or "") if owner is not None else ("",)
    if gpu is None or card.status in (Status.LOST, Status.SILENT, Status.DOWN, Status.BROKEN):
        said = tell(card.points[0]) if card.points else _(str(card.status))
        return (card.card.name or "", said, *who)
    return (
        card.card.name or "",
        units.percent(gpu.util),
        f"{units.size(gpu.memory_used)}/{units.size(card.card.memory)}",
        units.celsius(gpu.temperature),
        units.watts(gpu.power),
        *who,
    )


def jumps(node: JudgedNode, card: JudgedCard | None) -> Sequence[tuple[str, str]]:
    """Where one can go from a node or from one of its cards: targets of links with their titles."""
    name = node.node.name
    places = [(f"node:{name}", _("node {name}").format(name=name))]
    if card is None:
        return places
    places.insert(0, (f"gpu:{name}:{card.card.slot}", f"{name} GPU {card.card.slot}"))
    owner = card.owner
    if owner is not None and owner.job:
        places.append((f"job:{owner.job}", _("job {name}").format(name=owner.job)))
    if owner is not None and owner.user:
        places.append((f"in:jobs:user={quoted(owner.user)}", _("all jobs of {name}").format(name=owner.user)))
        places.append((f"filter:user={quoted(owner.user)}", _("all GPUs of {name}").format(name=owner.user)))
    if owner is not None and owner.job:
        places.append((f"filter:job={quoted(owner.job)}", _("all GPUs of job {name}").format(name=owner.job)))
    if card.card.name:
        places.append((f"filter:name={quoted(card.card.name)}", _("all {name}").format(name=card.card.name)))
    return places


def legend(metric: Metric, glyphs: Glyphs) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The line above the picture: what the signs mean, and what else can be shown."""
    signs = heat.signs(glyphs)

    def sign(code: int) -> Span:
        return Span(signs[code].glyph, signs[code].style)

    found = [Span(f"{metric}  ", "accent")]
    if metric is Metric.HEALTH:
        for code, word in ((heat.OK, _("ok")), (heat.WARNING, _("warning")), (heat.CRITICAL, _("critical"))):
            found += [sign(code), Span(f" {word}  ", "dim")]
    elif metric is Metric.OWNER:
        found += [
            Span(_("a letter and a colour for each user") + "  ", "dim"),
            sign(heat.FREE),
            Span(" " + _("free") + "  ", "dim"),
        ]
    else:
        low, high, unit = _SCALES[metric]
        for number in range(0, heat.LEVELS, 3):
            edge = low + (high - low) * number / heat.LEVELS
            found += [Span(f"{edge:.0f}{unit} ", "dim"), sign(heat.LEVEL + number), Span(" ")]
        found.append(Span(f"{high:.0f}{unit}   ", "dim"))
        if metric is Metric.UTIL:
            found += [sign(heat.FREE), Span(" " + _("free") + "  ", "dim")]
    rest = (
        *((heat.LOST, _("lost")), (heat.BROKEN, _("broken")), (heat.SILENT, _("silent")), (heat.DOWN, _("down"))),
        *((heat.STALE, _("stale")), (heat.UNKNOWN, _("unknown")), (heat.UNSUPPORTED, "n/a")),
    )
    for code, word in rest:
        found += [sign(code), Span(f" {word}  ", "dim")]
    return tuple(found), (Span(glyphs.dot.join(Metric), "dim"),)


_SCALES = {
    Metric.UTIL: (0, 100, ""),
    Metric.MEMORY: (0, 100, "%"),
    Metric.TEMPERATURE: (heat.COLD, heat.HOT, "°"),
    Metric.POWER: (0, 100, "%"),
}
