"""The settings of the source `slurm`: where its tools are, and how often they are asked."""

from pathlib import Path

import msgspec

from backends.ports import Unavailable
from backends.record import N_, Trouble


class Settings(msgspec.Struct, frozen=True):
    """What the configuration says."""

    login: str | None = None
    """The node on which the tools run, as it is handed to ``ssh``; None or empty: here."""
    path: Path | None = None
    """The folder of the tools; None: they are on the PATH."""
    interval: float = 5.0
    """Seconds between listings."""
    config: Path | None = None
    """The ssh configuration, as for ``ssh -F``; None for the usual ones."""
    user: str | None = None
    """Who logs in where the ssh configuration does not say."""
    patience: float | None = None
    """Seconds for one connection where the ssh configuration has no ConnectTimeout."""
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
        text = N_("The settings of the source slurm are wrong: {why}")
        raise Unavailable(Trouble(text, values={"why": str(error)})) from error
    if not 1.0 <= settings.interval <= 3600.0:  # one listing costs the controller some 30 ms with 10,000 jobs
        text = N_("The settings of the source slurm are wrong: {why}")
        raise Unavailable(Trouble(text, values={"why": "interval must be 1 to 3600 seconds"}))
    return settings


def _path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str | Path) and str(value):
        return Path(value).expanduser()
    raise ValueError("expected the path of a file or folder")
