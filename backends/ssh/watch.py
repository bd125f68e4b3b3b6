"""Whether the files that decide on a login have changed since they were last looked at."""

from collections.abc import Iterable
from pathlib import Path

from backends.ssh.route import Route

Stamps = dict[Path, tuple[int, int, int] | None]
"""For each file: inode, size and time of its last change; None where it is not there."""


def stamps(routes: Iterable[Route], config: Path | None) -> Stamps:
    """Look at every file that a change of may open a way: keys, certificates, known hosts, ssh configuration."""
    return {path: _stamp(path) for path in sorted(_files(routes, config))}


def _files(routes: Iterable[Route], config: Path | None) -> set[Path]:
    found = {Path("/etc/ssh/ssh_config"), config or Path.home() / ".ssh" / "config"}
    for route in routes:
        for one in (route, *route.jumps):
            found.update(one.keys, one.certificates, one.known_hosts)
            found.update(key.with_name(f"{key.name}-cert.pub") for key in one.keys)
            if one.agent is not None:
                found.add(Path(one.agent))
    return found


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
