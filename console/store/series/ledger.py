"""The numeric history as one part of the archive's round."""

import sqlite3

from console.model.config import Retention
from console.model.history import Answer, Question
from console.store.ledger import Round


class Series:
    """Writes what nodes and cards measured, and answers for curves of it."""

    def write(self, db: sqlite3.Connection, found: Round) -> None:
        """Write what this round adds."""

    def committed(self) -> None:
        """The round is on the disk."""

    def prune(self, db: sqlite3.Connection, now: float, kept: Retention) -> None:
        """Remove what is too old."""

    def oldest(self, db: sqlite3.Connection) -> float | None:
        """The instant of the oldest that is kept."""
        return None

    def curves(self, db: sqlite3.Connection, question: Question) -> Answer:
        """Answer a question for curves."""
        raise NotImplementedError
