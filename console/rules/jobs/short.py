"""What a waiting job needs against what is free for it, in one sentence and in figures."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backends.jobs import Queue
from console.language import N_, NN_
from console.model.judged_jobs import Short, Why
from console.rules.jobs import room, service
from console.rules.jobs.counted import counted
from console.rules.jobs.need import Need
from console.rules.jobs.room import Spot


class Verdict(NamedTuple):
    """Whether what a job needs is free."""

    why: Why | None = None
    """None where nothing is to be said."""
    short: tuple[Short, ...] = ()
    fits: bool = False
    """It could start now if nobody went before it."""
    ever: bool = True
    """False: no node could give it what it asks for, even if nobody else were there."""
    more: tuple[Why, ...] = ()
    """What else is to be said: how nodes are that are out of service, and what helps."""


def verdict(need: Need, where: Sequence[Spot], at: float) -> Verdict:
    """Judge whether what a job needs is free.

    Args:
        need: what it needs.
        where: the nodes of its queue.
        at: now, UTC.
    """
    if not where:
        return Verdict()
    may = room.allowed(need, where, None)
    if need.only or not room.could(need, may):
        barred = service.barring(need, where)
        if barred:
            return Verdict(barred[0], _figures(need, may), ever=False, more=barred[1:])
    if not room.could(need, may):
        return Verdict(_never(need, may), _figures(need, may), ever=False)
    if need.reservation is not None or any(spot.reserved for spot in may):
        may = room.allowed(need, may, at)
    if len(may) < (need.pieces if need.apart else 1):
        return Verdict(_set_aside(need), _figures(need, may))
    fits = room.fitting(need, may) >= need.pieces
    why = _enough(need, may) if fits else _too_little(need, may)
    return Verdict(why, () if fits else _figures(need, may), fits)


class Quotum(NamedTuple):
    """A quota that has not enough left for a job."""

    why: Why
    short: Short


def quota(cards: int, queues: Iterable[Queue]) -> Quotum | None:
    """The first quota of cards that has too little left; None where all have enough, or nobody says.

    Args:
        cards: that a job asks for in all.
        queues: its queue, and those above it.
    """
    for queue in queues:
        of_cards = [one for one in queue.quotas if "gpu" in one.resource.casefold() and one.limit is not None]
        left = [(one.limit or 0.0) + (one.may_borrow or 0.0) - (one.used or 0.0) for one in of_cards]
        if cards and of_cards and cards > max(left):
            best = max(0.0, *left)
            limit = sum(one.limit or 0.0 for one in of_cards)
            values = {"cards": str(cards), "queue": queue.name, "left": f"{best:g}", "limit": f"{limit:g}"}
            texts = NN_(
                "needs {cards} GPU; left of the quota of {queue}: {left} of {limit}",
                "needs {cards} GPUs; left of the quota of {queue}: {left} of {limit}",
            )
            return Quotum(counted("quota", texts, cards, values), Short(of_cards[0].resource, float(cards), best))
    return None


def whole(need: Need, where: Sequence[Spot]) -> bool:
    """Whether each piece takes all cards of a node."""
    return need.whole or (need.cards > 0 and all(spot.cards <= need.cards for spot in where))


def _figures(need: Need, may: Sequence[Spot]) -> tuple[Short, ...]:
    if not may:
        return (Short("node", float(need.pieces), 0.0),)
    found = []
    pieces, fit = float(need.pieces), float(sum(spot.pieces(need) for spot in may))
    if whole(need, may):
        empty = sum(spot.takers == 0 for spot in may) if need.whole else fit
        found.append(Short("node", pieces, float(empty), fit))
    elif need.cards:
        free = sum(spot.free for spot in may)
        cards = sum(need.cards * (_cards_only(need, spot)) for spot in may)
        found.append(Short("gpu", pieces * need.cards, float(free), float(cards)))
    if need.apart and len(may) < need.pieces and not found:
        found.append(Short("node", pieces, float(len(may))))
    for name, each, left in (
        ("cpu", need.cpus, [spot.cpus for spot in may]),
        ("memory", need.memory, [spot.memory for spot in may]),
    ):
        known = [one for one in left if one is not None]
        fit = sum(min(one // each, 1 if need.apart else one // each) * each for one in known) if each else 0
        lacks = each and any(one < each for one in known)  # else there are too few nodes, not too little on them
        if lacks and len(known) == len(left) and fit < pieces * each:
            found.append(Short(name, pieces * each, float(sum(known)), float(fit)))
    return tuple(found)


def _cards_only(need: Need, spot: Spot) -> int:
    pieces = spot.free // need.cards
    return min(pieces, 1) if need.apart else pieces


def _never(need: Need, may: Sequence[Spot]) -> Why:
    values = {"needed": str(need.pieces), "cards": str(need.cards), "nodes": str(len(may))}
    if not may:
        return Why("constraints", N_("no node that takes jobs has what it asks for"), values)
    if need.cards > max(spot.whole for spot in may):
        most = max(spot.whole for spot in may)
        if not most:
            return Why("constraints", N_("needs GPUs; no node that takes jobs has any"), values)
        text = N_("needs {cards} GPUs on one node; no node has more than {most}")
        return Why("constraints", text, {**values, "most": str(most)})
    can = sum(spot.ever(need) for spot in may)
    if not can:
        return Why("constraints", N_("needs more CPUs or memory on one node than any has"), values)
    text = N_("needs {needed} nodes; even if all were free, only {could} could take it")
    return Why("constraints", text, {**values, "could": str(can)})


def _set_aside(need: Need) -> Why:
    if need.reservation is not None:
        text = N_("waits for the nodes of its reservation {reservation}")
        return Why("reservation", text, {"reservation": need.reservation})
    return Why("reserved", N_("its nodes are reserved for others before it would end"))


def _enough(need: Need, may: Sequence[Spot]) -> Why:
    values = {"needed": str(need.pieces), "cards": str(need.cards)}
    if need.pieces > 1:
        if whole(need, may):
            return Why("priority", N_("needs {needed} whole nodes, which are free: waits for those before it"), values)
        if not need.cards:
            return Why("priority", N_("needs {needed} nodes, which are free: waits for those before it"), values)
        texts = NN_(
            "needs {cards} GPU on each of {needed} nodes, which are free: waits for those before it",
            "needs {cards} GPUs on each of {needed} nodes, which are free: waits for those before it",
        )
        return counted("priority", texts, need.cards, values)
    best = max(may, key=lambda spot: (spot.pieces(need) > 0, spot.free))
    values |= {"node": best.capacity.node, "free": str(best.free)}
    if not need.cards:
        return Why("priority", N_("what it needs is free on {node}: waits for those before it"), values)
    if need.cards == 1:
        return Why("priority", N_("needs 1 GPU: {free} free on {node}, waits for those before it"), values)
    return Why("priority", N_("needs {cards} GPUs: {free} free on {node}, waits for those before it"), values)


def _too_little(need: Need, may: Sequence[Spot]) -> Why:
    fit = sum(spot.pieces(need) for spot in may)
    free = sum(spot.free for spot in may)
    values = {"needed": str(need.pieces), "cards": str(need.cards), "fit": str(fit), "free": str(free)}
    if whole(need, may):
        if need.pieces == 1:
            return Why("resources", N_("needs 1 whole node, none is free"), values)
        if not fit:
            return Why("resources", N_("needs {needed} whole nodes, none is free"), values)
        texts = NN_("needs {needed} whole nodes, {fit} is free", "needs {needed} whole nodes, {fit} are free")
        return counted("resources", texts, fit, values)
    if need.cards and sum(_cards_only(need, spot) for spot in may) < need.pieces:
        return _cards(need, may, values)
    if need.pieces == 1 and not need.cards and need.cpus and all((spot.cpus or 0) < need.cpus for spot in may):
        most = max(spot.cpus or 0 for spot in may)
        values |= {"cpus": str(need.cpus), "most": str(most)}
        texts = NN_("needs {cpus} CPU, none is free", "needs {cpus} CPUs on one node; at most free on one: {most}")
        return counted("resources", texts, need.cpus, values)
    if need.pieces == 1 and need.cards:
        return Why("resources", N_("GPUs are free, but not enough CPUs or memory beside them"), values)
    if need.pieces == 1:
        return Why("resources", N_("needs more CPUs or memory than is free on one node"), values)
    texts = NN_("needs room on {needed} nodes, {fit} has enough", "needs room on {needed} nodes, {fit} have enough")
    return counted("resources", texts, fit, values)


def _cards(need: Need, may: Sequence[Spot], values: dict[str, str]) -> Why:
    most = max(spot.free for spot in may)
    values = {**values, "most": str(most)}
    if need.pieces > 1:
        return _on_each(need, int(values["fit"]), values)
    if need.cards == 1:
        return Why("resources", N_("needs 1 GPU, none is free"), values)
    if most == 0:
        return Why("resources", N_("needs {cards} GPUs, none is free"), values)
    if int(values["free"]) >= need.cards:
        text = N_("needs {cards} GPUs on one node: {free} are free, but at most {most} on one")
        return Why("fragmented", text, values)
    texts = NN_("needs {cards} GPUs, {free} is free", "needs {cards} GPUs, {free} are free")
    return counted("resources", texts, int(values["free"]), values)


def _on_each(need: Need, fit: int, values: dict[str, str]) -> Why:
    if need.cards == 1:
        texts = NN_(
            "needs 1 GPU on each of {needed} nodes; {fit} has one free",
            "needs 1 GPU on each of {needed} nodes; {fit} have one free",
        )
    else:
        texts = NN_(
            "needs {cards} GPUs on each of {needed} nodes; {fit} has as many free",
            "needs {cards} GPUs on each of {needed} nodes; {fit} have as many free",
        )
    return counted("resources", texts, fit, values)
