"""The settings of the source `ssh`: which nodes there are, and how they are reached."""

from pathlib import Path

import msgspec

from backends.ports import Unavailable
from backends.record import N_, Trouble


class Host(msgspec.Struct, frozen=True):
    """A node as the lab lists it."""

    name: str
    address: str = ""
    """What is handed to ``ssh``; empty where it is the name."""
    group: str | None = None
    rack: str | None = None
    cards: int | None = None
    labels: dict[str, str] = {}


class Settings(msgspec.Struct, frozen=True):
    """What the configuration says."""

    hosts: tuple[Host, ...] = ()
    config: Path | None = None
    """The ssh configuration, as for ``ssh -F``; None for the usual ones."""
    user: str | None = None
    """Who logs in where the ssh configuration does not say."""
    at_once: int = 48
    at_once_per_jump: int = 8
    patience: float | None = None
    """Seconds for one connection where the ssh configuration has no ConnectTimeout."""
    python: tuple[str, ...] = ("python3", "/usr/libexec/platform-python")
    """Interpreters that are looked for on a node, the first one first; any of 3.6 or newer."""
    cache: Path | None = None
    """Where what ``ssh -G`` said is kept."""


def settings_of(given: dict[str, object]) -> Settings:
    """Check the settings.

    Raises:
        Unavailable: they are wrong.
    """
    try:
        settings = msgspec.convert(given, Settings, dec_hook=_path)
    except msgspec.ValidationError as error:
        text = N_("The settings of the source ssh are wrong: {why}")
        raise Unavailable(Trouble(text, values={"why": str(error)})) from error
    names = [host.name for host in settings.hosts]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice or not all(names):
        text = N_("The settings of the source ssh name a node twice, or not at all: {names}")
        raise Unavailable(Trouble(text, values={"names": ", ".join(twice)}))
    if settings.at_once < 1 or settings.at_once_per_jump < 1 or not settings.python:
        text = N_("The settings of the source ssh allow nothing: at_once, at_once_per_jump and python need a value.")
        raise Unavailable(Trouble(text))
    return settings


def _path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str | Path) and str(value):
        return Path(value).expanduser()
    raise NotImplementedError
