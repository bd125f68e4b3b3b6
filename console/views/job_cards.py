"""What the page of a job shows of its cards: each now, or its nodes where they are many, and their life as a plot."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from backends.jobs import Job
from console.language import _, ngettext
from console.model.history import UNKNOWN_UTIL, Curve, Curves, Timeline
from console.model.judged import JudgedCard, JudgedNode, Status
from console.views import plots, units
from console.views.node_devices import STYLES, figure_of
from widgets.models import Cell, Grid, Item, Paragraph, Section, Span, Spark

EACH = 16
"""Cards up to which each has a line of its own; of more each node has one."""
SHOWN = 64
"""Lines of the list at most."""
NODES = 32
"""Nodes of whose cards the past is asked at most."""
SPARKS = 8
"""Cards that have a small plot of their own."""
Found = Callable[[str], JudgedNode | None]
"""Finds a node by the scheduler's name for it."""


def places(job: Job, node: Found) -> list[tuple[JudgedNode, JudgedCard]]:
    """The cards that it holds, as far as their slots are known."""
    found: list[tuple[JudgedNode, JudgedCard]] = []
    for held in job.held:
        judged = node(held.node)
        if judged is not None and held.slots is not None:
            found += [(judged, card) for card in judged.cards if card.card.slot in held.slots]
    return found


def nodes(job: Job, node: Found) -> tuple[str, ...]:
    """The lab's names of its nodes."""
    names = job.nodes or tuple(held.node for held in job.held)
    return tuple(dict.fromkeys(judged.node.name for name in names if (judged := node(name)) is not None))


def now(job: Job, node: Found) -> Section | None:
    """What its cards do now; None where it has none."""
    if not any(held.count != 0 and held.slots != () for held in job.held):
        return None  # its nodes alone
    cards = places(job, node)
    items: list[Item] = []
    if cards:
        items.append(_each(cards) if len(cards) <= EACH else _by_node(cards))
    for held in job.held:
        if held.slots is None or node(held.node) is None:
            count = held.count if held.slots is None else len(held.slots)
            text = ngettext(
                "{node}: {count} GPU; nobody says which, or nothing is known of the node",
                "{node}: {count} GPUs; nobody says which, or nothing is known of the node",
                count or 0,
            )
            items.append(Paragraph(Span(text.format(node=held.node, count=units.number(count)), "dim")))
    title = ngettext("{count} GPU", "{count} GPUs", len(cards)).format(count=len(cards)) if cards else _("GPUs")
    return Section(title, tuple(items[:SHOWN]))


def _each(cards: Sequence[tuple[JudgedNode, JudgedCard]]) -> Grid:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Span(node.node.name, "accent", f"node:{node.node.name}"),
            Span(str(card.card.slot), "accent", f"gpu:{node.node.name}:{card.card.slot}"),
            Span(_(str(card.status)), STYLES.get(card.status, "critical")),
            units.percent(figure_of(card, "util")),
            f"{units.size(figure_of(card, 'memory_used'))}/{units.size(card.card.memory)}",
            units.celsius(figure_of(card, "temperature")),
            units.watts(figure_of(card, "power")),
        )
        for node, card in cards
    )
    titles = (_("NODE"), "#", _("STATE"), _("UTIL"), _("MEMORY"), _("TEMP"), _("POWER"))
    return Grid(titles, rows, frozenset({1, 3, 4, 5, 6}))


def _by_node(cards: Sequence[tuple[JudgedNode, JudgedCard]]) -> Grid:
    """A line for each node: how many of its cards, what they do, and the one that does least."""
    of: dict[str, list[JudgedCard]] = {}
    for node, card in cards:
        of.setdefault(node.node.name, []).append(card)
    rows: list[tuple[Cell, ...]] = []
    for name, own in of.items():
        utils = _numbers(own, "util")
        wrong = sum(card.status not in (Status.OK, Status.UNKNOWN) for card in own)
        rows.append(
            (
                Span(name, "accent", f"node:{name}"),
                str(len(own)),
                Span(str(wrong), "warning") if wrong else Span("-", "dim"),
                units.percent(sum(utils) / len(utils) if utils else None),
                units.percent(min(utils, default=None)),
                units.size(max(_numbers(own, "memory_used"), default=None)),
                units.celsius(max(_numbers(own, "temperature"), default=None)),
            )
        )
    titles = (_("NODE"), _("GPUS"), _("WRONG"), _("UTIL"), _("LOWEST"), _("MOST MEMORY"), _("HOT"))
    return Grid(titles, tuple(rows), frozenset({1, 2, 3, 4, 5, 6}))


def _numbers(cards: Sequence[JudgedCard], name: str) -> list[float]:
    values = [figure_of(card, name) for card in cards]
    return [value for value in values if isinstance(value, int | float)]


def past(job: Job, node: Found, answer: Timeline, all_nodes: int) -> list[Item]:
    """The utilisation of its cards over its life: the mean with a band, and a small plot for each of the first."""
    own = {f"{judged.node.name}:{card.card.slot}": card for judged, card in places(job, node)}
    if not own and (job.gpus or 0) < len(answer.rows):  # it had a part of its nodes: the rest is other people's
        text = _("Nobody says which GPUs it has; {figure} is known of single GPUs only.")
        return [Paragraph(Span(text.format(figure=_("utilisation")), "dim"))] if job.gpus else []
    rows = {row.key: row.util for row in answer.rows if not own or row.key in own}
    curve = mean(rows)
    if curve is None:
        return []
    scale = plots.Scale("util", _mean_of(len(rows)), units.percent, 100.0)
    found: list[Item] = [*plots.plots((scale,), Curves(answer.since, answer.step, (curve,)))]
    if all_nodes > NODES:
        text = _("of the cards of the first {count} of {all} nodes").format(count=NODES, all=all_nodes)
        found.append(Paragraph(Span(text, "dim")))
    if len(rows) > 1:
        found += _sparks(rows)
    return found


def _mean_of(count: int) -> str:
    if count == 1:
        return _("utilisation")
    return _("utilisation, mean of {count} GPUs; the band is from the lowest to the highest").format(count=count)


def _sparks(rows: Mapping[str, bytes]) -> Iterator[Item]:
    for key, util in list(rows.items())[:SPARKS]:
        values = tuple(None if value == UNKNOWN_UTIL else float(value) for value in util)
        known = [value for value in values if value is not None]
        said = units.percent(sum(known) / len(known) if known else None)
        yield Spark(f"{key} {said}", values, 100.0)
    if len(rows) > SPARKS:
        yield Paragraph(Span(_("the first {count} of them").format(count=SPARKS), "dim"))


def mean(rows: Mapping[str, bytes]) -> Curve | None:
    """The mean of several rows of utilisation, with the lowest and the highest; None where nothing was measured."""
    slots = zip(*rows.values(), strict=True)
    return plots.band("util", ([float(each) for each in slot if each != UNKNOWN_UTIL] for slot in slots))
