"""Which version of Slurm speaks; it reads text only."""

import re

_VERSION = re.compile(r"\b(\d{2})\.(\d{1,2})(?:\.(\d+))?", re.ASCII)


def version_of(said: str) -> tuple[int, ...]:
    """The version in ``slurm-wlm 22.05.8`` as (22, 5, 8); empty where there is none."""
    match = _VERSION.search(said)
    return tuple(int(part) for part in match.groups() if part is not None) if match else ()
