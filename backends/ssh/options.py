"""From a route to an asyncssh connection: every value is said here, and nothing is read from a file by asyncssh."""

import functools
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from backends.record import N_, Trouble
from backends.ssh.identities import Offer
from backends.ssh.known import KnownHosts
from backends.ssh.proxy import start
from backends.ssh.route import Route

if TYPE_CHECKING:
    import asyncssh

KEEPALIVE = 15.0
"""Seconds of silence after which a server is asked for a sign of life; after three without one it is lost."""

_CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com")
"""First, unless the user says otherwise: they cost 42 % less CPU than chacha20 where the processor has AES."""

_KEY_EXCHANGES = ("curve25519-sha256", "curve25519-sha256@libssh.org")
"""First: 3 ms a connection."""

_FAMILIES = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}


class Unusable(Exception):  # noqa: N818 - it is a state of the configuration, not a mistake in the program
    """A route asks for what cannot be given; the trouble says what."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.text.format(**trouble.values))
        self.trouble = trouble


def options_of(
    route: Route,
    known: KnownHosts,
    offer: Offer,
    *,
    client: "Callable[[], asyncssh.SSHClient] | None" = None,
) -> dict[str, Any]:
    """Return the options of a route, by asyncssh's names; `connect` makes the one object of them that is needed.

    Args:
        route: where to.
        known: the host keys; they are always checked.
        offer: the keys of this route, from `Identities.offer`.
        client: makes what asyncssh asks during the login. Without one, a key that is not known is judged here and
            nothing else is answered; one of your own hands ``validate_host_public_key`` to `KnownHosts.accepts`.

    Raises:
        Unusable: the configuration names algorithms only that asyncssh does not have.
    """
    return dict(
        config=None,
        client_factory=client or _judging(route, known),
        known_hosts=known.lookup(route),
        host_key_alias=route.alias,
        username=route.user,
        connect_timeout=None,  # the pool bounds each step by itself, and a person who is asked is not hurried
        login_timeout=0,
        keepalive_interval=KEEPALIVE,
        tcp_keepalive=True,
        preferred_auth=list(route.methods),
        disable_trivial_auth=True,
        host_based_auth=False,
        proxy_command=None,  # `connect` starts it
        x509_trusted_certs=None,
        x509_trusted_cert_paths=[],  # else it looks for a folder of them, at every connection
        gss_host=None,
        compression_algs=["zlib@openssh.com", "none"] if route.compression else ["none"],
        **_algorithms(route, known),
        **_logins(route, offer),
        **_NOTHING_ELSE,
    )


async def connect(
    route: Route,
    options: dict[str, Any],
    *,
    tunnel: "asyncssh.SSHClientConnection | None" = None,
) -> "asyncssh.SSHClientConnection":
    """Open a connection: through a tunnel, the user's proxy command or directly.

    `asyncssh.connect` would read ``~/.ssh/config`` unless it is told not to, and forgets the host, port, family and
    local address of an options object; it is therefore called here only. It is handed no such object: it would make
    another one of it (0.5 ms each, which is an eighth of a connection).

    Raises:
        OSError, asyncssh.Error, TimeoutError: as `asyncssh.connect` does.
    """
    import asyncssh

    if tunnel is not None:
        return await asyncssh.connect(route.host, route.port, **options, tunnel=tunnel)
    if route.proxy is not None:
        return await _connect_by(route.proxy, route, options)
    return await asyncssh.connect(
        route.host,
        route.port,
        **options,
        family=_FAMILIES.get(route.family, 0),
        local_addr=(route.bind, 0) if route.bind is not None else (),
    )


async def _connect_by(command: str, route: Route, options: dict[str, Any]) -> "asyncssh.SSHClientConnection":
    """Open a connection over a proxy command; what that said is a note of the error where it fails."""
    import asyncssh

    proxy = await start(command)
    try:
        connection = await asyncssh.connect(route.host, route.port, **options, sock=proxy.socket)
    except (OSError, asyncssh.Error) as error:
        error.add_note(await proxy.said())
        await proxy.end()
        raise
    except BaseException:  # cancelled, for instance by a time limit: the command must not stay behind
        await proxy.end()
        raise
    proxy.hold(connection)
    return connection


_NOTHING_ELSE: dict[str, Any] = {
    "command": None,
    "subsystem": None,
    "env": None,
    "send_env": None,
    "request_pty": False,
    "agent_forwarding": False,
    "x11_forwarding": False,
    "pkcs11_provider": None,
    "client_host_keysign": False,
    "canonicalize_hostname": False,  # ssh has done it
}
"""What a session of ours never asks for, whatever a configuration says."""


def _judging(route: Route, known: KnownHosts) -> "Callable[[], asyncssh.SSHClient]":
    import asyncssh

    class Judge(asyncssh.SSHClient):
        """Takes a new host key only where the configuration says so."""

        def validate_host_public_key(self, _host: str, _addr: str, _port: int, key: asyncssh.SSHKey, /) -> bool:
            """Say whether a key that no file has is taken."""
            return known.accepts(route, key)

    return Judge


def _algorithms(route: Route, known: KnownHosts) -> dict[str, list[str]]:
    kinds, vouched = known.kinds(route)
    return {
        **_transport(route.ciphers, route.key_exchanges, route.macs),
        "server_host_key_algs": _host_keys(tuple(kinds), route.host_key_types, vouched=vouched),
    }


@functools.cache
def _transport(ciphers: tuple[str, ...], exchanges: tuple[str, ...], macs: tuple[str, ...]) -> dict[str, list[str]]:
    """What most routes have in common; made once, and never changed by asyncssh."""
    from asyncssh.encryption import get_default_encryption_algs, get_encryption_algs
    from asyncssh.kex import get_default_kex_algs, get_kex_algs
    from asyncssh.mac import get_default_mac_algs, get_mac_algs

    usual = [name for name in _names(get_default_kex_algs()) if not name.startswith("gss-")]
    ours = _first(_CIPHERS, _names(get_default_encryption_algs()))
    return {
        "kex_algs": _chosen("KexAlgorithms", exchanges, get_kex_algs(), _first(_KEY_EXCHANGES, usual)),
        "encryption_algs": _chosen("Ciphers", ciphers, get_encryption_algs(), ours),
        "mac_algs": _chosen("MACs", macs, get_mac_algs(), _names(get_default_mac_algs())),
    }


@functools.cache
def _host_keys(kinds: tuple[str, ...], asked: tuple[str, ...], *, vouched: bool) -> list[str]:
    """The types of host keys, those first that the host is known by, so that a known host is never a changed one.

    The others follow: a host that lost its known key shows what it has, and is then told as changed.
    """
    from asyncssh.public_key import (
        get_certificate_algs,
        get_default_certificate_algs,
        get_default_public_key_algs,
        get_public_key_algs,
    )

    plain = _first(("ssh-ed25519", "ecdsa-sha2-nistp256"), _names(get_default_public_key_algs()))
    certified = _names(get_default_certificate_algs())
    wanted = [name for kind in kinds for name in (_RSA if kind == "ssh-rsa" else (kind,)) if name in plain]
    usual = [*certified, *_first(wanted, plain)] if vouched else [*_first(wanted, plain), *certified]
    possible = [*get_certificate_algs(), *get_public_key_algs()]
    return _chosen("HostKeyAlgorithms", asked, possible, usual)


_RSA = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")


def _logins(route: Route, offer: Offer) -> dict[str, Any]:
    keys: list[Any] = []
    for key in offer.keys:
        certificates = [
            certificate for certificate in offer.certificates if certificate.key.public_data == key.public_data
        ]
        keys += [(key, certificate) for certificate in certificates] or [key]
    return {
        "client_keys": _Keys(keys) if "publickey" in route.methods else None,
        "agent_path": route.agent or None,
        "agent_identities": None if offer.agent is None else list(offer.agent) or [b"none of them"],
        "public_key_auth": "publickey" in route.methods,
        "kbdint_auth": "keyboard-interactive" in route.methods,
        "password_auth": "password" in route.methods,
    }


class _Keys(list[Any]):
    """A list that is true even where it is empty.

    For an empty one asyncssh reads ``~/.ssh`` by itself; for None it does not ask the agent.
    """

    def __bool__(self) -> bool:
        return True


def _chosen(option: str, asked: Sequence[str], possible: Iterable[bytes], usual: list[str]) -> list[str]:
    """What the user asked for, less what asyncssh does not have; the usual where nothing was asked for.

    Raises:
        Unusable: nothing is left. To take the usual then would be to override what was forbidden.
    """
    if not asked:
        return usual
    have = set(_names(possible))
    left = [name for name in asked if name in have]
    if not left:
        text = N_("{option} in the ssh configuration names only what this program does not have: {names}")
        hint = N_("Add one of these for this host: {have}")
        values = {"option": option, "names": ",".join(asked), "have": ",".join(usual)}
        raise Unusable(Trouble(text, hint, values))
    return left


def _first(wanted: Sequence[str], all_of_them: Sequence[str]) -> list[str]:
    return [*(name for name in wanted if name in all_of_them), *(name for name in all_of_them if name not in wanted)]


def _names(algorithms: Iterable[bytes]) -> list[str]:
    return [name.decode("ascii") for name in algorithms]
