"""What an inventory or a ProxyJump calls a host: ``user@host:port`` and its relatives, checked before ssh sees it."""

import msgspec

from backends.probe.line import excerpt
from backends.record import N_, Trouble

_FORBIDDEN = frozenset("'\"`$\\;&<>|(){}[]*?!#~^,=/")
"""In a host name; ssh refuses most of them too. They mean something to a shell, a pattern or a list."""

_FORBIDDEN_IN_USER = _FORBIDDEN - frozenset("\\")
"""``DOMAIN\\user`` is a user."""


class Address(msgspec.Struct, frozen=True):
    """Whom ssh is asked about."""

    host: str
    user: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        """Write it as it can be read again."""
        user = f"{self.user}@" if self.user is not None else ""
        if self.port is None:
            return user + self.host
        return f"{user}[{self.host}]:{self.port}" if ":" in self.host else f"{user}{self.host}:{self.port}"

    @property
    def typed(self) -> str:
        """What a person types after ``ssh``."""
        return str(self) if self.port is None else f"ssh://{self}"


def parse(text: str) -> Address | Trouble:
    """Read ``host``, ``user@host``, ``host:port``, ``user@[2001:db8::1]:port``, ``ssh://user@host:port``."""
    rest = text.removeprefix("ssh://")
    if rest != text:
        rest = rest.removesuffix("/")
    user, at, place = rest.rpartition("@")
    host, port = _split(place)
    if at and not _sound(user, _FORBIDDEN_IN_USER):
        return _refused(text, N_("the user name is empty or holds signs that no user name holds"))
    if not _sound(host, _FORBIDDEN):
        return _refused(text, N_("the name is empty or holds signs that no host name holds"))
    if port is None:
        return Address(host, user if at else None)
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        return _refused(text, N_("the port is no number from 1 to 65535"))
    return Address(host, user if at else None, int(port))


def sound_host(host: str) -> bool:
    """Say whether a host name may stand on a command line."""
    return _sound(host, _FORBIDDEN)


def _split(place: str) -> tuple[str, str | None]:
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest[1:] if rest.startswith(":") else rest or None
    if place.count(":") == 1:
        host, _, port = place.partition(":")
        return host, port
    return place, None  # without brackets several colons are an IPv6 address


def _sound(name: str, forbidden: frozenset[str]) -> bool:
    plain = name.isprintable() and " " not in name and not forbidden & set(name)
    return plain and 0 < len(name) <= 255 and not name.startswith("-")


def _refused(text: str, why: str) -> Trouble:
    said = N_("{address} is not handed to ssh: {why}.")
    hint = N_("Write host, user@host, user@host:port or ssh://user@host:port.")
    return Trouble(said, hint, {"address": excerpt(text.encode()), "why": why})
