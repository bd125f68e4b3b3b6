"""The verbs without a screen: the same data as in the console, printed."""

import asyncio
import shutil
import sys
from pathlib import Path

import msgspec

from backends.secrets.chain import chain
from console.language import _, ngettext
from console.model.checks import Outcome
from console.model.exits import Exit
from console.model.judged import JudgedNode
from console.model.nodesets import NodeSetError, unfold
from console.model.settings import Settings
from console.printed import NAME, complain, escaped, looks, write
from console.rules.filters import FilterError, parse
from console.rules.jobs.judge import JobJudge
from console.rules.judge import Judge
from console.services.clock import MachineClock
from console.services.doctor.examination import checks
from console.services.follower import Glance
from console.services.remembered import asking
from console.services.tty import Terminal
from console.store.folder import Folder
from console.views import cells, export, units, window
from console.views.listing import LISTINGS, Listing, Seen, formed, sources
from console.views.rows import Row
from console.views.words import say, tell

MANY = 8
"""Nodes of which every step is printed; of more only what is not as it should be, and their number."""


NAMED = {"jobs": "job", "queues": "queue", "partitions": "queue", "platform": "service"}
"""Of listings that are not of nodes the value by which a thing is named."""
OF_CARDS = frozenset({"gpus", "processes"})
"""Where cards may be missing because their node does not answer, which is said beside them."""


def _judged(glance: Glance) -> list[JudgedNode]:
    return Judge().fleet(glance.fleet, glance.clock.mono(), glance.clock.wall())


def _seen(kind: str, glance: Glance, nodes: list[JudgedNode], judge: JobJudge) -> Seen:
    """What is so at that moment, as far as a listing of that kind asks for it."""
    fleet, mono, wall = glance.fleet, glance.clock.mono(), glance.clock.wall()
    if kind == "jobs":
        return Seen(mono, wall, nodes, jobs=judge.jobs(fleet, nodes, mono, wall))
    if kind in ("queues", "partitions"):
        return Seen(mono, wall, nodes, queues=judge.queues(fleet, nodes, wall, window.midnight(wall)))
    return Seen(mono, wall, nodes, services=tuple(fleet.services.values()))


async def get(settings: Settings, kind: str, name: str | None, output: str, expression: str, watch: bool) -> Exit:
    """Print a list once, or again at every interval until it is interrupted."""
    listing = LISTINGS[kind]()
    try:
        wanted = parse(expression, listing.fields)
    except FilterError as error:
        before = cells.width(NAME + cells.harmless(expression[: error.column]))
        complain(f"{expression}\n{' ' * before}^ {error}")
        return Exit.USAGE
    complete = True
    judge = JobJudge()
    try:
        async for glance in looks(settings, settings.interval if watch else None):
            complete = glance.complete
            for trouble in glance.troubles:
                complain(say(trouble))
            nodes, rows = _found(listing, glance, name, judge)
            if name is not None and not rows and not nodes:
                what = NAMED.get(listing.kind, "node")
                complain(_("There is no {kind} {name}.").format(kind=_(what), name=name))
                return Exit.FAILED
            text = _formed(listing, [row for row in rows if wanted.matches(row, listing.text(row))], output, glance)
            write(escaped(text) if output == "json" else text)
            if listing.kind in OF_CARDS and not expression:
                for node in nodes:
                    _complain_of(node)
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass
    return Exit.DONE if complete else Exit.PARTIAL


def _found(listing: Listing, glance: Glance, name: str | None, judge: JobJudge) -> tuple[list[JudgedNode], list[Row]]:
    """The rows of a listing, of one thing alone where it is named; and the nodes that they tell of."""
    nodes = _judged(glance)
    if listing.kind not in NAMED:
        nodes = [node for node in nodes if name in (None, node.node.name)]
        return nodes, listing.rows(_seen(listing.kind, glance, nodes, judge))
    rows = listing.rows(_seen(listing.kind, glance, nodes, judge))
    return [], [row for row in rows if name is None or row[NAMED[listing.kind]] == name]


def _formed(listing: Listing, rows: list[Row], output: str, glance: Glance) -> str:
    told = sources(glance.fleet)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    wall = glance.clock.wall()
    return formed(listing, rows, output, wall, sources=told, complete=glance.complete, width=width)


