"""What is kept and shown of people: pure decisions about records, taken before anything is stored or told."""

from collections.abc import Callable, Iterable, Sequence
from operator import is_

import msgspec

from backends.jobs import Jobs, Policy, Progresses, Queues, Services
from backends.records import AnyRecord, Event, NodeProcesses, Process
from console.model.config import Privacy
from console.rules.owners import program
from console.rules.people import People, pseudonym, without
from console.rules.redaction import HIDDEN, redacted, remembering
from console.rules.schedule_privacy import veiled

REMEMBERED = 65_536
"""Command lines whose redacted form is remembered; 2,048 nodes with 20 processes each have 40,960."""


def veil(record: AnyRecord, privacy: Privacy, people: People, redact: Callable[[str], str] = redacted) -> AnyRecord:
    """Return a record as this lab keeps and shows it; the very same where there is nothing to take from it.

    Args:
        record: of any kind; those that tell of people or hold texts of theirs are changed.
        privacy: what the lab allows.
        people: the words for them, where pseudonyms stand; whom the record tells of is known from now on.
        redact: strikes secrets out of a text.
    """
    match record:
        case NodeProcesses():
            return _processes(record, [_process(one, privacy, people, redact) for one in record.processes])
        case Jobs() | Queues() | Policy() | Services() | Progresses() if privacy.users == "pseudonyms":
            return veiled(record, people)
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


def _process(process: Process, privacy: Privacy, people: People, redact: Callable[[str], str]) -> Process:
    command = process.command
    if command is not None:
        command = None if privacy.commands == "none" else redact(command)
        if privacy.commands == "program":
            command = program(command)
    if privacy.users == "pseudonyms":
        if process.user is not None:
            word = people.word(process.user)
            command = None if command is None else without(command, process.user, word)
            process = msgspec.structs.replace(process, user=word)
        process = msgspec.structs.replace(process, uid=None)  # a number is as good as a name to who can look it up
    return _commanded(process, command)


def _commanded(process: Process, command: str | None) -> Process:
    return process if command == process.command else msgspec.structs.replace(process, command=command)


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
        self._people = People(key)
        self._redact = remembering(redacted, REMEMBERED)

    def kept(self, batch: Iterable[AnyRecord]) -> list[AnyRecord]:
        """What of a batch is kept, stored and told."""
        return [veil(record, self._privacy, self._people, self._redact) for record in batch]

    def for_others(self, records: Sequence[AnyRecord]) -> Sequence[AnyRecord]:
        """What of records other users than the collector's own see."""
        if self._privacy.others:
            return records
        return [program_only(record) for record in records]

    def names(self, user: str) -> tuple[str, ...]:
        """Under which names a person may stand in what was kept."""
        return (user, pseudonym(self._key, user)) if self._key else (user,)
