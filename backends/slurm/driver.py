"""Slurm as a source of jobs and queues, and as a person's own way to it."""

from typing import TYPE_CHECKING

from backends.ports import Driver, Opening

if TYPE_CHECKING:
    from backends.slurm.access import SlurmAccess
    from backends.slurm.source import Slurm


def _open_source(opening: Opening) -> "Slurm":
    from backends.slurm.source import Slurm

    return Slurm(opening)


def _open_access(opening: Opening) -> "SlurmAccess":
    from backends.slurm.access import SlurmAccess

    return SlurmAccess(opening)


DRIVER = Driver("slurm", _open_source, _open_access)
