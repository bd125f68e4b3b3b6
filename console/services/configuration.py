"""The configuration file on the disk: where it is looked for, who may have written it, and how a node set is added."""

import contextlib
import os
import pwd
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from console.language import _
from console.model import config_text
from console.model.config import Config, Lab, Listed, Team
from console.model.configfile import LONGEST, ConfigError, parse
from console.model.nodesets import addresses, fold
from console.model.problem import Problem

NAME = "config.toml"
SYSTEM = Path("/etc/quarterdeck") / NAME
"""The lab's own file, for everybody on the machine."""


def find(named: Path | None, users: Path, system: Path = SYSTEM) -> Path | None:
    """Return the file that holds: the one named, else the user's, else the system's; None where there is none.

    Args:
        named: what stands behind ``--config``.
        users: the user's folder of configuration.
        system: the lab's own file.
    """
    if named is not None:
        return named.absolute()
    return next((path for path in (users / NAME, system) if os.path.lexists(path)), None)


def read(path: Path) -> Config:
    """Read a file.

    Raises:
        ConfigError: with everything that is wrong: it cannot be read, others may write it, or what it says.
    """
    try:
        with contextlib.closing(_Opened(path)) as opened:
            opened.check()
            data, ours = opened.data(), opened.ours
    except OSError as error:
        raise refused(path, _("it cannot be read: {error}").format(error=error.strerror or error)) from None
    return parse(data, path, Path.home(), lambda named: _missing(named, ours))


def _missing(path: Path, ours: bool) -> str | None:
    """Why a file that the configuration names cannot be used; None where it can, or where only its collector knows.

    A member of a team may lack the right to look at it, and need not have what the lab's file names in every home.
    """
    if not ours and path.is_relative_to(Path.home()):
        return None
    try:
        found = path.stat()
    except PermissionError:
        return None
    except OSError as error:
        return _("{path} cannot be read: {error}").format(path=path, error=error.strerror or error)
    return _("{path} is no file").format(path=path) if stat.S_ISDIR(found.st_mode) else None  # /dev/null is one


def load(path: Path | None, hosts: str | None) -> Config:
    """Return the configuration of a run.

    Args:
        path: the file that holds, if there is one.
        hosts: what stands behind ``--ssh``: these nodes alone are the lab, and the team is the user alone.

    Raises:
        ConfigError: the file cannot be used.
        console.model.nodesets.NodeSetError: `hosts` is no node set.
    """
    found = Config() if path is None else read(path)
    if hosts is None:
        return found
    nodes = tuple(Listed(name, address) for name, address in addresses(hosts).items())
    lab = Lab(name=fold(node.name for node in nodes), interval=found.lab.interval)
    return msgspec.structs.replace(found, lab=lab, nodes=nodes, groups={}, team=Team())


def refused(path: Path, why: str) -> ConfigError:
    """The error of a file that cannot be used as a whole."""
    return ConfigError([Problem(str(path), 1, "", why)])


class _Opened:
    """An open file: what is checked is what is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would wait for ever

    def close(self) -> None:
        os.close(self._file)

    @property
    def ours(self) -> bool:
        """Whether it is this user's own."""
        return os.fstat(self._file).st_uid == os.geteuid()

    def check(self) -> None:
        """See that nobody else could have put commands into it.

        Raises:
            ConfigError: others may have.
        """
        found = os.fstat(self._file)
        if not stat.S_ISREG(found.st_mode):
            raise refused(self._path, _("it is no file"))
        if found.st_size > LONGEST:
            raise refused(self._path, _("it has more than {most} MB").format(most=LONGEST >> 20))
        real = self._path.resolve()
        for path, status in ((real, found), (real.parent, real.parent.stat())):
            self._owned(path, status)

    def _owned(self, path: Path, found: os.stat_result) -> None:
        if found.st_uid not in (os.geteuid(), 0):
            words = _("{path} belongs to {owner}, and names commands that would run as you; it must be yours or root's")
            raise refused(self._path, words.format(path=path, owner=_name(found.st_uid)))
        if found.st_mode & 0o022 and not (stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX):
            words = _("others may write {path}, and the file names commands that would run as you: chmod go-w {path}")
            raise refused(self._path, words.format(path=path))

    def data(self) -> bytes:
        with os.fdopen(os.dup(self._file), "rb") as file:
            return file.read(LONGEST + 1)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def save(path: Path, hosts: Mapping[str, str | None]) -> str:
    """Add nodes to a file, which is made where there is none; return in words what was done. Comments stay.

    Args:
        path: the file.
        hosts: what ``ssh`` is given for each name; None for the name itself.

    Raises:
        ConfigError: the file has mistakes, or names one of the nodes otherwise; then it stays as it is.
        OSError: it cannot be written.
    """
    if not os.path.lexists(path):
        write(path, config_text.new(config_text.nodes(hosts)))
        return _("{path} was made").format(path=path)
    known = {node.name: node for node in read(path).nodes}
    fresh = {name: address for name, address in hosts.items() if name not in known}
    for name in hosts.keys() - fresh.keys():
        listed = known[name].address
        if listed != hosts[name]:
            words = _("{name} is listed there already, with another address: {address}")
            raise refused(path, words.format(name=name, address=listed or name))
    if not fresh:
        return _("{path} lists them already").format(path=path)
    text = path.read_text(encoding="utf-8")
    added = text.rstrip("\n") + "\n\n" + config_text.nodes(fresh)
    parse(added.encode(), path, Path.home())
    write(path, added)
    return _("{nodes} added to {path}").format(nodes=fold(fresh), path=path)


def write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all; one that is there keeps its mode.

    A new one has mode 0600 where its folder is its user's alone: it names hosts and people; elsewhere 0644, for a lab's
    file is read by everybody's console, and holds no secret.
    """
    real = path.resolve()
    if not real.parent.exists():
        real.parent.mkdir(mode=0o700, parents=True)
    private = not real.parent.stat().st_mode & 0o077 or real.is_relative_to(Path.home())
    mode = stat.S_IMODE(real.stat().st_mode) if real.exists() else 0o600 if private else 0o644
    fresh = real.with_name(f".{real.name}.{os.getpid()}")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        fresh.replace(real)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
