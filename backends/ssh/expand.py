"""The tokens and signs in what ``ssh -G`` prints: ``%h``, ``${HOME}``, ``~``, and lists of paths without quotes."""

import os
import pwd
import re
import socket
from collections.abc import Mapping
from pathlib import Path

import msgspec

_TOKEN = re.compile(r"%(.?)")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Machine:
    """What is the same for all hosts of one resolving: who and where we are, and which files there are.

    What was looked up once is not looked up again: 512 hosts name the same ten files.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        me, local = pwd.getpwuid(os.getuid()), socket.gethostname()
        self.environ = environ
        self.tokens = {
            "%": "%",
            "d": me.pw_dir,
            "i": str(me.pw_uid),
            "L": local.partition(".")[0],
            "l": local,
            "u": me.pw_name,
        }
        self._paths: dict[str, Path | None] = {}
        self._lists: dict[str, list[str]] = {}
        self._identities: dict[Path, tuple[Path, ...]] = {}

    def path(self, text: str) -> Path | None:
        """Return a path whose tokens are filled in; None where it is ``none`` or names a variable that is not set."""
        if text not in self._paths:
            self._paths[text] = self._path(text)
        return self._paths[text]

    def words(self, text: str) -> list[str]:
        """Cut a list of paths between blanks, which ssh prints without the quotes that they were written in.

        A word that begins no absolute path belongs to the one before; so does one where only both together exist.
        """
        if text not in self._lists:
            self._lists[text] = _words(text)
        return self._lists[text]

    def identity(self, path: Path) -> tuple[Path, ...]:
        """Return the file of a key, or its public half where that alone is here and the agent holds the other."""
        if path not in self._identities:
            halves = (path, path.with_name(path.name + ".pub")) if path.name else ()
            self._identities[path] = tuple(half for half in halves if half.is_file())[:1]
        return self._identities[path]

    def _path(self, text: str) -> Path | None:
        if text.lower() == "none" or not text or any(name not in self.environ for name in _VARIABLE.findall(text)):
            return None
        filled = _VARIABLE.sub(lambda found: self.environ[found[1]], text)
        if filled == "~" or filled.startswith("~/"):
            return Path(self.tokens["d"] + filled[1:])
        if not filled.startswith("~"):
            return Path(filled)
        name, _, rest = filled[1:].partition("/")
        try:
            return Path(pwd.getpwnam(name).pw_dir) / rest
        except KeyError:
            return None


class Tokens(msgspec.Struct, frozen=True):
    """What the tokens of one host stand for."""

    values: dict[str, str]
    machine: Machine

    def fill(self, text: str) -> str | None:
        """Fill in ``%`` tokens; None where one is unknown to us."""
        if "%" not in text:
            return text
        if any(token not in self.values for token in _TOKEN.findall(text)):
            return None
        return _TOKEN.sub(lambda found: self.values[found[1]], text)

    def path(self, text: str) -> Path | None:
        """Fill in a path: tokens, variables, ``~``; None for ``none`` and for what cannot be filled in."""
        filled = self.fill(text)
        return None if filled is None else self.machine.path(filled)

    def paths(self, text: str) -> list[Path]:
        """Fill in a list of paths."""
        return [path for path in map(self.path, self.machine.words(text)) if path is not None]


def tokens(*, name: str, host: str, port: int, user: str, alias: str | None, machine: Machine) -> Tokens:
    """Return what the tokens stand for, for one host.

    Args:
        name: what was handed to ssh.
        host: HostName, or the name.
        port: where it listens.
        user: who logs in there.
        alias: HostKeyAlias.
        machine: where we are.
    """
    own = {"h": host, "k": alias or name, "n": name, "p": str(port), "r": user}
    return Tokens(machine.tokens | own, machine)


def home() -> Path:
    """Return the home that ssh uses: that of the user in the system's list, whatever ``HOME`` says."""
    return Path(pwd.getpwuid(os.getuid()).pw_dir)


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in text.split(" "):
        joined = f"{words[-1]} {word}" if words else word
        begins = word.startswith(("/", "~", "%d", "${")) or word.lower() == "none"
        if words and (not begins or (not Path(words[-1]).exists() and Path(joined).exists())):
            words[-1] = joined
        else:
            words.append(word)
    return words
