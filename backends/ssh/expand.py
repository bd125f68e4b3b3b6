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


class Tokens(msgspec.Struct, frozen=True):
    """What the tokens of one host stand for."""

    values: dict[str, str]
    environ: dict[str, str]

    def fill(self, text: str) -> str | None:
        """Fill in ``%`` tokens; None where one is unknown to us."""
        unknown = False

        def value(found: re.Match[str]) -> str:
            nonlocal unknown
            unknown = unknown or found[1] not in self.values
            return self.values.get(found[1], "")

        filled = _TOKEN.sub(value, text)
        return None if unknown else filled

    def path(self, text: str) -> Path | None:
        """Fill in a path: tokens, variables, ``~``; None for ``none`` and for what cannot be filled in."""
        if text.lower() == "none" or not text:
            return None
        filled = self.fill(text)
        if filled is None or any(name not in self.environ for name in _VARIABLE.findall(filled)):
            return None
        return self._home(_VARIABLE.sub(lambda found: self.environ[found[1]], filled))

    def paths(self, text: str) -> list[Path]:
        """Read a list of paths between blanks, which ssh prints without the quotes that they were written in.

        A word that begins no absolute path belongs to the one before; so does one where only both together exist.
        """
        paths: list[str] = []
        for word in text.split(" "):
            joined = f"{paths[-1]} {word}" if paths else word
            begins = word.startswith(("/", "~", "%d", "${")) or word.lower() == "none"
            if paths and (not begins or (not _exists(paths[-1]) and _exists(joined))):
                paths[-1] = joined
            else:
                paths.append(word)
        return [path for path in map(self.path, paths) if path is not None]

    def _home(self, text: str) -> Path:
        if text == "~" or text.startswith("~/"):
            return Path(self.values["d"] + text[1:])
        if text.startswith("~"):
            name, _, rest = text[1:].partition("/")
            try:
                return Path(pwd.getpwnam(name).pw_dir) / rest
            except KeyError:
                return Path(text)
        return Path(text)


def tokens(*, name: str, host: str, port: int, user: str, alias: str | None, environ: Mapping[str, str]) -> Tokens:
    """Return what the tokens stand for, for one host.

    Args:
        name: what was handed to ssh.
        host: HostName, or the name.
        port: where it listens.
        user: who logs in there.
        alias: HostKeyAlias.
        environ: for ``${NAME}``.
    """
    me, local = pwd.getpwuid(os.getuid()), socket.gethostname()
    values = {
        "%": "%",
        "d": me.pw_dir,
        "h": host,
        "i": str(me.pw_uid),
        "k": alias or name,
        "L": local.partition(".")[0],
        "l": local,
        "n": name,
        "p": str(port),
        "r": user,
        "u": me.pw_name,
    }
    return Tokens(values, dict(environ))


def home() -> Path:
    """Return the home that ssh uses: that of the user in the system's list, whatever ``HOME`` says."""
    return Path(pwd.getpwuid(os.getuid()).pw_dir)


def _exists(text: str) -> bool:
    return Path(text).exists()
