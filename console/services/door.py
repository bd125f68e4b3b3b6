"""Who may do what with a lab's folder: who collects into it, and whom the collector lets in."""

import os

from backends.record import Trouble
from console.language import _
from console.model.config import Team
from console.rules.admission import locked_out, may_collect, may_follow, refusal, waiting
from console.services.link.socket import Peer, tells_peers
from console.services.people import People, gid_of, myself, name_of
from console.store.folder import Folder
from console.store.modes import Modes, modes_of


class MayNotCollect(Exception):  # noqa: N818 - it is an answer, not an accident
    """This user may not collect for this lab, or cannot share it with the team; the message, translated, says why."""


def modes_for(team: Team, folder: Folder) -> Modes:
    """What a collector of this user gives the lab's folder. Asks the system for names, which may take seconds.

    Raises:
        MayNotCollect: somebody else must collect, or there is no such group.
    """
    caller, owner = myself(team.group), folder.owner
    if not may_collect(team, caller, owner):
        who = ", ".join(team.collectors) or name_of(owner if owner is not None else 0)
        raise MayNotCollect(_("only {names} may collect for this lab, not {user}").format(names=who, user=caller.name))
    if team != Team() and not tells_peers():
        raise MayNotCollect(_("this system does not tell who calls on a socket, so that [team] cannot be kept to"))
    if team.group is None:
        return modes_of(team, None)
    try:
        gid = gid_of(team.group)
    except LookupError:
        raise MayNotCollect(_("this machine has no group {name} ([team] group)").format(name=team.group)) from None
    if not caller.in_group and caller.uid != 0:
        words = _("{user} is not in the group {name} ([team] group), and cannot share the lab's folder with it")
        raise MayNotCollect(words.format(user=caller.name, name=team.group))
    return modes_of(team, gid)


def barred(team: Team, folder: Folder) -> tuple[Trouble | None, Trouble]:
    """What a follower says while nobody collects, and where it is not let into the folder.

    The first is None for those who may start a collector.
    """
    caller, owner = myself(team.group), folder.owner
    name = name_of(owner) if owner is not None else "root"
    waits = None if may_collect(team, caller, owner) else waiting(team, name)
    return waits, locked_out(team, name)


class Door:
    """Knows the team; a caller's name comes from the system, its uid from the kernel."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._people = People(team.group)

    async def admit(self, peer: Peer | None) -> Trouble | None:
        """Say why somebody may not follow; None lets them in.

        Where the kernel cannot say who calls, there is no team, and the socket's mode has said who may.
        """
        if peer is None or peer.uid in (os.geteuid(), 0):
            return None
        caller = await self._people.caller(peer.uid, peer.gid)
        if may_follow(self._team, caller, os.geteuid()):
            return None
        return refusal(self._team, name_of(os.geteuid()))
