"""Hosts and schedulers that this machine's own files name. Only files are read; nothing and nobody is contacted."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from console.language import _
from console.model.nodesets import NodeSetError, fold, sensible, unfold

SLURM = Path("/etc/slurm/slurm.conf")
LONGEST = 1 << 20
"""Bytes of a file that are looked at."""

_HOST = re.compile(r"^\s*Host(?:\s+|\s*=\s*)(.+)$", re.IGNORECASE | re.MULTILINE)
_CONTEXT = re.compile(r"""^current-context:\s*["']?([^\s"'#]{1,253})""", re.MULTILINE)
_NODE = re.compile(r"^\s*NodeName=(\S+)", re.IGNORECASE | re.MULTILINE)


def proposals(home: Path, slurm: Path = SLURM) -> list[tuple[str, str]]:
    """Return node sets, each with the file that names it; none twice."""
    found: list[tuple[str, str]] = []
    known: set[str] = set()
    for path, names in ((slurm, _slurm(slurm)), (home / ".ssh" / "config", _ssh(home / ".ssh" / "config"))):
        fresh = [name for name in dict.fromkeys(names) if name not in known]
        known.update(fresh)
        if fresh:
            found.append((fold(fresh), _("from {path}").format(path=path)))
    return found


def schedulers(home: Path, slurm: Path = SLURM) -> list[tuple[str, str]]:
    """Return tables of the configuration file for schedulers, each with what names it."""
    found = []
    tool = shutil.which("squeue")
    if tool is not None or slurm.is_file():
        where = slurm if slurm.is_file() else Path(tool or "")
        found.append(('[[schedulers]]\nkind = "slurm"', _("from {path}").format(path=where)))
    named = [Path(part) for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    for path in named or [home / ".kube" / "config"]:
        context = _CONTEXT.search(_text(path))
        if context is not None:
            table = f'[[schedulers]]\nkind = "kubernetes"\ncontext = {json.dumps(context[1], ensure_ascii=False)}'
            found.append((table, _("from {path}").format(path=path)))
            break
    return found


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(LONGEST)
    except OSError:
        return ""


def _ssh(path: Path) -> Iterator[str]:
    """The hosts of an ssh configuration that are named without a wildcard."""
    for match in _HOST.finditer(_text(path)):
        for name in match[1].partition("#")[0].split():
            if sensible(name.strip('"')):
                yield name.strip('"')


def _slurm(path: Path) -> Iterator[str]:
    """The nodes of a scheduler's configuration."""
    for match in _NODE.finditer(_text(path)):
        if match[1].upper() == "DEFAULT":
            continue
        try:
            yield from unfold(match[1])
        except NodeSetError:
            continue  # it is only a proposal
