"""Whether the files that decide on a login have changed since they were last looked at."""

from collections.abc import Iterable
from pathlib import Path

from backends.ssh.config_files import survey
from backends.ssh.disk import Disk
from backends.ssh.route import Route

_SYSTEM = Path("/etc/ssh/ssh_config")

Stamps = dict[Path, tuple[int, int, int] | None]
"""For each file: inode, size and time of its last change; None where it is not there."""


class Watch:
    """Looks at every file that a change of may open a way: keys, certificates, known hosts, and the configuration."""

    def __init__(self, disk: Disk, config: Path | None) -> None:
        """Make one.

        Args:
            disk: looks at the files.
            config: the ssh configuration, as for ``ssh -F``; None for the usual ones.
        """
        self._disk = disk
        self._config = config
        self._routes: list[Route] = []
        self._files: set[Path] | None = None
        self._seen: Stamps = {}

    async def changed(self, routes: Iterable[Route]) -> bool:
        """Say whether a file is another one than at the last look; never at the first one, nor of a file that is new.

        Args:
            routes: the ways that these files may open.

        Raises:
            Unavailable: the files do not answer.
        """
        now = list(routes)
        known = self._files if now == self._routes else None
        files, seen = await self._disk.look(Path.home() / ".ssh", lambda: self._look(now, known))
        before, self._seen, self._routes = self._seen, seen, now
        changed = any(before[path] != stamp for path, stamp in seen.items() if path in before)
        self._files = None if changed else files  # a changed configuration may include other files
        return changed

    def _look(self, routes: list[Route], known: set[Path] | None) -> tuple[set[Path], Stamps]:
        files = _deciding(routes, self._config) if known is None else known
        return files, {path: _stamp(path) for path in files}


def _deciding(routes: Iterable[Route], config: Path | None) -> set[Path]:
    folder = Path.home() / ".ssh"
    roots = {config: folder} if config is not None else {folder / "config": folder, _SYSTEM: _SYSTEM.parent}
    found = {Path(stamp[0]) for stamp in survey(roots).stamps} | set(roots)
    for route in routes:
        for one in (route, *route.jumps):
            found.update(one.keys, one.certificates, one.known_hosts)
            found.update(key.with_name(f"{key.name}-cert.pub") for key in one.keys)
    return found


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
