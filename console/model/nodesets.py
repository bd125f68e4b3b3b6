"""Node sets: ``gpu[01-16]`` for sixteen names, and back.

ClusterShell reads and writes them, but never asks its own groups: ``@name`` is a group of our inventory or an error.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from console.language import _

MOST = 8192
"""Names of one set; a slip like ``gpu[1-99999999]`` must not fill the memory."""
LONGEST = 253
"""Characters of a host name."""

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\$?")
_RANGE = re.compile(r"(\d+)(?:-(\d+)(?:/(\d+))?)?")
_OPERATORS = frozenset(",!&^")

Groups = Mapping[str, Sequence[str]]


class NodeSetError(ValueError):
    """A text that is no node set; the message, translated, says why."""


def sensible(name: str) -> bool:
    """Whether a name may be that of a host: letters, digits, ``_``, and ``.`` or ``-`` between them."""
    return len(name) <= LONGEST and _NAME.fullmatch(name) is not None


def port_sensible(port: str) -> bool:
    """Whether a text is the number of a port."""
    return port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536


def unfold(text: str, groups: Groups | None = None) -> tuple[str, ...]:
    """Return the names of a set, each once, in the order in which they are written; ranges count upwards.

    Args:
        text: names and ranges with ``,`` (and), ``!`` (without), ``&`` (in both), ``^`` (in one of the two) between
            them, from left to right.
        groups: the names behind each ``@group``.

    Raises:
        NodeSetError: it is no set, an empty one, or one of more than `MOST` names.
    """
    found: dict[str, None] = {}
    for operator, operand in _operands(text):
        names = dict.fromkeys(_operand(operand, groups or {}))
        match operator:
            case ",":
                found |= names
            case "!":
                found = {name: None for name in found if name not in names}
            case "&":
                found = {name: None for name in found if name in names}
            case _:
                both = found.keys() & names.keys()
                found = {name: None for name in found | names if name not in both}
        if len(found) > MOST:
            raise _too_many()
    if not found:
        raise NodeSetError(_("“{text}” names no node").format(text=text))
    return tuple(found)


def named(text: str) -> tuple[str, ...]:
    """Return the groups that a set names, without their ``@``; none where it is no set."""
    try:
        operands = _operands(text)
    except NodeSetError:
        return ()
    return tuple(dict.fromkeys(operand[1:] for _operator, operand in operands if operand.startswith("@")))


def addresses(text: str) -> dict[str, str | None]:
    """Return the names of a set whose parts may have a user and a port, with what ``ssh`` is given for each.

    ``user@h[1-4]:2222,i7`` are five. A name without a user and a port has None: its own name is enough. The name of a
    node is its host's; where one host stands there with several ports, those with a port are called ``host-port``.

    Raises:
        NodeSetError: as `unfold`; or one name stands there with two users, or a user or a port is none.
    """
    said: dict[tuple[str, str], str | None] = {}
    for operator, operand in _operands(text):
        if operator != ",":
            raise NodeSetError(_("“{sign}” cannot stand here; there is only “,”").format(sign=operator))
        user, hosts, port = _place(operand)
        for host in unfold(hosts):
            address = user + host + port if user or port else None
            if said.setdefault((host, port), address) != address:
                raise NodeSetError(_("{name} stands there with two users").format(name=host))
        if len(said) > MOST:
            raise _too_many()
    return _named(said)


def _place(operand: str) -> tuple[str, str, str]:
    """Split ``user@hosts:port`` into ``user@``, ``hosts`` and ``:port``; what is not there is empty."""
    user, at, place = operand.rpartition("@")
    if at and not user and place:
        words = _("“{name}” would be a group, and there is none here; name the nodes: gpu[01-16] or user@gpu[01-16]")
        raise NodeSetError(words.format(name=operand))
    if at and not _USER.fullmatch(user):
        raise NodeSetError(_("“{user}” is no name of a user").format(user=user))
    if place.count(":") > 1:
        words = _("“{text}” cannot stand here: an IPv6 address is written as the address of a node in the file")
        raise NodeSetError(words.format(text=place))
    hosts, colon, port = place.partition(":")
    if colon and not port_sensible(port):
        raise NodeSetError(_("“{port}” is no port: it is a number from 1 to 65535").format(port=port))
    return user + at, hosts, f":{int(port)}" if colon else ""


def _named(said: Mapping[tuple[str, str], str | None]) -> dict[str, str | None]:
    """Call the nodes by their hosts, or by host and port where a host stands there with several ports."""
    several = Counter(host for host, _port in said)
    found: dict[str, str | None] = {}
    written: dict[str, str] = {}
    for (host, port), address in said.items():
        name = f"{host}-{port[1:]}" if port and several[host] > 1 else host
        if name in found:
            raise NodeSetError(_("two nodes would be called {name}").format(name=name))
        before = written.setdefault(name.lower(), name)
        if before != name:
            raise NodeSetError(
                _("{name}: host names do not differ by case from {before}").format(name=name, before=before)
            )
        found[name] = address
    return found


def fold(names: Iterable[str]) -> str:
    """Write names as a short set, sorted; ``unfold`` gives the same names back. No names are ``""``."""
    return _folded(tuple(dict.fromkeys(names)))


@lru_cache(4096)  # 0.2 ms each, and the same jobs are drawn again and again
def _folded(several: tuple[str, ...]) -> str:
    if len(several) < 2 or not all(map(sensible, several)):
        return ",".join(several)
    from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet  # type: ignore[import-untyped] # it has no types

    return str(NodeSet.fromlist(several, resolver=RESOLVER_NOGROUP))


def _too_many() -> NodeSetError:
    return NodeSetError(_("more than {most} nodes").format(most=MOST))


def _operands(text: str) -> list[tuple[str, str]]:
    """The operands with the operator before each; the first has the comma."""
    odd = next((sign for sign in text if not sign.isascii() or not sign.isprintable()), None)
    if odd is not None:
        raise NodeSetError(_("{sign} cannot stand in a host name").format(sign=ascii(odd)))
    found, operator, start, depth = [], ",", 0, 0
    for at, sign in enumerate(text):
        depth += (sign == "[") - (sign == "]")
        if sign in _OPERATORS and not depth:
            found.append((operator, text[start:at].strip()))
            operator, start = sign, at + 1
    found.append((operator, text[start:].strip()))
    if len(found) > 1 and not all(operand for _operator, operand in found):
        raise NodeSetError(_("“{text}” lacks a name beside a sign").format(text=text))
    return found


def _operand(text: str, groups: Groups) -> Sequence[str]:
    if text.startswith("@"):
        if text[1:] not in groups:
            known = ", ".join(f"@{name}" for name in groups) or _("none")
            raise NodeSetError(_("there is no group {name}; there are {known}").format(name=text, known=known))
        return groups[text[1:]]
    wild = next((sign for sign in "*?" if sign in text), None)
    if wild is not None:
        raise NodeSetError(_("“{sign}” is no wildcard here: name the nodes, gpu[01-16]").format(sign=wild))
    if not text:
        return ()
    _count(text)
    names = _names(text) if "[" in text or "]" in text else (text,)
    bad = next((name for name in names if not sensible(name)), None)
    if bad is not None and ":" in bad:
        words = _("“{name}” is no host name: a port stands in the address, {example}")
        raise NodeSetError(words.format(name=bad, example='address = "{name}:2222"'))
    if bad is not None:
        raise NodeSetError(_("“{name}” is no host name: letters, digits, and . _ - between them").format(name=bad))
    return names


def _count(text: str) -> None:
    """See that a set is not too large before anything is made of it."""
    count = 1
    for inside in re.findall(r"\[([^\[\]]*)", text):
        several = 0
        for part in inside.split(","):
            found = _RANGE.fullmatch(part.strip())
            if found is None:
                continue  # ClusterShell says what is wrong with it, or takes it as one
            if max(map(len, filter(None, found.groups()))) > 12:
                raise NodeSetError(_("“{range}” is no range").format(range=part))
            first, last, step = int(found[1]), int(found[2] or found[1]), int(found[3] or 1)
            several += max(0, last - first) // max(1, step) + 1
        count *= max(1, several)
        if count > MOST:
            raise _too_many()


def _names(text: str) -> Sequence[str]:
    from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet, NodeSetException

    try:
        return list(NodeSet(text, resolver=RESOLVER_NOGROUP))
    except NodeSetException as error:
        raise NodeSetError(_("“{text}” is no node set ({error})").format(text=text, error=error)) from None
