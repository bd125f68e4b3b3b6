"""What is seen of a node once somebody is logged in: Python, driver, clock, and what may be read. It is one command."""

import asyncio
import shlex
from collections.abc import AsyncIterator, Callable, Sequence
from importlib import resources
from typing import TYPE_CHECKING, cast

import msgspec

from backends.probe.line import ending, excerpt
from backends.record import N_, Trouble
from backends.ssh.examine_program import MARK
from backends.ssh.launch import NO_PYTHON
from backends.ssh.route import Route
from backends.ssh.session import Session
from backends.ssh.words import place, words_of

if TYPE_CHECKING:
    import asyncssh

LOOKS = ("python", "driver", "skew", "rights")

PATIENCE = 30.0
"""Seconds for the one command."""

SKEW = 2.0
"""Seconds by which a clock may be off."""

_MOST = 64 << 10
"""Bytes that are read of what a node says."""


class _Said(msgspec.Struct, frozen=True):
    python: str
    time: float
    driver: str | None = None
    cards: int = 0
    library: bool = False
    kernel_log: bool = False
    others: bool = False


_Step = tuple[str, str, Trouble]
"""Id, ``ok``, ``note`` or ``wrong``, and what was seen."""


async def look(
    connection: "asyncssh.SSHClientConnection",
    route: Route,
    python: Sequence[str],
    now: Callable[[], float],
) -> AsyncIterator[_Step]:
    """Run the one command and yield what it tells; only ``python`` where it tells nothing.

    Args:
        connection: to the node.
        route: for the words.
        python: interpreters; the first that is there is taken.
        now: UTC in seconds.
    """
    before = now()
    session = await _run(connection, _command(python))
    after = now()
    if isinstance(session, Trouble):
        yield "python", "wrong", msgspec.structs.replace(session, values={**place(route), **session.values})
        return
    said = _read(session)
    if said is None:
        yield "python", "wrong", _instead(session, route, python)
        return
    yield "python", *_python(said)
    yield "driver", *_driver(said)
    yield "skew", *_skew(said.time, before, after)
    yield "rights", *_rights(said, route)


def _command(python: Sequence[str]) -> str:
    program = resources.files("backends.ssh").joinpath("examine_program.py").read_text(encoding="utf-8")
    names = " ".join(map(shlex.quote, python))
    script = (
        f'for p in {names}; do command -v "$p" >/dev/null 2>&1 && exec "$p" -c "$1"; done; '
        f"echo {shlex.quote(NO_PYTHON)} >&2; exit 127"
    )
    return shlex.join(["exec", "sh", "-c", script, "sh", program])


async def _run(connection: "asyncssh.SSHClientConnection", command: str) -> Session | Trouble:
    import asyncssh

    session = Session(_MOST)
    factory = cast("Callable[[], asyncssh.SSHClientSession[bytes]]", lambda: session)
    try:
        async with asyncio.timeout(PATIENCE):
            await connection.create_session(factory, command, encoding=None)
            session.end_input()
            await session.finish()
    except TimeoutError:
        session.end()
        text = N_("A command on {host} has not ended within {seconds} s.")
        hint = N_("A start-up file such as .bashrc, PAM or a hung file system may hold it up.")
        return Trouble(text, hint, {"seconds": f"{PATIENCE:g}"})
    except asyncssh.ChannelOpenError as error:
        text = N_("{host} opens no session: {why}")
        return Trouble(text, N_("MaxSessions in its sshd_config allows none."), {"why": words_of(error)})
    except (asyncssh.Error, OSError) as error:
        return Trouble(N_("{host} ended the connection: {why}"), "", {"why": words_of(error)})
    return session


def _read(session: Session) -> _Said | None:
    _, mark, rest = bytes(session.output).partition(MARK.encode())  # a start-up file may have spoken before
    if not mark:
        return None
    try:
        return msgspec.json.decode(rest.partition(b"\n")[0], type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _instead(session: Session, route: Route, python: Sequence[str]) -> Trouble:
    errors, output = bytes(session.errors), bytes(session.output)
    values = {**place(route), "python": ", ".join(python), "said": ending(output + b"\n" + errors)}
    if NO_PYTHON.encode() in errors:
        text = N_("{host} has no Python: looked for {python}.")
        hint = N_("Install Python 3.6 or newer there, or name where it is in the setting python.")
        return Trouble(text, hint, values)
    if b"pam_slurm_adopt" in errors + output:
        hint = N_("Slurm lets only those in who run a job there; look with an account that is exempt.")
        return Trouble(N_("{host} lets {user} run nothing: {said}"), hint, values)
    text = N_("Python did not start on {host}; instead it said: {said}")
    hint = N_("A ForceCommand, a shell that is a menu, or a start-up file such as .bashrc may stand in the way.")
    return Trouble(text, hint, values)


def _python(said: _Said) -> tuple[str, Trouble]:
    values = {"version": excerpt(said.python.encode())}
    numbers = said.python.split(".")[:2]
    if not all(number.isdigit() for number in numbers) or tuple(map(int, numbers)) < (3, 6):
        hint = N_("The probe needs 3.6 or newer; name another one in the setting python.")
        return "wrong", Trouble(N_("Python {version} is too old"), hint, values)
    return "ok", Trouble(N_("Python {version}"), values=values)


def _driver(said: _Said) -> tuple[str, Trouble]:
    values = {"cards": str(said.cards), "driver": excerpt((said.driver or "").encode())}
    if said.driver and said.library:
        return "ok", Trouble(N_("{cards} NVIDIA cards on the bus; {driver}"), values=values)
    if said.driver:
        text = N_("The NVIDIA driver is loaded, but its library libnvidia-ml.so.1 is not found.")
        return "wrong", Trouble(text, N_("Install the user part of the driver in the same version."), values)
    if said.cards:
        text = N_("There are {cards} NVIDIA cards on the bus, but the driver is not loaded.")
        return "wrong", Trouble(
            text, N_("Install or load it: modprobe nvidia; the kernel log says why it fails."), values
        )
    return "note", Trouble(N_("no NVIDIA card here; only the host itself is watched"), values=values)


def _skew(there: float, before: float, after: float) -> tuple[str, Trouble]:
    """How far the node's clock is from ours, less what the question itself may have taken."""
    least = 0.0 if before <= there <= after else min(abs(there - before), abs(there - after))
    values = {"seconds": f"{least:.1f}", "side": "+" if there > after else "-"}
    if least <= SKEW:
        return "ok", Trouble(
            N_("the clocks agree within {within} s"), values={"within": f"{after - before + least:.1f}"}
        )
    hint = N_("Look at chronyc tracking or timedatectl there and here.")
    return "note", Trouble(N_("its clock is off by {side}{seconds} s"), hint, values)


def _rights(said: _Said, route: Route) -> tuple[str, Trouble]:
    values = place(route)
    if said.kernel_log and said.others:
        return "ok", Trouble(N_("{user} may read the kernel log and sees all processes"), values=values)
    log = N_("Put it into the group systemd-journal or adm there; root is not needed.")
    see = N_("/proc is mounted with hidepid: the group that its option gid= names sees all processes.")
    if said.others:
        text = N_("{user} may not read the kernel log: no Xid codes from before.")
        return "note", Trouble(text, log, values)
    if said.kernel_log:
        return "note", Trouble(N_("{user} does not see the processes of others: no owners of cards."), see, values)
    text = N_("{user} may not read the kernel log and does not see the processes of others: no Xid codes, no owners.")
    return "note", Trouble(text, see, values)
