"""``[[nodes]]`` and ``[groups]`` of the configuration file: node sets unfolded, every mistake with its place."""

import re
from collections.abc import Callable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from console.language import _
from console.model.config import Listed
from console.model.config_values import Reader, Wrong, WrongWithin, choice, not_allowed, text, whole
from console.model.nodesets import MOST, NodeSetError, fold, named, port_sensible, unfold
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
_SHOWN = 8
"""Groups of a loop that are named."""


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
            raise WrongWithin(_('labels are texts: {name} = "…"').format(name=name))
        try:
            word(name)
        except Wrong as wrong:
            raise WrongWithin(not_allowed(name, wrong)) from None
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
        self._where: dict[str, tuple[str, int]] = {}
        """The name of each node and the line that lists it, by its name in small letters: ssh knows no other ones."""
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
            before, other = self._where.setdefault(name.lower(), (name, line))
            if before != name:
                words = _("{name}: host names do not differ by case, and {before} is listed in line {other}")
                self._complain((*place, "hosts"), words.format(name=name, before=before, other=other))
                continue
            if name in self.listed:
                twice.setdefault(other, []).append(name)
                continue
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
        """Read ``[groups]``; a group may name any other one, and those that `Listed.group` makes."""
        known: dict[str, tuple[str, ...]] = {}
        for node in self.listed.values():
            if node.group is not None:
                known[node.group] = (*known.get(node.group, ()), node.name)
        sets = self._sets(said)
        # A group that adds to the one of the same name that the nodes make means that one by its own name.
        above = {
            name: [other for other in named(nodeset) if other in sets and not (other == name and name in known)]
            for name, nodeset in sets.items()
        }
        order, loops = _in_order(above)
        for loop in loops:
            self._complain(("groups", loop[0]), _loop_said(loop))
        wrong = {name for name in said if name not in sets}.union(*loops)
        known = {**known, **{name: () for name in sets if name not in known}}
        for name in order:
            if name in wrong or not wrong.isdisjoint(named(sets[name])):
                wrong.add(name)  # what is wrong is told where it stands
                continue
            names = self._members(name, sets[name], known)
            if names is None:
                wrong.add(name)
            else:
                known[name] = names
        return {name: known[name] for name in sets if name not in wrong}

    def _sets(self, said: Mapping[str, object]) -> dict[str, str]:
        """The node sets that may be meant, by their groups; the others are complained of."""
        found: dict[str, str] = {}
        for name, value in said.items():
            try:
                word(name)
                found[name] = text(100_000)(value)
            except Wrong as wrong:
                self._complain(("groups", name), not_allowed(value, wrong))
        return found

    def _members(self, group: str, nodeset: str, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
        try:
            names = unfold(nodeset, known)
        except NodeSetError as error:
            self._complain(("groups", group), str(error))
            return None
        strange = [each for each in names if each not in self.listed]
        if strange:
            self._complain(("groups", group), _("not listed under [[nodes]]: {names}").format(names=fold(strange)))
        return tuple(each for each in names if each in self.listed)


def _in_order(above: Mapping[str, Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Return names, each after those that it names; and the loops, each from the one that stands first in the file."""
    left, place = dict(above), {name: number for number, name in enumerate(above)}
    loops: list[list[str]] = []
    while True:
        try:
            return list(TopologicalSorter(left).static_order()), loops
        except CycleError as error:
            loop: list[str] = error.args[1][:0:-1]  # the first is the last, too; reversed, each names the next
            first = loop.index(min(loop, key=place.__getitem__))
            loops.append(loop[first:] + loop[:first])
            left.update(dict.fromkeys(loop, ()))


def _loop_said(loop: Sequence[str]) -> str:
    shown = [f"@{name}" for name in loop[:_SHOWN]] + ["…"] * (len(loop) > _SHOWN) + [f"@{loop[0]}"]
    return _("the groups name each other in a loop: {loop}").format(loop=" → ".join(shown))
