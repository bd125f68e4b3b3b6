"""What the configuration says of one cluster, checked; refuses what is of the wrong kind, in words."""

import msgspec

from backends.ports import Opening, Unavailable
from backends.record import N_, Trouble

NAME = "kubernetes"
INTERVAL = 5.0


class Settings(msgspec.Struct, frozen=True):
    """Which cluster, as whom, and how much of it."""

    source: str = NAME
    kubeconfig: str | None = None
    """A file; None is what ``kubectl`` would take, or inside a pod its service account."""
    context: str | None = None
    """None is the current one."""
    namespaces: tuple[str, ...] = ()
    """Only these; empty is all, or the one of the context where all may not be seen."""
    interval: float = INTERVAL
    """Seconds between listings when nothing happens."""


def settings_of(opening: Opening) -> Settings:
    """Read what a source or an access was opened with.

    Raises:
        Unavailable: a setting is of the wrong kind.
    """
    given = opening.settings
    namespaces = given.get("namespaces", ())
    if not isinstance(namespaces, (list, tuple)) or not all(isinstance(one, str) and one for one in namespaces):
        raise _wrong("namespaces", namespaces, N_("Give a list of names, or leave it out."))
    interval = given.get("interval", INTERVAL)
    if isinstance(interval, bool) or not isinstance(interval, (int, float)) or not 0 < interval <= 3600:
        raise _wrong("interval", interval, N_("Give seconds, at most 3600."))
    return Settings(
        opening.name or NAME,
        _text(given, "kubeconfig"),
        _text(given, "context"),
        tuple(str(one) for one in namespaces),
        float(interval),
    )


def _text(given: dict[str, object], key: str) -> str | None:
    value = given.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise _wrong(key, value, N_("Give a text, or leave it out."))
    return value


def _wrong(key: str, value: object, hint: str) -> Unavailable:
    text = N_("The setting {key} of the source kubernetes is wrong: {value}")
    return Unavailable(Trouble(text, hint, {"key": key, "value": repr(value)[:120]}))
