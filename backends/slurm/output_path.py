"""Where a batch job writes: the paths that scontrol shows, with what Slurm has left of their patterns filled in."""

import re
from collections.abc import Mapping

from backends.slurm.hostlist import nodes_of
from backends.slurm.values import text

_PATTERN = re.compile(r"%(\d*)([%AaJjNnstux])", re.ASCII)
_NO_TASK = "4294967294"


def filled(said: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The paths of output and errors; errors go where output goes, where nothing else is said.

    Args:
        said: what ``scontrol show job`` says, by key.
    """
    output = _path(said.get("StdOut", ""), said)
    return output, _path(said.get("StdErr", ""), said) or output


def _path(path: str, said: Mapping[str, str]) -> str | None:
    found = text(path)
    if found is None:
        return None
    whole = found if found.startswith("/") else f"{said.get('WorkDir', '').rstrip('/')}/{found}"
    if not whole.startswith("/"):
        return None
    return whole if "\\" in whole else expanded(whole, values_of(said))


def values_of(said: Mapping[str, str]) -> dict[str, str]:
    """What each letter of a pattern means for a job, seen from its batch script: the first node, the first task."""
    number = said.get("JobId", "")
    nodes = nodes_of(said.get("NodeList", ""))
    task = said.get("ArrayTaskId", "")
    return {
        "A": said.get("ArrayJobId", number),
        "a": task if task.isdigit() else _NO_TASK,
        "J": number,
        "j": number,
        "N": said.get("BatchHost", nodes[0] if nodes else ""),
        "n": "0",
        "s": "batch",
        "t": "0",
        "u": said.get("UserId", "").partition("(")[0],
        "x": said.get("JobName", ""),
        "%": "%",
    }


def expanded(path: str, values: Mapping[str, str]) -> str:
    """Fill in a pattern: ``%5j`` is the number with at least five digits."""

    def value(match: re.Match[str]) -> str:
        found = values[match[2]]
        return found.zfill(min(int(match[1] or 0), 10)) if found.isdigit() else found

    return _PATTERN.sub(value, path)
