"""Why a session with a probe is over, from what it said, how it ended and what became of the connection."""

from msgspec.structs import replace

from backends.probe.line import ending
from backends.probe.stream import Disconnected
from backends.record import N_, Trouble
from backends.ssh.launch import NO_PYTHON, TOO_OLD
from backends.ssh.route import Route
from backends.ssh.session import Session
from backends.ssh.words import Unreachable, place, shown, words_of


def ended(over: Disconnected, session: Session, route: Route, python: tuple[str, ...], *, greeted: bool) -> Unreachable:
    """Say why a session is over.

    Args:
        over: what the stream noticed.
        session: how the command ended, and what it wrote to standard error.
        route: where it ran.
        python: the interpreters that were looked for.
        greeted: whether the probe ever spoke in this session.
    """
    errors = bytes(session.errors).decode("utf-8", "replace")
    said = ending(f"{over.trouble.values.get('said', '')}\n{errors}".encode())
    values = {**over.trouble.values, **place(route), "said": said, "how": _how(session), "python": ", ".join(python)}
    if greeted:
        return Unreachable(_stopped(over, session, values))
    if NO_PYTHON in errors:
        text = N_("{host} has no Python: looked for {python}.")
        hint = N_("Install Python 3.6 or newer there, or name where it is in the setting python.")
        return Unreachable(Trouble(text, hint, values), lasting=True)
    if TOO_OLD in errors or "unknown option: -i" in errors.lower():
        text = N_("The Python of {host} is too old: {said}")
        hint = N_("The probe needs 3.6 or newer; name another one in the setting python.")
        return Unreachable(Trouble(text, hint, values), lasting=True)
    hint = _known_refusal(said.lower())
    if hint:
        return Unreachable(Trouble(N_("{host} lets {user} run nothing: {said}"), hint, values), lasting=True)
    if session.lost is not None:
        return Unreachable(Trouble(_LOST, "", {**values, "why": words_of(session.lost)}))
    return Unreachable(_not_started(over, values, session))


_LOST = N_("The connection to {host} was lost: {why}")


def _stopped(over: Disconnected, session: Session, values: dict[str, str]) -> Trouble:
    """The probe had spoken."""
    if session.lost is not None:
        return Trouble(_LOST, "", {**values, "why": words_of(session.lost)})
    if not over.ended:
        return replace(over.trouble, values=values)
    hint = N_("It wrote to standard error: {said}") if values["said"] else ""
    if session.status is None and session.signal is None:
        return Trouble(N_("The probe ended."), hint, values)
    return Trouble(N_("The probe on {host} ended ({how})."), hint, values)


def _not_started(over: Disconnected, values: dict[str, str], session: Session) -> Trouble:
    hint = N_("A ForceCommand, a shell that is a menu, or a start-up file such as .bashrc may stand in the way.")
    if not over.ended:
        return Trouble(over.trouble.text, over.trouble.hint or hint, values)
    if session.status is None and session.signal is None:
        values["how"] = "-"
    if not values["said"]:
        return Trouble(N_("The probe did not start on {host} ({how}); nothing was said."), hint, values)
    return Trouble(N_("The probe did not start on {host} ({how}); instead it said: {said}"), hint, values)


_REFUSALS = (
    ("pam_slurm_adopt", N_("Slurm lets only those in who run a job there; look with an account that is exempt.")),
    ("no active jobs", N_("Slurm lets only those in who run a job there; look with an account that is exempt.")),
    ("account is currently not available", N_("The account has no shell (nologin); use one that has.")),
    ("account is not available", N_("The account has no shell (nologin); use one that has.")),
    ("password change required", N_("The password has expired: log in once with ssh {target} and change it.")),
    ("password has expired", N_("The password has expired: log in once with ssh {target} and change it.")),
    ("account has expired", N_("The account is locked or has expired; ask those who run the directory.")),
    ("no space left on device", N_("A file system there is full; make room first.")),
    ("resource temporarily unavailable", N_("The account may start no more processes there (ulimit -u).")),
)


def _known_refusal(said: str) -> str:
    return next((hint for words, hint in _REFUSALS if words in said), "")


def _how(session: Session) -> str:
    if session.signal is not None:
        return f"signal {shown(session.signal)}"
    return f"exit {session.status}" if session.status is not None else ""
