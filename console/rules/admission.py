"""Who may collect for a lab and who may follow it, by what the kernel and the system say of a caller."""

import msgspec

from backends.record import Trouble
from console.language import N_
from console.model.config import Team


class Caller(msgspec.Struct, frozen=True):
    """Somebody as the system knows them."""

    uid: int
    name: str
    """The number in words where the system has no name for it."""
    in_group: bool = False
    """Whether they are in the group of the team."""


def may_collect(team: Team, caller: Caller, owner: int | None) -> bool:
    """Whether somebody may collect: who is named or, where nobody is, who owns the folder, and root.

    Args:
        team: of the configuration.
        caller: who wants to.
        owner: the uid of the folder's owner; None where there is no folder yet.
    """
    if team.collectors:
        return caller.name in team.collectors
    return owner is None or caller.uid in (owner, 0)


def may_follow(team: Team, caller: Caller, collector: int) -> bool:
    """Whether somebody may follow a collector that runs as the user `collector`."""
    return (
        caller.uid in (collector, 0)
        or caller.name in (*team.collectors, *team.members)
        or (team.group is not None and caller.in_group)
    )


def refusal(team: Team, collector: str) -> Trouble:
    """What is said to somebody who may not follow: whom to ask."""
    if not (team.collectors or team.members or team.group):
        text = N_("This lab belongs to {owner}.")
        return Trouble(text, N_("Ask {owner} to name you in [team] of the configuration."), {"owner": collector})
    text = N_("You are not in this lab's team.")
    return Trouble(text, N_("Ask {names} to let you in."), {"names": ", ".join(team.collectors or (collector,))})


def waiting(team: Team, owner: str) -> Trouble:
    """What is said to somebody who may follow, and not collect, while nobody collects."""
    names = ", ".join(team.collectors or (owner,))
    text = N_("No collector runs; {names} may start one.")
    return Trouble(text, N_("Ask one of them to open a console, or to start quarterdeck collect."), {"names": names})


def locked_out(team: Team, owner: str) -> Trouble:
    """What is said to somebody whom the system does not let into the lab's folder."""
    names = ", ".join(team.collectors or (owner,))
    return Trouble(N_("You may not enter the folder of this lab."), N_("Ask {names} to let you in."), {"names": names})
