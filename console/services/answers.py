"""Answers questions about the past: on a thread and a read-only connection of its own, bounded in size and in time."""

import asyncio
import contextlib
import math
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from backends.record import Trouble
from console.language import N_
from console.model.history import (
    CARD_METRICS,
    CLUSTER_METRICS,
    NODE_METRICS,
    Answer,
    CurvesOf,
    Question,
    SpansOf,
    TimelineOf,
)
from console.services.link.asking import Unanswered
from console.services.link.socket import Peer
from console.store import aside

LONGEST = 400 * 86400.0
"""Seconds between the two ends of a question."""
PATIENCE = 5.0
"""Seconds that one answer may take to read; the one thread must not be kept from everybody else's questions."""
_STEPS = 20_000
"""Steps of SQLite's machine between two looks at the time, about 1 ms."""

Reader = Callable[[sqlite3.Connection, Question], Answer]
"""Answers one kind of question within a read transaction; on the reader's thread. The question's bounds hold."""


class Answers:
    """The reading end of the history.

    Args:
        path: of the file, which the archive has opened before the first question comes.
        readers: for each kind of question who answers it; a kind that is not there cannot be asked.
        ruin: is told of damage that reading found.
    """

    def __init__(
        self, path: Path, readers: Mapping[type[Question], Reader], ruin: Callable[[sqlite3.Error], None]
    ) -> None:
        self._path = path
        self._readers = readers
        self._ruin = ruin
        self._thread = ThreadPoolExecutor(1, "answers")
        self._db: sqlite3.Connection | None = None

    async def answer(self, question: Question, caller: Peer | None) -> Answer:  # noqa: ARG002 - the server's signature
        """Answer somebody's question.

        Raises:
            Unanswered: it asks for too much, takes too long, or the file cannot be read.
        """
        check(question)
        reader = self._readers.get(type(question))
        if reader is None:
            raise Unanswered(Trouble(N_("This collector cannot answer that question.")))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, reader, question)
        except sqlite3.Error as error:
            if aside.damaged(error):
                self._ruin(error)
            raise Unanswered(Trouble(N_("The history cannot be read: {error}"), "", {"error": str(error)})) from error

    def close(self) -> None:
        """End the thread and close the file; questions that wait are given up."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._db is not None:
            self._db.close()
            self._db = None

    def _read(self, reader: Reader, question: Question) -> Answer:
        if self._db is None:
            self._db = _opened(self._path)
        db, until = self._db, monotonic() + PATIENCE
        db.set_progress_handler(lambda: monotonic() > until, _STEPS)
        try:
            db.execute("BEGIN")  # one state of the file for all that is read
            return reader(db, question)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise Unanswered(
                Trouble(
                    N_("The question took longer than {seconds} s to answer."),
                    N_("Ask for a shorter time or for fewer rows."),
                    {"seconds": f"{PATIENCE:g}"},
                )
            ) from error
        finally:
            db.set_progress_handler(None, 0)
            with contextlib.suppress(sqlite3.Error):  # an error may have ended it; it must not stay open
                db.execute("ROLLBACK")


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA query_only=1")
    return db


def check(question: Question) -> None:
    """See that a question asks for something, and not for too much.

    Raises:
        Unanswered: it does not, or does.
    """
    since, until = question.since, question.until
    if not (math.isfinite(since) and math.isfinite(until) and 0.0 <= since < until):
        raise Unanswered(Trouble(N_("The question's beginning does not lie before its end.")))
    if until - since > LONGEST + 1.0:
        _refuse(N_("The question spans {asked} days; at most {most} can be asked."), (until - since) / 86400, 400)
    match question:
        case CurvesOf():
            _known(question)
            asked, most = question.points, 2_000
        case TimelineOf():
            asked, most = question.slots, 500
        case SpansOf():
            asked, most = question.most, 5_000
    if not 1 <= asked <= most:
        _refuse(N_("The question asks for {asked} values; 1 to {most} can be asked."), asked, most)


def _known(question: CurvesOf) -> None:
    """See that what is asked for is kept of such a thing: metrics become names of columns, so no other may pass."""
    of_node = NODE_METRICS if question.slot is None else CARD_METRICS
    names = CLUSTER_METRICS if question.node is None else of_node
    for metric in question.metrics:
        if metric not in names:
            raise Unanswered(Trouble(N_("No history of {metric} is kept."), "", {"metric": metric}))
    if not 1 <= len(question.metrics) <= len(names) or not 0 <= (question.slot or 0) < 256:
        _refuse(
            N_("The question asks for {asked} metrics; 1 to {most} can be asked."), len(question.metrics), len(names)
        )


def _refuse(text: str, asked: float, most: int) -> None:
    raise Unanswered(Trouble(text, "", {"asked": f"{asked:.0f}", "most": str(most)}))
