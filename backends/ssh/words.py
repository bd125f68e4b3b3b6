"""Why a connection could not be made, in words that a person can act on."""

import errno
import socket
from typing import TYPE_CHECKING

from backends.probe.line import ending, excerpt
from backends.record import N_, Trouble
from backends.ssh.denied import denied
from backends.ssh.known import KnownHosts, Verdict, fingerprint
from backends.ssh.login import LOGIN, Login, Phase
from backends.ssh.proxy import program_of
from backends.ssh.route import Route

if TYPE_CHECKING:
    import asyncssh


class Unreachable(Exception):  # noqa: N818 - it is a state of the world, not a mistake in the program
    """There is no connection, or no session on it; the trouble says why and what to do."""

    def __init__(self, trouble: Trouble, *, lasting: bool = False, pause: float = 0.0) -> None:
        super().__init__(trouble.text.format(**trouble.values))
        self.trouble = trouble
        self.lasting = lasting
        """Whether it stays so until a person does something: keys, known hosts, a login code."""
        self.pause = pause
        """Seconds before which trying again can bring nothing new."""


def failed(error: Exception, login: Login, known: KnownHosts, skipped: list[str]) -> Unreachable:
    """Say why a connection was not made.

    Args:
        error: what asyncssh or the system threw.
        login: how far it came, and what the server said.
        known: to look up what the files say of the host's key.
        skipped: files of keys that could not be used, as ``path: why``.
    """
    import asyncssh

    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return Unreachable(_host_key(error, login, known), lasting=True)
    if isinstance(error, asyncssh.PermissionDenied):
        return Unreachable(denied(login, skipped), lasting=True)
    if isinstance(error, asyncssh.ChannelOpenError):
        return Unreachable(_forwarding(error, login))
    if isinstance(error, TimeoutError):
        return Unreachable(_too_slow(login))
    if isinstance(error, asyncssh.ConnectionLost):
        return Unreachable(_dropped(error, login))
    if isinstance(error, asyncssh.DisconnectError):
        return _refused(error, login)
    if isinstance(error, OSError) or login.reached() is Phase.CONNECT:
        return Unreachable(_network(error, login))
    values = {**place(login.route), "why": f"{type(error).__name__}: {words_of(error)}"}
    return Unreachable(Trouble(N_("What {host} sends is no proper SSH: {why}"), "", values))


def behind(jump: str, failure: Unreachable) -> Unreachable:
    """Say of a node that its jump host is the one that cannot be reached."""
    trouble = failure.trouble
    why = trouble.text.format(**trouble.values)
    text = N_("The jump host {jump} cannot be used: {why}")
    return Unreachable(
        Trouble(text, trouble.hint, {**trouble.values, "jump": jump, "why": why}),
        lasting=failure.lasting,
        pause=failure.pause,
    )


def place(route: Route) -> dict[str, str]:
    """Return what the templates call a host."""
    return {
        "host": shown(route.host),
        "port": str(route.port),
        "user": shown(route.user),
        "target": shown(route.typed or route.name),
    }


def shown(text: str) -> str:
    """Make one line of text that may be shown."""
    return excerpt(text.encode("utf-8", "replace"))


def words_of(error: BaseException) -> str:
    """What an error says, fit to be shown."""
    return shown(getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error))


def _network(error: Exception, login: Login) -> Trouble:
    values = {**place(login.route), "why": words_of(error)}
    if isinstance(error, socket.gaierror):
        text = N_("The name {host} is not found: {why}")
        return Trouble(
            text, N_("Look at its address in the inventory and at HostName in the ssh configuration."), values
        )
    number = getattr(error, "errno", None)
    if isinstance(error, ConnectionRefusedError):
        return Trouble(N_("{host} refuses connections on port {port}."), N_("Is sshd running there?"), values)
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return Trouble(
            N_("There is no way to {host}: {why}"), N_("Look at the network and at the node itself."), values
        )
    if number in (errno.EMFILE, errno.ENFILE):
        return Trouble(N_("Too many files are open: {why}"), N_("Raise the limit of open files (ulimit -n)."), values)
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return _dropped(error, login)
    return Trouble(N_("{host} cannot be reached on port {port}: {why}"), "", values)


def _too_slow(login: Login) -> Trouble:
    values = {**place(login.route), "seconds": f"{login.route.patience:g}"}
    match login.reached():
        case Phase.CONNECT:
            hint = N_("Is the node up? A firewall that drops packets looks the same.")
            if login.route.jumps:
                text = N_("{host} does not answer through the jump host {jump} within {seconds} s.")
                return Trouble(text, hint, {**values, "jump": _jump(login)})
            return Trouble(N_("{host} does not answer on port {port} within {seconds} s."), hint, values)
        case Phase.GREETING:
            text = N_("{host} takes connections on port {port}, but no SSH server spoke within {seconds} s.")
            return Trouble(text, N_("The node may hang, or another service listens there."), values)
        case Phase.KEYS:
            return Trouble(N_("{host} did not finish the exchange of keys within {seconds} s."), "", values)
        case _:
            text = N_("The login at {host} did not come to an end within {seconds} s.")
            hint = N_("A directory service or a home on a hung file system may hold it up.")
            return Trouble(text, hint, {**values, "seconds": f"{LOGIN:g}"})


