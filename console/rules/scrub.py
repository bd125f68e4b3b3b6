"""Taking names out of what leaves this machine: people, hosts, addresses, folders, secrets; each name gets one word."""

import re
from collections.abc import Iterable

from console.rules.redaction import redacted

_V4 = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)"
_V6 = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4})(?![\w:])"
_ADDRESS = re.compile(f"{_V4}|{_V6}")
_AT = re.compile(r"(?<![\w.+-])([\w.+-]+)@([\w.-]+)")
"""``user@host``, of ssh and of mail."""
_HOMES = re.compile(r"(/(?:home|Users|export/home|data/home)/)([^/\s:\"',;]+)")
_LOOPBACK = frozenset({"127.0.0.1", "0.0.0.0", "::1", "::"})  # noqa: S104 - texts, nothing is bound
_LEAST = 2
"""Characters of a name that is looked for everywhere; one letter alone may be anything."""
_COMMON = frozenset({"root", "daemon", "nobody", "localhost", "demo", "local", "git", "ssh"})
"""Names that tell nothing."""


class Scrubber:
    """Replaces names by words, the same name by the same word for as long as it lives."""

    def __init__(self, home: str = "", users: Iterable[str] = (), hosts: Iterable[str] = ()) -> None:
        """Make it.

        Args:
            home: the folder that becomes ``~``.
            users: people that are known.
            hosts: machines that are known, by any of their names.
        """
        self._home = home.rstrip("/")
        self._words: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        for host in hosts:
            self._host(host)
        for user in users:
            self.word("user", user)
        self._known = _any_of(self._words)

    def word(self, kind: str, name: str) -> str:
        """Return the word that stands for a name: ``user-1``, ``host-2``, ``address-1``."""
        if name in _COMMON or name in _LOOPBACK or not name or name in self._words.values():
            return name
        if name not in self._words:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._words[name] = f"{kind}-{self._counts[kind]}"
        return self._words[name]

    def _host(self, name: str) -> str:
        """A machine by its short and its full name is one."""
        if _ADDRESS.fullmatch(name):
            return self.word("address", name)
        short = name.partition(".")[0]
        word = self.word("host", short)
        if short != name and word != short:
            self._words.setdefault(name, word)
        return word

    def text(self, text: str) -> str:
        """Return a text of any number of lines without secrets and without names."""
        return "\n".join(self._line(line) for line in text.split("\n"))

    def _line(self, line: str) -> str:
        line = redacted(line)
        if self._home:
            line = re.sub(rf"{re.escape(self._home)}(?![\w.-])", "~", line)
        line = _HOMES.sub(lambda found: found[1] + self.word("user", found[2]), line)
        line = _AT.sub(lambda found: f"{self.word('user', found[1])}@{self._host(found[2])}", line)
        line = _ADDRESS.sub(lambda found: self._address(found[0]), line)
        if self._known is None:
            return line
        return self._known.sub(lambda found: self._words[found[0]], line)

    def _address(self, found: str) -> str:
        if all(part.isdigit() for part in found.split(":")):
            return found  # a time of day
        return self.word("address", found)


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    found = sorted((name for name in names if len(name) >= _LEAST), key=len, reverse=True)
    if not found:
        return None
    return re.compile(rf"(?<![A-Za-z0-9_-])(?:{'|'.join(map(re.escape, found))})(?![A-Za-z0-9_-])")
