"""What squeue is asked for, and its answer cut into rows that no text of a user's can forge or tear."""

import re
from collections.abc import Sequence

FIELDS = (
    "JobArrayID", "JobID", "State", "Reason", "UserName", "UserID", "Account", "Partition", "QOS", "Reservation",
    "PriorityLong", "SubmitTime", "EligibleTime", "StartTime", "EndTime", "TimeLimit", "NumNodes", "NumTasks",
    "tres-alloc", "tres-per-job", "tres-per-node", "tres-per-task", "OverSubscribe", "Feature", "ReqNodes", "NodeList",
    "Dependency", "exit_code", "RestartCnt", "Requeue", "Name",
)  # fmt: skip
"""By their names for ``-O``. All that are Slurm's own words stand first: only the name is a user's own text, and it is
the last, so that what it holds of separators stays within it. None changes while a job only runs on, so that a row that
is the same is the same job. A StartTime that lies ahead is when Slurm expects it to start, as `squeue --start` says."""

SEPARATOR = "\x1f"
_REFUSED = re.compile(r"Invalid job format specification: (\S+)")


def asked(fields: Sequence[str], nonce: str) -> str:
    """What to hand to ``-O``. The end of a row is a word that nobody can foresee, for a name may hold new lines."""
    return ",".join(f"{field}:{SEPARATOR}" for field in fields[:-1]) + f",{fields[-1]}:{SEPARATOR}{nonce}"


def rows_of(output: str, nonce: str) -> list[str]:
    """Cut an answer into rows; one that was cut off at the end of the output is left out."""
    return [row.removeprefix("\n") for row in output.split(f"{SEPARATOR}{nonce}")[:-1]]


def refused(errors: str) -> frozenset[str]:
    """The fields that this version of squeue does not have: it leaves them out and exits with 0."""
    return frozenset(word.lower() for word in _REFUSED.findall(errors))
