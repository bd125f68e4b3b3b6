"""One call of squeue, with the fields that this version of it has."""

import secrets

import msgspec

from backends.slurm.rows import asked, refused, rows_of
from backends.slurm.tools import Said, Tools


class Listed(msgspec.Struct, frozen=True):
    """What squeue said."""

    said: Said
    fields: tuple[str, ...]
    """Those that it has."""
    nonce: str

    def rows(self) -> list[str]:
        """Cut it into rows."""
        return rows_of(self.said.output, self.nonce)


async def listed(tools: Tools, fields: tuple[str, ...], *arguments: str) -> Listed:
    """Ask for jobs of every state, in every partition.

    A field that squeue does not know it leaves out, with exit 0 (22.05); should it list nothing, it is asked again.

    Args:
        tools: how to ask.
        fields: what is wanted of each job.
        arguments: which jobs.

    Raises:
        Unanswered: it could not be run, or took too long. How it ended is for the caller to judge.
    """
    nonce = secrets.token_hex(6)
    said = await tools.run("squeue", "-h", "-a", "-t", "all", *arguments, "-O", asked(fields, nonce))
    missing = refused(said.errors)
    if missing:
        fields = tuple(field for field in fields if field.lower() not in missing)
        if said.status != 0:
            said = await tools.run("squeue", "-h", "-a", "-t", "all", *arguments, "-O", asked(fields, nonce))
    return Listed(said, fields, nonce)
