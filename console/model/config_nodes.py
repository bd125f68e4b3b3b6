"""``[[nodes]]`` and ``[groups]`` of the configuration file: node sets unfolded, every mistake with its place."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from console.language import _
from console.model.config import Listed
from console.model.config_values import Reader, Wrong, choice, not_allowed, text, whole
from console.model.nodesets import MOST, NodeSetError, fold, port_sensible, unfold
from console.model.toml_lines import Path, nearest

Complain = Callable[[Path, str], None]
"""Takes where a mistake stands and what it is."""

_WORD = re.compile(r"[\w.-]{1,63}")
_ADDRESS = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*\$?@)?"
    r"(?:[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*"  # without brackets an IPv6 address has no port
    r"|(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\])(?::(?P<port>[0-9]+))?)"
)
MOST_CARDS = 64
"""Cards of one node."""


def word(value: object) -> str:
    """A name of a group, a rack or a label: a text that needs no quotes in a filter."""
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise Wrong(_('a word of letters, digits and . _ -: "train"'))
    return value


def labels(value: object) -> dict[str, str]:
    """Texts by names."""
    if not isinstance(value, dict):
        raise Wrong(_('a table of texts: { gen = "a" }'))
    for name, each in value.items():
        if not isinstance(each, str) or not each.isprintable() or len(each) > 200:
            raise Wrong(_('labels are texts: {name} = "…"').format(name=name))
        word(name)
    return dict(value)


def address(value: object) -> str:
    """What is handed to ``ssh``, with ``{name}`` for the node's name."""
    found = _ADDRESS.fullmatch(value.replace("{name}", "n")) if isinstance(value, str) else None
    if isinstance(value, str) and found is not None and port_sensible(found["port"] or "22"):
        return value
    raise Wrong(_('what ssh is given: "user@{name}.cluster:22", a host, or a name of the ssh configuration'))


READERS: Mapping[str, Reader[object]] = {
    "hosts": text(100_000),
    "address": address,
    "source": choice("ssh", "local"),
    "group": word,
    "rack": text(63),
    "cards": whole(0, MOST_CARDS),
    "labels": labels,
}
"""What an element of ``[[nodes]]`` may say."""


class Nodes:
    """The inventory while it is read."""

    def __init__(self, complain: Complain, lines: Mapping[Path, int]) -> None:
        self.listed: dict[str, Listed] = {}
        self._complain = complain
        self._lines = lines
        self._where: dict[str, int] = {}
        """The line that lists each node."""
        self._local: str | None = None

    def take(self, number: int, said: Mapping[str, object]) -> None:
        """Take in one ``[[nodes]]`` whose values are as `READERS` gave them."""
        place: Path = ("nodes", number)
        hosts = said.get("hosts")
        if not isinstance(hosts, str):
            return None
        try:
            names = unfold(hosts)
        except NodeSetError as error:
            return self._complain((*place, "hosts"), str(error))
        self._check(place, names, said)
        line = nearest(self._lines, (*place, "hosts"))
        twice: dict[int, list[str]] = {}
        template = said.get("address")
        for name in names:
            if name in self._where:
                twice.setdefault(self._where[name], []).append(name)
                continue
            self._where[name] = line
            where = template.replace("{name}", name) if isinstance(template, str) else None
            values: dict[str, Any] = {key: value for key, value in said.items() if key not in ("hosts", "address")}
            self.listed[name] = Listed(name, where, **values)
        for other, doubled in twice.items():
            words = _("{names}: listed in line {other} already")
            self._complain((*place, "hosts"), words.format(names=fold(doubled), other=other))
        if len(self.listed) > MOST:
            self._complain((*place, "hosts"), _("more than {most} nodes").format(most=MOST))
        return None

    def _check(self, place: Path, names: Sequence[str], said: Mapping[str, object]) -> None:
        template = said.get("address")
        if said.get("source") == "local":
            if len(names) > 1 or self._local is not None:
                self._complain((*place, "source"), _("only one node can be the machine that collects"))
            if template is not None:
                self._complain((*place, "address"), _("the machine that collects needs no address"))
            self._local = names[0]
        elif isinstance(template, str) and "{name}" not in template and len(names) > 1:
            words = _("one address for {count} nodes; put {{name}} where their names differ").format(count=len(names))
            self._complain((*place, "address"), words)

    def groups(self, said: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
        """Read ``[groups]``; a group may name those before it and those that `Listed.group` makes."""
        known: dict[str, tuple[str, ...]] = {}
        for node in self.listed.values():
            if node.group is not None:
                known[node.group] = (*known.get(node.group, ()), node.name)
        found: dict[str, tuple[str, ...]] = {}
        for name, value in said.items():
            place: Path = ("groups", name)
            try:
                word(name)
                names = unfold(text(100_000)(value), known)
            except Wrong as wrong:
                self._complain(place, not_allowed(value, wrong))
                continue
            except NodeSetError as error:
                self._complain(place, str(error))
                continue
            strange = [each for each in names if each not in self.listed]
            if strange:
                self._complain(place, _("not listed under [[nodes]]: {names}").format(names=fold(strange)))
            found[name] = known[name] = tuple(each for each in names if each in self.listed)
        return found