def _dropped(error: Exception, login: Login) -> Trouble:
    """The connection was closed without a word, or with one in the banner."""
    values = {**place(login.route), "said": ending(login.said.encode("utf-8", "replace"))}
    phase = login.reached()
    if phase in (Phase.CONNECT, Phase.GREETING):
        if login.route.proxy is not None:
            text = N_("The ProxyCommand for {host} ended before an SSH server spoke: {proxy}")
            said = "; ".join(note for note in getattr(error, "__notes__", ()) if note)
            values |= {"proxy": program_of(login.route.proxy), "said": shown(said)}
            return Trouble(text, N_("It said: {said}") if said else N_("Run it by hand to see why."), values)
        text = N_("{host} closed the connection before it said that it is an SSH server.")
        hint = N_(
            "Too many logins at the same time (MaxStartups in sshd_config) look like this; so does another service."
        )
        return Trouble(text, hint, values)
    if phase is Phase.KEYS:
        text = N_("{host} closed the connection while keys were exchanged.")
        return Trouble(text, N_("Its own log says why: journalctl -u ssh or -u sshd."), values)
    return after_login(login) or Trouble(
        N_("{host} closed the connection during the login."),
        N_("Its own log says why: journalctl -u ssh or -u sshd."),
        values,
    )


def after_login(login: Login) -> Trouble | None:
    """What a server says that takes the key and yet lets nobody in; None where it says nothing."""
    said = ending(login.said.encode("utf-8", "replace"))
    if not said:
        return None
    values = {**place(login.route), "said": said}
    text = N_("{host} does not let {user} in: {said}")
    lower = login.said.lower()
    if "pam_slurm_adopt" in lower or "no active jobs" in lower:
        hint = N_("Slurm lets only those in who run a job there; look with an account that is exempt.")
    elif "expired" in lower and "password" in lower:
        hint = N_("The password has expired: log in once with ssh {target} and change it.")
    elif "expired" in lower or "locked" in lower:
        hint = N_("The account is locked or has expired; ask those who run the directory.")
    else:
        hint = ""
    return Trouble(text, hint, values)


def _refused(error: "asyncssh.DisconnectError", login: Login) -> Unreachable:
    import asyncssh

    values = {**place(login.route), "said": shown(error.reason)}
    if "too many authentication failures" in error.reason.lower():
        text = N_("{host} broke off after too many keys: {said}")
        hint = N_("Name the right key with IdentityFile and set IdentitiesOnly yes for this host.")
        return Unreachable(Trouble(text, hint, values), lasting=True)
    if isinstance(error, asyncssh.KeyExchangeFailed):
        text = N_("There is no common way to talk with {host}: {said}")
        return Unreachable(
            Trouble(text, N_("Its sshd may be too old, or Ciphers or KexAlgorithms too narrow."), values)
        )
    if login.reached() in (Phase.CONNECT, Phase.GREETING):
        text = N_("What listens on port {port} of {host} is no SSH server: {said}")
        return Unreachable(Trouble(text, N_("Look at the port in the inventory or in the ssh configuration."), values))
    told = after_login(login)
    if told is not None:
        return Unreachable(told, lasting=True)
    return Unreachable(Trouble(N_("{host} ended the connection: {said}"), "", values))


def _forwarding(error: "asyncssh.ChannelOpenError", login: Login) -> Trouble:
    """The jump host is there and does not lead on."""
    import asyncssh

    said = shown(error.reason)
    values = {**place(login.route), "jump": _jump(login), "said": said}
    if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
        text = N_("The jump host {jump} does not let connections through to {host}: {said}")
        return Trouble(text, N_("AllowTcpForwarding and PermitOpen in its sshd_config decide."), values)
    text = N_("The jump host {jump} does not reach {host} on port {port}: {said}")
    return Trouble(text, N_("Is the node up, and is its name known on the jump host?"), values)


def _jump(login: Login) -> str:
    return shown(login.route.jumps[-1].name) if login.route.jumps else ""


def _host_key(error: "asyncssh.HostKeyNotVerifiable", login: Login, known: KnownHosts) -> Trouble:
    judgement = login.judgement
    values = {**place(login.route), "said": shown(error.reason)}
    if judgement is None:
        if "revoked" in error.reason.lower():
            return Trouble(
                N_("The key of {host} is revoked in the known hosts: {said}"), N_("Do not log in there."), values
            )
        text = N_("The certificate of {host} is not accepted: {said}")
        return Trouble(
            text, N_("Is its authority in the known hosts (@cert-authority), and is it still valid?"), values
        )
    where = f"{judgement.path}:{judgement.line}" if judgement.path is not None else ""
    values |= {"new": judgement.fingerprint, "kind": shown(judgement.kind), "where": where, "name": judgement.name}
    values["file"] = str(judgement.path or next(iter(login.route.known_hosts), ""))
    if judgement.verdict is Verdict.REVOKED:
        return Trouble(N_("The key of {host} is revoked in {where}: {new}"), N_("Do not log in there."), values)
    if judgement.verdict is Verdict.CHANGED:
        trusted, _authorities, _revoked = known.trusted(login.route)
        values["old"] = ", ".join(fingerprint(key.public_data) for key in trusted)
        text = N_("The key of {host} has CHANGED: it is {new} ({kind}); {where} knows {old}.")
        hint = N_(
            "Somebody may sit in between. Ask those who run the node; if it was installed anew:"
            " ssh-keygen -R '{name}' -f {file}, then ssh {target} and compare the fingerprint."
        )
        return Trouble(text, hint, values)
    text = N_("The key of {host} is not known: {new} ({kind}).")
    hint = N_("Compare it on the node's own console (ssh-keygen -lf /etc/ssh/*.pub); then ssh {target} and accept it.")
    return Trouble(text, hint, values)
