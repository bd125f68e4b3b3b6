"""The lab's folder and the history in it: where they are, whose they are, how large."""

import stat
from collections.abc import Iterator
from pathlib import Path

from console.language import _
from console.model.checks import Check, Outcome
from console.model.settings import Settings
from console.store.extent import Extent, extent
from console.store.folder import Folder, Refused, filesystem
from console.store.modes import modes_of
from console.views import units


def checks(settings: Settings) -> Iterator[Check]:
    """Yield what is to be said of the folder, of its files, and of the history."""
    folder = Folder(settings.folder)
    try:
        folder.make()
        probe = folder.path / ".doctor"
        probe.touch(mode=0o600)
        probe.unlink()
    except (Refused, OSError) as error:
        yield Check("data.folder", Outcome.WRONG, str(error), _("Choose another folder: --data DIR."))
        return
    kind = filesystem(folder.path) or "?"
    yield Check("data.folder", Outcome.GOOD, f"{folder.path} ({kind})")
    team = settings.config.team
    modes = modes_of(team, 0 if team.group is not None else None)
    if folder.path.stat().st_mode & 0o077 & ~modes.folder:
        text = _("other users of this machine can enter {folder}").format(folder=folder.path)
        yield Check("data.mode", Outcome.WRONG, text, f"chmod {modes.folder & 0o777:o} {folder.path}")
    yield from _open_files(folder.path, modes.files)
    yield from _open_files(settings.state, 0o600)
    yield _history(folder.database, settings)


def _open_files(folder: Path, allowed: int) -> Iterator[Check]:
    """Name files that somebody else may read; we make none, but a person or a restored backup may have."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & 0o077 & ~allowed:
            text = _("other users may open {file} (mode {mode})")
            said = text.format(file=path, mode=f"{stat.S_IMODE(mode):04o}")
            yield Check("data.mode", Outcome.WRONG, said, f"chmod {allowed:o} {path}")


def _history(path: Path, settings: Settings) -> Check:
    found = extent(path)
    if found is None:
        return Check("history", Outcome.NOTE, _("none yet"))
    if isinstance(found, str):
        hint = _("A collector that starts sets a damaged file aside and begins a new one.")
        return Check("history", Outcome.WRONG, _("the file cannot be read: {error}").format(error=found), hint)
    budget = settings.config.history.budget
    full = found.size > budget
    hint = _("The oldest is removed first; raise history.budget to keep more.") if full else ""
    return Check("history", Outcome.NOTE if full else Outcome.GOOD, _said(found, budget), hint)


def _said(found: Extent, budget: int) -> str:
    text = _("{size} of {budget}, since {since}")
    since = units.instant(found.oldest) if found.oldest is not None else "?"
    return text.format(size=units.size(found.size), budget=units.size(budget), since=since)
