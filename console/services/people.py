"""Who a uid is, as the system says; asking may take seconds where a directory server is slow."""

import asyncio
import contextlib
import grp
import os
import pwd

from console.rules.admission import Caller

REMEMBERED = 60.0
"""Seconds for which an answer holds."""


def name_of(uid: int) -> str:
    """The name of a uid; the number in words where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def gid_of(group: str) -> int:
    """The number of a group.

    Raises:
        LookupError: the system has no such group.
    """
    return grp.getgrnam(group).gr_gid


def caller_of(uid: int, gid: int, group: str | None) -> Caller:
    """Look somebody up.

    Args:
        uid: as the kernel says.
        gid: their present group, as the kernel says.
        group: of the team; whether they are in it is part of the answer.
    """
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return Caller(uid, str(uid))
    if group is None:
        return Caller(uid, name)
    try:
        wanted = gid_of(group)
    except LookupError:
        return Caller(uid, name)
    return Caller(uid, name, wanted in (gid, *os.getgrouplist(name, gid)))


def myself(group: str | None = None) -> Caller:
    """Who runs this process; the groups are those that it has, not those that its user will have after a new login."""
    held = False
    if group is not None:
        with contextlib.suppress(LookupError):
            held = gid_of(group) in (os.getegid(), *os.getgroups())
    return Caller(os.geteuid(), name_of(os.geteuid()), held)


class People:
    """Looks people up off the event loop, and remembers them for a minute."""

    def __init__(self, group: str | None) -> None:
        self._group = group
        self._known: dict[tuple[int, int], tuple[float, Caller]] = {}

    async def caller(self, uid: int, gid: int) -> Caller:
        """Look somebody up."""
        loop = asyncio.get_running_loop()
        known = self._known.get((uid, gid))
        if known is not None and loop.time() < known[0]:
            return known[1]
        found = await loop.run_in_executor(None, caller_of, uid, gid, self._group)
        now = loop.time()
        self._known = {key: each for key, each in self._known.items() if each[0] > now}
        self._known[uid, gid] = (now + REMEMBERED, found)
        return found
