"""The socket beside the database: bound, found and checked; it knows no message."""

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

_LONGEST = 100
"""A Unix socket's path may have 107 bytes; the name under /proc that stands for a long one is short."""

_UCRED = struct.Struct("iII")
"""struct ucred: pid_t is signed; uid_t and gid_t are not, and directories give out numbers from 2^31 on."""

_CONNECTING = 3.0
"""Seconds; a connection within one machine needs microseconds unless nobody takes callers any more."""


class Peer(msgspec.Struct, frozen=True):
    """Who is at the other end, as the kernel says."""

    pid: int
    uid: int
    gid: int


@contextlib.contextmanager
def reachable(path: Path) -> Iterator[str]:
    """Give a name for the socket that is short enough for the kernel."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def bound(path: Path, mode: int = 0o600, gid: int | None = None) -> socket.socket:
    """Bind a listening socket at the path with a mode and a group, replacing what a dead collector left there.

    The caller holds the collector's lock. The socket appears under its name only once it listens and its mode is set.
    """
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with reachable(fresh) as name:
            listener.bind(name)
        fresh.chmod(0o600)
        if gid is not None:
            os.chown(fresh, -1, gid)
        fresh.chmod(mode)
        listener.listen(64)
        listener.setblocking(False)
        fresh.rename(path)
    except BaseException:
        listener.close()
        raise
    return listener


async def connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect.

    Raises:
        FileNotFoundError, ConnectionRefusedError: nobody listens.
        TimeoutError: somebody listens and does not answer; its queue of callers is full.
    """
    with reachable(path) as name:
        async with asyncio.timeout(_CONNECTING):
            return await asyncio.open_unix_connection(name)


def tells_peers() -> bool:
    """Whether the kernel says who calls, as Linux does."""
    return hasattr(socket, "SO_PEERCRED")


def peer(sock: socket.socket) -> Peer | None:
    """Who calls; None where the kernel cannot say."""
    if not tells_peers():
        return None
    return Peer(*_UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)))