async def status(settings: Settings) -> Exit:
    """Print one table of the lab's nodes under a line that sums them up."""
    complete = True
    async for glance in looks(settings, None):
        nodes = _judged(glance)
        complete = glance.complete
        write(_summary(glance, nodes) + "\n")
        listing = LISTINGS["nodes"]()
        rows = listing.rows(Seen(glance.clock.mono(), glance.clock.wall(), nodes))
        write(export.table(rows, listing.columns))
        for trouble in glance.troubles:
            complain(say(trouble))
    if not complete:
        complain(_("Some sources did not answer; what they know is missing here."))
    return Exit.DONE


def _summary(glance: Glance, nodes: list[JudgedNode]) -> str:
    cards = [card for node in nodes for card in node.cards]
    wrong = sum(1 for card in cards if card.points) + sum(1 for node in nodes if node.points)
    parts = [
        glance.lab,
        *([_("SIMULATED")] if glance.simulated else []),
        ngettext("{count} node", "{count} nodes", len(nodes)).format(count=len(nodes)),
        ngettext("{count} GPU", "{count} GPUs", len(cards)).format(count=len(cards)),
        ngettext("{count} problem", "{count} problems", wrong).format(count=wrong),
        units.instant(glance.clock.wall()),
    ]
    return " · ".join(parts)


def _complain_of(node: JudgedNode) -> None:
    """Say of a node why its cards may be missing from a list of cards or processes."""
    for point in node.points:
        if point.code in ("driver", "down"):
            complain(f"{node.node.name}: {tell(point)}")


async def doctor(settings: Settings, output: str, bundle: Path | None = None, only: str = "") -> Exit:
    """Print what works here and what does not; `Exit.WRONG` where something does not.

    Args:
        settings: of the lab.
        output: ``table`` or ``json``.
        bundle: where a bundle for a report is written; then that is what is printed.
        only: a set of nodes, ``gpu[01-04]``, which alone are looked at; empty for everything.
    """
    try:
        names = _some(settings, only)
    except NodeSetError as error:
        complain(str(error))
        return Exit.USAGE
    stores, terminal, config = chain(settings.config.secrets.command), Terminal(), settings.config
    # This machine is looked at by its own probe; the others are contacted once, by the examination.
    here = msgspec.structs.replace(settings, config=msgspec.structs.replace(config, nodes=()))
    ask = asking(config, terminal.ask, MachineClock())
    found = [check async for check in checks(settings, looks(here, None), stores, ask, names)]
    items = [msgspec.structs.asdict(check) for check in found]
    document = export.document("checks", MachineClock().wall(), [], items, _CHECKS)
    if bundle is not None:
        return await _bundled(settings, document, bundle)
    if output == "json":
        write(escaped(document))
    else:
        nodes = sum(check.id.endswith(".name") for check in found)
        signs = {Outcome.GOOD: "ok  ", Outcome.NOTE: "note", Outcome.WRONG: "BAD "}
        for check in found:
            if nodes > MANY and check.id.startswith("host.") and check.outcome is Outcome.GOOD:
                continue
            write(f"{signs[check.outcome]}  {check.id:<18} {cells.harmless(check.said)}\n")
            if check.hint:
                write(f"{'':<24} {cells.harmless(check.hint)}\n")
    return Exit.WRONG if any(check.outcome is Outcome.WRONG for check in found) else Exit.DONE


def _some(settings: Settings, only: str) -> tuple[str, ...]:
    """The names of the nodes of a set; all of them must be listed.

    Raises:
        NodeSetError: it is no set, or one is not in the inventory.
    """
    if not only:
        return ()
    known = {node.name for node in settings.config.nodes}
    names = unfold(only, settings.config.groups)
    for name in names:
        if name not in known:
            raise NodeSetError(_("There is no node {name}.").format(name=name))
    return names


async def _bundled(settings: Settings, document: str, path: Path) -> Exit:
    """Write the bundle for a report, and say what is in it."""
    from console.services import follower
    from console.services.doctor import bundle
    from console.services.scrubbing import scrubber_of

    asked = await follower.glance(Folder(settings.folder).socket)
    scrub = scrubber_of(settings, asked[1].fleet if asked is not None else None)
    try:
        parts = await asyncio.to_thread(bundle.write, path, bundle.contents(settings, document, scrub))
    except OSError as error:
        complain(_("Nothing was written: {error}").format(error=error))
        return Exit.FAILED
    write(_("{path} holds, without names, addresses and secrets:").format(path=cells.harmless(str(path))) + "\n")
    for name, size in parts:
        write(f"  {name:<32} {units.size(size):>8}\n")
    write(_("Look into it before you send it; there is no database in it.") + "\n")
    return Exit.DONE


_CHECKS = tuple(export.Column(name, name) for name in ("id", "outcome", "said", "hint"))
