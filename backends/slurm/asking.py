"""Single jobs, read anew from the controller, and from the accounting database where it has forgotten them."""

import secrets
from collections.abc import Sequence

from backends.jobs import Job
from backends.slurm.ended import ended_of, one
from backends.slurm.ids import typed
from backends.slurm.listing import Reader
from backends.slurm.rows import FIELDS
from backends.slurm.squeue import listed
from backends.slurm.tools import Tools
from backends.slurm.words import Unanswered, unkept

AT_ONCE = 200
"""Ids in one call."""


async def jobs_of(tools: Tools, ids: Sequence[str]) -> list[Job]:
    """Read jobs, with every task of an array and every component of a heterogeneous job that is among the ids.

    Raises:
        Unanswered: the controller does not answer, or the accounting database for what the controller has forgotten;
            then nothing is known of them.
    """
    wanted = list(dict.fromkeys(job.partition("+")[0] for job in ids if typed(job)))
    found: list[Job] = []
    for start in range(0, len(wanted), AT_ONCE):
        found += await _listed(tools, wanted[start : start + AT_ONCE])
    known = {name for job in found for name in (job.id, job.array, job.het) if name is not None}
    missing = [job for job in wanted if job not in known]
    for start in range(0, len(missing), AT_ONCE):
        found += await _accounted(tools, missing[start : start + AT_ONCE])
    return found


async def _listed(tools: Tools, ids: Sequence[str]) -> list[Job]:
    version = await tools.version()
    found = await listed(tools, FIELDS, "-j", ",".join(ids))
    if found.said.status != 0:
        if "Invalid job id" in found.said.errors:  # said of one unknown job; of one among others nothing is said
            return []
        raise Unanswered(tools.trouble("squeue", found.said))
    return list(Reader(found.fields, version).read(found.rows()))


async def _accounted(tools: Tools, ids: Sequence[str]) -> list[Job]:
    """What the accounting database knows of them; nothing where this Slurm has none."""
    nonce = secrets.token_hex(6)
    said = await tools.run("sacct", *one(",".join(ids), nonce))
    if said.status != 0:
        if unkept(said.errors + said.output):
            return []
        raise Unanswered(tools.trouble("sacct", said))
    return list(ended_of(said.output, nonce, every=True))
