"""Whether the files that decide on a login have changed since they were last looked at."""

from collections.abc import Iterable
from pathlib import Path

from backends.ssh.config_files import survey
from backends.ssh.route import Route

_SYSTEM = Path("/etc/ssh/ssh_config")

Stamps = dict[Path, tuple[int, int, int] | None]
"""For each file: inode, size and time of its last change; None where it is not there."""


def stamps(files: Iterable[Path]) -> Stamps:
    """Look at files."""
    return {path: _stamp(path) for path in files}


def deciding(routes: Iterable[Route], config: Path | None) -> set[Path]:
    """Every file that a change of may open a way: keys, certificates, known hosts, and the ssh configuration."""
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
