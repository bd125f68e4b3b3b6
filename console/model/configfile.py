"""The configuration file: TOML in, `Config` out, or every mistake with its line, what was found and what is allowed."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from console.language import _
from console.model import config_nodes, config_schedulers
from console.model.config import Config, Lab, Privacy, Retention, Scheduler, Ssh, Store, Team, Training
from console.model.config_values import (
    choice,
    duration,
    flag,
    path,
    people,
    person,
    seconds,
    size,
    text,
    whole,
    words,
)
from console.model.problem import Problem
from console.model.toml_reading import Readers, Reading, Unread

COLOURS = ("red", "green", "yellow", "blue", "magenta", "cyan")
"""Which colours may tint line 1."""
LONGEST = 4 << 20
"""Bytes of a configuration file; 8,192 nodes that are listed one by one need 1 MB."""
_HOUR = 3600.0


class ConfigError(Exception):
    """A configuration that cannot be used; all its problems in the order of their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def tables(home: Path) -> Mapping[str, tuple[type[msgspec.Struct], Readers]]:
    """What each table may say and what it becomes; lists of tables are read by modules of their own."""
    return {
        "lab": (
            Lab,
            {"name": text(40), "colour": choice(*COLOURS), "interval": seconds(0.5, 60), "folder": path(home)},
        ),
        "ssh": (
            Ssh,
            {
                "user": person,
                "config": path(home),
                "at_once": whole(1, 128),
                "at_once_per_jump": whole(1, 64),
                "patience": seconds(1, 300),
                "python": words(8),
            },
        ),
        "history": (
            Retention,
            {
                "ticks": duration(_HOUR),
                "minutes": duration(24 * _HOUR),
                "five_minutes": duration(_HOUR),
                "spans": duration(24 * _HOUR),
                "budget": size(100 * 10**6),
                "spare": size(0),
            },
        ),
        "privacy": (
            Privacy,
            {
                "commands": choice("redacted", "program", "none"),
                "others": flag,
                "users": choice("names", "pseudonyms"),
            },
        ),
        "team": (Team, {"collectors": people, "members": people, "group": person}),
        "secrets": (Store, {"command": words()}),
        "progress": (Training, {"read": flag}),
    }


Look = Callable[[Path], str | None]
"""Says why a file that the configuration names cannot be used, translated; None where it can."""


def parse(data: bytes, source: Path, home: Path, look: Look = lambda _path: None) -> Config:
    """Return what a configuration file says.

    Args:
        data: what stands in the file.
        source: the file, for the messages.
        home: what ``~`` stands for.
        look: at the files that it names; without it they are not looked at.

    Raises:
        ConfigError: with everything that is wrong.
    """
    try:
        return _File(data, source, home).read(look)
    except Unread as unread:
        raise ConfigError([unread.problem]) from None


class _File(Reading):
    """A configuration file while it is read."""

    def __init__(self, data: bytes, source: Path, home: Path) -> None:
        super().__init__(data, str(source))
        self.path = source
        self.home = home
        self.tables = tables(home)

    def read(self, look: Look) -> Config:
        tree = self.tree
        known = (*self.tables, "nodes", "groups", "schedulers")
        for name in tree:
            if name not in known:
                self.unknown((name,), name, known)
        found = {name: self.table(name, tree.get(name, {})) for name in self.tables}
        nodes = config_nodes.Nodes(self.complain, self.lines)
        for number, each in enumerate(self.elements("nodes", tree)):
            nodes.take(number, self.values(("nodes", number), each, config_nodes.READERS))
            if "hosts" not in each:
                self.complain(("nodes", number), _('hosts is missing: hosts = "gpu[01-16]"'))
        groups = tree.get("groups", {})
        if not isinstance(groups, dict):
            self.complain(("groups",), _("groups is a table: [groups]"))
            groups = {}
        named = nodes.groups(groups)
        schedulers = self.schedulers(tree)
        ssh, team = found["ssh"], found["team"]
        why = look(ssh.config) if isinstance(ssh, Ssh) and ssh.config is not None else None
        if why is not None:
            self.complain(("ssh", "config"), why)
        if isinstance(team, Team) and len(team.collectors) > 1 and team.group is None:
            words = _('several collectors need a group that the files are given: group = "…"')
            self.complain(("team", "collectors"), words)
        if self.problems:
            raise ConfigError(self.sorted())
        fields: dict[str, Any] = found
        listed = tuple(nodes.listed.values())
        return Config(**fields, nodes=listed, groups=named, path=self.path, schedulers=schedulers)

    def table(self, name: str, said: object) -> msgspec.Struct:
        kind, readers = self.tables[name]
        if not isinstance(said, dict):
            self.complain((name,), _("{name} is a table: [{name}]").format(name=name))
            return kind()
        return kind(**self.values((name,), said, readers))

    def elements(self, name: str, tree: Mapping[str, object]) -> list[dict[str, object]]:
        said = tree.get(name, [])
        if isinstance(said, list) and all(isinstance(each, dict) for each in said):
            return said
        self.complain((name,), _("{name} is a list of tables: [[{name}]]").format(name=name))
        return []

    def schedulers(self, tree: Mapping[str, object]) -> tuple[Scheduler, ...]:
        readers = config_schedulers.readers(self.home)
        return config_schedulers.schedulers(
            self.elements("schedulers", tree),
            lambda number, said: self.values(("schedulers", number), said, readers),
            self.complain,
        )
