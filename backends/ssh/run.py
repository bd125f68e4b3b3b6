"""One command on many hosts, over the connections that are held; and their answers, equal ones folded together."""

import asyncio
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from backends.record import N_, Trouble
from backends.ssh.pool import Pool
from backends.ssh.route import Route
from backends.ssh.session import Session
from backends.ssh.words import Unreachable, place, words_of

MOST = 64 << 10
"""Bytes of output, and of error output, that are kept of each host."""


class Result(msgspec.Struct, frozen=True):
    """What came of a command on one host. Output is hostile text."""

    name: str
    seconds: float
    """From the start of the round; a host may have waited for its turn."""
    status: int | None = None
    """Exit status; None where it did not exit by itself."""
    output: bytes = b""
    errors: bytes = b""
    cut: bool = False
    """Whether more came than is kept."""
    trouble: Trouble | None = None
    """Why there is no exit status."""


class Fold(msgspec.Struct, frozen=True):
    """Hosts whose commands ended alike and said the same."""

    names: tuple[str, ...]
    folded: str
    """The names as a node set: ``gpu[01-16]``."""
    status: int | None
    output: bytes
    errors: bytes
    trouble: Trouble | None
    """That of the first host."""


async def run(
    pool: Pool,
    routes: Mapping[str, Route],
    argv: Sequence[str],
    *,
    at_once: int = 64,
    timeout: float = 60.0,  # noqa: ASYNC109 - of each host, not of the call
    most: int = MOST,
    on_progress: Callable[[Result], None] | None = None,
) -> dict[str, Result]:
    """Run a command on every host, and return what came of it, by name, in the order of ``routes``.

    Args:
        pool: the connections; one that is missing is made.
        routes: the hosts, by name.
        argv: the command and its arguments; each arrives as it is, whatever is in it. Its input is empty.
        at_once: hosts on which it runs at the same time.
        timeout: seconds for one host; what runs longer is left, after a TERM that sshd passes on to all but root.
        most: bytes of output, and of error output, to keep of each host.
        on_progress: called as each result comes in.
    """
    line = shlex.join(argv)
    turn = asyncio.Semaphore(at_once)
    began = asyncio.get_running_loop().time()

    async def one(name: str, route: Route) -> Result:
        async with turn:
            result = await _one(pool, name, route, line, timeout, most, began)
        if on_progress is not None:
            on_progress(result)
        return result

    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(one(name, route)) for name, route in routes.items()}
    return {name: task.result() for name, task in tasks.items()}


def folded(results: Iterable[Result]) -> list[Fold]:
    """Group results that are alike, the largest group first."""
    alike: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        trouble = result.trouble
        why = None if trouble is None else trouble.text
        alike.setdefault((result.status, result.output, result.errors, why), []).append(result)
    folds = [
        Fold(tuple(one.name for one in group), node_set([one.name for one in group]), *_said(group[0]))
        for group in alike.values()
    ]
    return sorted(folds, key=lambda fold: -len(fold.names))


def node_set(names: Sequence[str]) -> str:
    """Write names as a node set; as they are, with commas, where one of them is no name of a node."""
    from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet, NodeSetException  # type: ignore[import-untyped]  # has none

    try:
        return str(NodeSet.fromlist(names, resolver=RESOLVER_NOGROUP))
    except NodeSetException:
        return ",".join(names)


def _said(result: Result) -> tuple[int | None, bytes, bytes, Trouble | None]:
    return result.status, result.output, result.errors, result.trouble


async def _one(pool: Pool, name: str, route: Route, line: str, limit: float, most: int, began: float) -> Result:
    loop = asyncio.get_running_loop()
    session: Session | None = None
    trouble = None
    try:
        async with asyncio.timeout(limit):
            session = await pool.session(route, line, most=most)
            session.end_input()
            await session.finish()
    except Unreachable as failure:
        trouble = failure.trouble
    except TimeoutError:
        text = N_("The command was not done on {host} within {seconds} s.")
        trouble = Trouble(text, "", {**place(route), "seconds": f"{limit:g}"})
    finally:
        if session is not None:
            session.end()
    if session is None:
        return Result(name, loop.time() - began, trouble=trouble)
    if trouble is None and session.status is None:
        trouble = _broken(session, route)
    output, errors = bytes(session.output), bytes(session.errors)
    return Result(name, loop.time() - began, session.status, output, errors, session.cut, trouble)


def _broken(session: Session, route: Route) -> Trouble:
    values = place(route)
    if session.signal is not None:
        return Trouble(
            N_("The command on {host} was ended by signal {signal}."), "", {**values, "signal": session.signal}
        )
    why = words_of(session.lost) if session.lost is not None else "-"
    return Trouble(
        N_("{host} ended the session without saying how the command ended: {why}"), "", {**values, "why": why}
    )
