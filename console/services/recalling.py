"""Who answers which kind of question about the past."""

import sqlite3
from collections.abc import Mapping

from backends.record import Trouble
from console.language import N_
from console.model.history import Answer, CurvesOf, Question, SpansOf, TimelineOf
from console.services.answers import Reader
from console.services.link.asking import Unanswered
from console.store import recall, timeline
from console.store.series.ledger import Series


def readers(series: Series) -> Mapping[type[Question], Reader]:
    """The reader of each kind of question."""

    def spans(db: sqlite3.Connection, question: Question) -> Answer:
        assert isinstance(question, SpansOf)
        return recall.spans(db, question)

    def rows(db: sqlite3.Connection, question: Question) -> Answer:
        assert isinstance(question, TimelineOf)
        try:
            return timeline.timeline(db, question, series.utils())
        except timeline.TooMuch as error:
            raise Unanswered(
                Trouble(
                    N_("That is too much for one timeline: {cards} GPUs over {hours} hours."),
                    N_("Ask for fewer nodes or for a shorter time."),
                    {"cards": str(error.cards), "hours": f"{error.hours:.0f}"},
                )
            ) from error

    return {CurvesOf: series.curves, SpansOf: spans, TimelineOf: rows}
