"""What is kept and shown of people: pure decisions about records, taken before anything is stored or told."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from operator import is_

import msgspec

from backends.jobs import Job, Jobs, Policy, Queues
from backends.records import AnyRecord, Event, NodeProcesses, Process
from console.model.config import Privacy
from console.rules.owners import program
from console.rules.redaction import HIDDEN, redacted, remembering

REMEMBERED = 65_536
"""Command lines whose redacted form is remembered; 2,048 nodes with 20 processes each have 40,960."""
_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aeiou"
_SYLLABLES = 4
"""4.1e7 words: among 500 people two share one in 3 labs of 1,000."""


def pseudonym(key: bytes, user: str) -> str:
    """Return the word that stands for a person in this lab: the same for ever, and told only by who has the key."""
    number = int.from_bytes(hashlib.blake2b(user.encode("utf-8", "surrogatepass"), key=key, digest_size=8).digest())
    word = ""
    for _ in range(_SYLLABLES):
        number, consonant = divmod(number, len(_CONSONANTS))
        number, vowel = divmod(number, len(_VOWELS))
        word += _CONSONANTS[consonant] + _VOWELS[vowel]
    return word


def veil(record: AnyRecord, privacy: Privacy, key: bytes, redact: Callable[[str], str] = redacted) -> AnyRecord:
    """Return a record as this lab keeps and shows it; the very same where there is nothing to take from it.

    Args:
        record: of any kind; those that tell of people or hold texts of theirs are changed.
        privacy: what the lab allows.
        key: for pseudonyms.
        redact: strikes secrets out of a text.
    """
    match record:
        case NodeProcesses():
            return _processes(record, [_process(one, privacy, key, redact) for one in record.processes])
        case Jobs() | Queues() | Policy() if privacy.users == "pseudonyms":
            return _schedule(record, lambda user: pseudonym(key, user))
        case Event() if record.text:
            text = redact(record.text)
            return record if text == record.text else msgspec.structs.replace(record, text=text)
    return record


def program_only(record: AnyRecord) -> AnyRecord:
    """Return a record whose command lines are the names of programs: what others than the collector's user get."""
    if isinstance(record, NodeProcesses):
        return _processes(record, [_commanded(one, program(one.command)) for one in record.processes])
    return record


def _processes(record: NodeProcesses, changed: Sequence[Process]) -> NodeProcesses:
    if all(map(is_, changed, record.processes)):
        return record
    return msgspec.structs.replace(record, processes=tuple(changed))


def _process(process: Process, privacy: Privacy, key: bytes, redact: Callable[[str], str]) -> Process:
    command = process.command
    if command is not None:
        command = None if privacy.commands == "none" else redact(command)
        if privacy.commands == "program":
            command = program(command)
    if privacy.users == "pseudonyms":
        if process.user is not None:
            word = pseudonym(key, process.user)
            command = None if command is None else without(command, process.user, word)
            process = msgspec.structs.replace(process, user=word)
        process = msgspec.structs.replace(process, uid=None)  # a number is as good as a name to who can look it up
    return _commanded(process, command)


def _commanded(process: Process, command: str | None) -> Process:
    return process if command == process.command else msgspec.structs.replace(process, command=command)


def _schedule(record: Jobs | Queues | Policy, called: Callable[[str], str]) -> Jobs | Queues | Policy:
    """Return what a scheduler says with other words for people; accounts and partitions are no people."""
    match record:
        case Jobs():
            return msgspec.structs.replace(record, jobs=tuple(_job(job, called) for job in record.jobs))
        case Queues():
            reservations = tuple(
                msgspec.structs.replace(each, users=tuple(map(called, each.users))) for each in record.reservations
            )
            capacities = tuple(
                msgspec.structs.replace(each, reason_by=called(each.reason_by)) if each.reason_by else each
                for each in record.capacities
            )
            return msgspec.structs.replace(record, reservations=reservations, capacities=capacities)
    shares = tuple(
        msgspec.structs.replace(each, user=called(each.user)) if each.user else each for each in record.shares
    )
    return msgspec.structs.replace(record, shares=shares)


def _job(job: Job, called: Callable[[str], str]) -> Job:
    """Paths mostly lie in the person's home, and a job is often named after its person."""
    job = msgspec.structs.replace(job, uid=None)
    if job.user is None:
        return job
    word = called(job.user)
    texts = {
        name: without(text, job.user, word)
        for name in ("name", "output", "errors", "said")
        if (text := getattr(job, name)) is not None
    }
    return msgspec.structs.replace(job, user=word, **texts)


def without(text: str, user: str, instead: str) -> str:
    """Return a text in which another word stands for a person's name, wherever that stands by itself."""
    if user not in text:
        return text
    return re.sub(rf"(?<![\w]){re.escape(user)}(?![\w])", lambda _: instead, text)


def forgotten(event: Event, names: Iterable[str]) -> Event:
    """Return an event without a person's names in its text."""
    text = event.text
    for name in names:
        text = None if text is None else without(text, name, HIDDEN)
    return event if text == event.text else msgspec.structs.replace(event, text=text)


class Discretion:
    """A lab's privacy in force: the redacted forms of what was seen are remembered, and who may see what is decided."""

    def __init__(self, privacy: Privacy = Privacy(), key: bytes = b"") -> None:  # noqa: B008 - a frozen value
        """Make it.

        Args:
            privacy: what the lab allows.
            key: for pseudonyms; 16 bytes or more, of this lab alone.
        """
        self._privacy = privacy
        self._key = key
        self._redact = remembering(redacted, REMEMBERED)

    def kept(self, batch: Iterable[AnyRecord]) -> list[AnyRecord]:
        """What of a batch is kept, stored and told."""
        return [veil(record, self._privacy, self._key, self._redact) for record in batch]

    def for_others(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord]:
        """What of records other users than the collector's own see."""
        if self._privacy.others:
            return records
        return [program_only(record) for record in records]

    def names(self, user: str) -> tuple[str, ...]:
        """Under which names a person may stand in what was kept."""
        return (user, pseudonym(self._key, user)) if self._key else (user,)
