"""What is said at the door of a simulated lab: one question, one answer, each a length and a msgpack message."""

import asyncio
from collections.abc import Sequence

import msgspec

from backends.commands import Call, Outcome
from backends.jobs import Job, JobDetail, Outputs
from backends.record import Trouble

MOST_ASKED = 1 << 20
"""Bytes of a question at most."""
MOST_TOLD = 8 << 20
"""Bytes of an answer at most."""
_LENGTH = 4


class Ask(msgspec.Struct, frozen=True, tag_field="ask", kw_only=True):
    """The kind of every question."""

    source: str
    """``slurm`` or ``k8s``."""


class AskDetail(Ask, frozen=True, tag="detail", kw_only=True):
    """Tell everything about a job."""

    job: str


class AskOutputs(Ask, frozen=True, tag="outputs", kw_only=True):
    """Tell what a job writes."""

    job: str


class AskText(Ask, frozen=True, tag="text", kw_only=True):
    """Tell what a job wrote: its last bytes, or what came after a piece."""

    job: str
    output: str
    back: int = 0
    after: int | None = None
    """The number of the piece that comes next; None begins `back` bytes before the end."""


class AskAct(Ask, frozen=True, tag="act", kw_only=True):
    """Carry a call out."""

    call: Call


class AskJobs(Ask, frozen=True, tag="jobs", kw_only=True):
    """Tell how these jobs are."""

    ids: tuple[str, ...]


class Detailed(msgspec.Struct, frozen=True, tag="detail"):
    """Everything about a job."""

    detail: JobDetail


class Named(msgspec.Struct, frozen=True, tag="outputs"):
    """What a job writes."""

    outputs: Outputs


class Text(msgspec.Struct, frozen=True, tag="text"):
    """What a job wrote."""

    data: bytes
    after: int
    over: bool
    """Whether nothing more will come."""


class Acted(msgspec.Struct, frozen=True, tag="acted"):
    """What came of a call."""

    outcomes: tuple[Outcome, ...]


class Known(msgspec.Struct, frozen=True, tag="jobs"):
    """Those of the jobs that the scheduler knows."""

    jobs: tuple[Job, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Why there is no answer."""

    trouble: Trouble


Question = AskDetail | AskOutputs | AskText | AskAct | AskJobs
Answer = Detailed | Named | Text | Acted | Known | Refused
QUESTIONS = msgspec.msgpack.Decoder(Question)
ANSWERS = msgspec.msgpack.Decoder(Answer)
_encode = msgspec.msgpack.Encoder().encode


def frame(message: Question | Answer) -> Sequence[bytes]:
    """A message as it is sent."""
    text = _encode(message)
    return len(text).to_bytes(_LENGTH, "big"), text


async def framed(reader: asyncio.StreamReader, most: int) -> bytes | None:
    """The next message; None where the other side has gone, or says more than `most` bytes."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
        return await reader.readexactly(length) if length <= most else None
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
