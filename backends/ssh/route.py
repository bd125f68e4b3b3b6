"""How a host is reached: what `ssh -G` said of it, as one immutable value. It holds no secret."""

from pathlib import Path

import msgspec


class Route(msgspec.Struct, frozen=True):
    """The way to one host. Equal routes may share a connection."""

    name: str
    """What the inventory calls it."""
    host: str
    """What is connected to: HostName, or the name."""
    port: int = 22
    user: str = ""
    alias: str | None = None
    """HostKeyAlias: the name under which its key is looked up instead of the host's."""
    jumps: tuple["Route", ...] = ()
    """ProxyJump, the first one first."""
    proxy: str | None = None
    """ProxyCommand with its tokens filled in, as one line for the user's shell; None where there is none."""
    strict: str = "yes"
    """StrictHostKeyChecking: ``yes``, ``accept-new`` or ``no``. ``ask`` is ``yes`` here: nobody is there to ask."""
    known_hosts: tuple[Path, ...] = ()
    """The user's files, then the system's; never empty, whatever the configuration says."""
    keys: tuple[Path, ...] = ()
    """IdentityFile, those that exist."""
    certificates: tuple[Path, ...] = ()
    """CertificateFile, those that exist."""
    agent: str | None = None
    """Path of the agent's socket; None where none is to be used."""
    only_these_keys: bool = False
    """IdentitiesOnly."""
    methods: tuple[str, ...] = ("publickey", "keyboard-interactive", "password")
    """PreferredAuthentications less what is switched off."""
    ciphers: tuple[str, ...] = ()
    """Ciphers, but only where the user set them; empty lets us choose."""
    key_exchanges: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    host_key_types: tuple[str, ...] = ()
    compression: bool = False
    patience: float = 15.0
    """Seconds for one connection, ConnectTimeout where it is set."""
    bind: str | None = None
    """BindAddress."""
    family: str = "any"
    """AddressFamily: ``any``, ``inet`` or ``inet6``."""
    typed: str = ""
    """What a person types after ``ssh`` to get there; empty where nobody has said."""
