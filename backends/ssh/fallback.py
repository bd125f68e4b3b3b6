"""Where there is no ``ssh``: asyncssh's own reader of configurations, which understands less of them."""

from collections.abc import Mapping
from pathlib import Path

from backends.probe.line import excerpt
from backends.record import N_, Trouble
from backends.ssh.address import Address
from backends.ssh.expand import home
from backends.ssh.said import Said

_KEYS = ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk")
_OPTIONS = (
    "Hostname",
    "Port",
    "User",
    "HostKeyAlias",
    "ProxyJump",
    "ProxyCommand",
    "UserKnownHostsFile",
    "GlobalKnownHostsFile",
    "IdentityFile",
    "CertificateFile",
    "IdentityAgent",
    "IdentitiesOnly",
    "PreferredAuthentications",
    "PubkeyAuthentication",
    "PasswordAuthentication",
    "KbdInteractiveAuthentication",
    "ChallengeResponseAuthentication",
    "Ciphers",
    "KexAlgorithms",
    "MACs",
    "HostKeyAlgorithms",
    "Compression",
    "ConnectTimeout",
    "BindAddress",
)


NO_SSH = Trouble(
    N_("There is no ssh on this machine: the ssh configuration is read by a reader that understands less of it."),
    N_("Install the OpenSSH client."),
)


def parsed(address: Address, config: Path | None, environ: Mapping[str, str]) -> Said | Trouble:
    """Read the configuration for a host; system files are not read, and unknown options are passed over."""
    from asyncssh.config import ConfigParseError, SSHClientConfig

    path = config or home() / ".ssh" / "config"
    user, port = address.user or (), address.port or ()
    local = environ.get("USER") or environ.get("LOGNAME") or home().name
    try:
        read = SSHClientConfig.load(None, [path], False, False, False, local, user, address.host, port)
    except FileNotFoundError:
        read = SSHClientConfig.load(None, [], False, False, False, local, user, address.host, port)
    except (ConfigParseError, OSError, ValueError) as error:
        text = N_("The ssh configuration cannot be read for {host}: {why}")
        return Trouble(text, NO_SSH.hint, {"host": address.host, "why": excerpt(str(error).encode(), 300)})
    said = _defaults(address, local)
    for option in _OPTIONS:
        value = read.get(option)
        if value is not None and not (option in ("User", "Port") and said_by(address, option)):
            said[option.lower()] = _texts(option, value)
    return said


def said_by(address: Address, option: str) -> bool:
    """Say whether an address itself says an option, which then holds."""
    return (address.user if option == "User" else address.port) is not None


def _defaults(address: Address, local: str) -> Said:
    folder = home() / ".ssh"
    return {
        "hostname": [address.host],
        "user": [address.user or local],
        "port": [str(address.port or 22)],
        "userknownhostsfile": [f"{folder / 'known_hosts'} {folder / 'known_hosts2'}"],
        "globalknownhostsfile": ["/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"],
        "identityfile": [str(folder / name) for name in _KEYS],
    }


def _texts(option: str, value: object) -> list[str]:
    """A value as ``ssh -G`` would print it."""
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, list):
        texts = [str(item) for item in value]
        return (texts or ["none"]) if option in ("IdentityFile", "CertificateFile") else [" ".join(texts) or "none"]
    return [str(value)]
