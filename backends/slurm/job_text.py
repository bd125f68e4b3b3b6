"""What ``scontrol -d show job`` says of one job, taken apart although users wrote parts of it."""

import re

from backends.slurm.values import pairs

_NEXT = re.compile(r"\n\s*\n(?=JobId=\d+ )")


def _late(before: str) -> re.Pattern[str]:
    """Finds the paths, each of which stands behind this."""
    keys = "".join(f"{before}{key}=(?P<{key}>.*?)" for key in ("StdErr", "StdIn", "StdOut"))
    after = r"(?:Power|[A-Za-z]*Tres|NtasksPerTRES|Mail|Switches|Sched)\w*="
    return re.compile(f"{keys}(?={before}{after}|\\s*$)", re.ASCII | re.DOTALL)


_ON_LINES, _ON_ONE_LINE = _late(r"\n\s+"), _late(" ")
"""Written behind all that users write (name, command, comment), while the rest stands before it, but for the name.
A path may hold the name again."""


def records_of(output: str) -> list[str]:
    """The records of an answer: an array has several."""
    return [part.strip() for part in _NEXT.split(output.strip()) if part.startswith("JobId=")]


def record_of(output: str, number: str) -> str | None:
    """The record of the job with this number of Slurm's own."""
    return next((text for text in records_of(output) if text.startswith(f"JobId={number} ")), None)


def fields_of(text: str, name: str | None) -> dict[str, str]:
    """Its fields by key, where each is written by Slurm.

    Args:
        text: one record, on one line or on many.
        name: the job's name, which may look like any field; None where it is not known.
    """
    plain = without_name(text, name)
    said = pairs(plain)
    late = _ON_LINES.search(plain) or _ON_ONE_LINE.search(plain)
    said.update({} if late is None else late.groupdict())
    if name is not None:
        said["JobName"] = name
    return said


def without_name(text: str, name: str | None) -> str:
    """The record with nothing where the name stands."""
    return text if not name else text.replace(f"JobName={name}", "JobName=", 1)
