"""Why Slurm's tools did not answer, in words that a person can act on."""

import re

from backends.ports import Unavailable
from backends.probe.line import ending
from backends.record import N_, Trouble


class Unanswered(Unavailable):
    """A tool could not be asked, or failed; the trouble says why."""

    def __init__(self, trouble: Trouble, *, lasting: bool = False, pause: float = 0.0) -> None:
        super().__init__(trouble)
        self.lasting = lasting
        """Whether it stays so until a person does something."""
        self.pause = pause
        """Seconds for which it is left alone, unless a person has done something."""


_UNKEPT = r"accounting storage is disabled|accounting_storage/none"
_DENIED = r"Access/permission denied|Invalid user id|not permitted|only administrators"
_SAID: tuple[tuple[str, str, str], ...] = (
    (
        r"Munge encode failed|munged",
        N_("munged does not run on {host}: {said}"),
        N_("Start it there: systemctl start munge"),
    ),
    (
        r"Protocol authentication error|Zero Bytes were transmitted|Invalid authentication credential",
        N_("Slurm does not accept who we say we are: {said}"),
        N_("The munge keys of {host} and of the controller differ, their clocks do, or a token has expired."),
    ),
    (
        r"configuration source|Unable to process configuration file|slurm\.conf",
        N_("There is no configuration of Slurm on {host}: {said}"),
        N_("Is {host} part of the cluster? SLURM_CONF names the file where it is not the usual one."),
    ),
    (
        r"[Ii]ncompatible versions|Protocol version",
        N_("The tools on {host} and the controller are of versions that do not understand each other: {said}"),
        "",
    ),
    (
        _UNKEPT,
        N_("This Slurm keeps no accounts: {said}"),
        N_("Without slurmdbd only what has just ended is known."),
    ),
    (
        r"slurmdbd|sending persistent connection|Unable to (?:contact|connect to) database|open_persist|PersistInit",
        N_("The accounting database (slurmdbd) cannot be reached: {said}"),
        N_("Look at slurmdbd and at its database; jobs run on without it."),
    ),
    (
        r"Socket timed out",
        N_("The controller (slurmctld) does not answer in time: {said}"),
        N_("It may hang or be overloaded: sdiag, and its log, say more."),
    ),
    (
        r"Unable to contact slurm controller|connect failure|Connection refused|Connection timed out|No route to host",
        N_("The controller (slurmctld) cannot be reached: {said}"),
        N_("Look at it: scontrol ping, systemctl status slurmctld. What is shown is as it was before."),
    ),
    (
        _DENIED,
        N_("Slurm does not permit that: {said}"),
        N_("It is done under your own name: it must be your job, or you an operator of Slurm."),
    ),
)  # fmt: skip


def denied(said: str) -> bool:
    """Whether a tool was refused for want of a right, by what it said."""
    return re.search(_DENIED, said) is not None


def unkept(said: str) -> bool:
    """Whether sacct failed because this Slurm keeps no accounts, by what it said."""
    return re.search(_UNKEPT, said) is not None


def trouble_of(tool: str, status: int | None, said: str, host: str | None) -> Trouble:
    """Say why a tool failed.

    Args:
        tool: its name.
        status: its exit status.
        said: what it wrote, best to standard error.
        host: the login node; None: here.
    """
    values = {"tool": tool, "said": ending(said.encode()), "host": here(host), "status": str(status)}
    if status == 127 or (status == 126 and "denied" in said):
        text = N_("{tool} cannot be started on {host}: {said}")
        hint = N_("Are Slurm's tools installed there? Set `path` of the source slurm to their folder.")
        return Trouble(text, hint, values)
    for pattern, text, hint in _SAID:
        if re.search(pattern, said):
            return Trouble(text, hint, values)
    return Trouble(N_("{tool} failed on {host} (exit {status}): {said}"), "", values)


def not_started(tool: str, why: str) -> Unanswered:
    """Say that a program could not be started here."""
    values = {"tool": tool, "why": ending(why.encode("utf-8", "replace"))}
    return Unanswered(Trouble(N_("{tool} cannot be started: {why}"), "", values))


def hung(tool: str, host: str | None, seconds: float, errors: bytes) -> Unanswered:
    """Say that a tool did not come to an end, and why where it has said so: it may try again for a minute."""
    said = errors.decode("utf-8", "replace")
    if any(re.search(pattern, said) for pattern, _, _ in _SAID):
        return Unanswered(trouble_of(tool, None, said, host))
    text = N_("{tool} did not answer on {host} within {seconds} s.")
    hint = N_("The controller, the accounting database or a file system hangs; or there is no slurm.conf.")
    return Unanswered(Trouble(text, hint, {"tool": tool, "host": here(host), "seconds": f"{seconds:g}"}))


def here(host: str | None) -> str:
    """What to call the place where tools run."""
    return host or "localhost"
