"""From what ``ssh -G`` said of a host to its route."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from backends.probe.line import excerpt
from backends.record import N_, Trouble
from backends.ssh.address import Address, sound_host
from backends.ssh.expand import Machine, Tokens, tokens
from backends.ssh.route import Route
from backends.ssh.said import Said

PATIENCE = 15.0
"""Seconds for one connection where nobody says otherwise."""

_STRICT = {"accept-new": "accept-new", "false": "no", "no": "no", "off": "no"}
_OFF = ("no", "false")
_METHODS = ("publickey", "keyboard-interactive", "password")
_NOWHERE = Path("/dev/null")


def route_of(
    name: str,
    address: Address,
    said: Said,
    *,
    jumps: tuple[Route, ...],
    patience: float | None,
    machine: Machine,
) -> Route | Trouble:
    """Make the route to a host.

    Args:
        name: what it is called here.
        address: what ssh was asked about.
        said: what ssh said.
        jumps: the routes of its jump hosts, the first one first.
        patience: seconds for one connection where ssh says nothing; None takes ours.
        machine: where we are.
    """
    host, user, port = _first(said, "hostname") or address.host, _first(said, "user") or "", _port(said)
    if not sound_host(host):
        text = N_("HostName of {host} holds signs that no host name holds: {hostname}")
        return Trouble(text, values={"host": name, "hostname": excerpt(host.encode())})
    alias = _set(said, "hostkeyalias")
    fill = tokens(name=address.host, host=host, port=port, user=user, alias=alias, machine=machine)
    methods = _methods(said)
    proxy = _proxy(name, said, fill, jumps)
    if isinstance(methods, str):
        text = N_("{host} may be logged in to by {methods} only, which this program cannot do.")
        hint = N_("Allow one of {possible} in PreferredAuthentications.")
        return Trouble(
            text, hint, {"host": name, "methods": excerpt(methods.encode()), "possible": ", ".join(_METHODS)}
        )
    if isinstance(proxy, Trouble):
        return proxy
    return Route(
        name=name,
        host=host,
        port=port,
        user=user,
        alias=alias,
        jumps=jumps,
        proxy=proxy,
        strict=_STRICT.get(_first(said, "stricthostkeychecking").lower(), "yes"),
        known_hosts=_known_hosts(said, fill),
        keys=_keys(said, fill),
        certificates=_existing(fill.path(text) for text in said.get("certificatefile", ())),
        agent=_agent(said, fill),
        only_these_keys=_first(said, "identitiesonly") in ("yes", "true"),
        methods=methods,
        ciphers=_algorithms("ciphers", said),
        key_exchanges=_algorithms("kexalgorithms", said),
        macs=_algorithms("macs", said),
        host_key_types=_algorithms("hostkeyalgorithms", said),
        compression=_first(said, "compression") in ("yes", "true"),
        patience=_seconds(_first(said, "connecttimeout")) or patience or PATIENCE,
        bind=_set(said, "bindaddress"),
        family=_first(said, "addressfamily") or "any",
        typed=address.typed,
    )


def jumps_of(address: Address, said: Said, machine: Machine) -> list[str]:
    """Return what ProxyJump names, the first hop first, with its tokens filled in."""
    text = _set(said, "proxyjump")
    if text is None:
        return []
    host, user = _first(said, "hostname") or address.host, _first(said, "user")
    alias = _set(said, "hostkeyalias")
    fill = tokens(name=address.host, host=host, port=_port(said), user=user, alias=alias, machine=machine)
    return (fill.fill(text) or text).split(",")


def _first(said: Said, key: str) -> str:
    values = said.get(key)
    return values[0] if values else ""


def _set(said: Said, key: str) -> str | None:
    value = _first(said, key)
    return value if value and value.lower() != "none" else None


def _port(said: Said) -> int:
    text = _first(said, "port")
    return int(text) if text.isascii() and text.isdigit() else 22


def _seconds(text: str) -> float | None:
    """ConnectTimeout, which ssh prints in seconds, or as ``none``."""
    return float(text) if text.isascii() and text.isdigit() and int(text) > 0 else None


def _known_hosts(said: Said, fill: Tokens) -> tuple[Path, ...]:
    """The files of host keys; with none of them every host is unknown, and never is every key right."""
    texts = [*said.get("userknownhostsfile", ()), *said.get("globalknownhostsfile", ())]
    return tuple(dict.fromkeys(path for text in texts for path in fill.paths(text))) or (_NOWHERE,)


def _keys(said: Said, fill: Tokens) -> tuple[Path, ...]:
    """IdentityFile; a public half alone says which key of the agent is meant."""
    paths = [path for path in map(fill.path, said.get("identityfile", ())) if path is not None]
    return tuple(dict.fromkeys(key for path in paths for key in fill.machine.identity(path)))


def _existing(paths: Iterable[Path | None]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path for path in paths if path is not None and path.is_file()))


def _agent(said: Said, fill: Tokens) -> str | None:
    text = _first(said, "identityagent") or "SSH_AUTH_SOCK"
    if text.lower() == "none":
        return None
    if text == "SSH_AUTH_SOCK" or (text.startswith("$") and not text.startswith("${")):
        return fill.machine.environ.get(text.removeprefix("$")) or None
    path = fill.path(text)
    return None if path is None else str(path)


def _methods(said: Said) -> tuple[str, ...] | str:
    """How a login is tried, or, where nothing is left of it, what was asked for."""
    asked = _set(said, "preferredauthentications")
    methods = [method for method in (asked.split(",") if asked else _METHODS) if method in _METHODS]
    kbdint = _first(said, "kbdinteractiveauthentication") or _first(said, "challengeresponseauthentication")
    off = {
        "publickey": _first(said, "pubkeyauthentication") in _OFF,
        "keyboard-interactive": kbdint in _OFF or _first(said, "batchmode") in ("yes", "true"),
        "password": _first(said, "passwordauthentication") in _OFF or _first(said, "batchmode") in ("yes", "true"),
    }
    return tuple(method for method in methods if not off[method]) or asked or "none"


def _algorithms(key: str, said: Said) -> tuple[str, ...]:
    asked = _first(said, key)
    return tuple(asked.split(",")) if asked else ()


def _proxy(name: str, said: Said, fill: Tokens, jumps: Sequence[Route]) -> str | Trouble | None:
    text = _set(said, "proxycommand")
    if text is None or jumps:
        return None
    if _first(said, "proxyusefdpass") in ("yes", "true"):
        return Trouble(N_("{host} is reached by ProxyUseFdpass, which this program cannot do."), values={"host": name})
    filled = fill.fill(text)
    if filled is None:
        told = N_("ProxyCommand of {host} holds a token that ssh does not have there: {command}")
        return Trouble(told, values={"host": name, "command": excerpt(text.encode())})
    return filled
