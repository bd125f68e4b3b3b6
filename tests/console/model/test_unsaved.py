"""GPU-hours since the last checkpoint."""

import msgspec
import pytest

from backends.jobs import Held, Job, JobState, Progress
from console.model.unsaved import cards, unsaved_hours

NOW = 1_700_000_000.0
JOB = Job("7", state=JobState.RUNNING, gpus=16, started=NOW - 7200)
PROGRESS = Progress("7", NOW)


def test_it_counts_from_the_checkpoint_or_from_the_start() -> None:
    assert unsaved_hours(JOB, PROGRESS, NOW) == 32.0
    assert unsaved_hours(JOB, Progress("7", NOW, saved=NOW - 1800), NOW) == 8.0
    assert unsaved_hours(JOB, Progress("7", NOW, saved=NOW - 9000), NOW) == 32.0
    assert unsaved_hours(JOB, Progress("7", NOW, saved=NOW + 60), NOW) == 0.0


@pytest.mark.parametrize(
    "job",
    [
        msgspec.structs.replace(JOB, started=None),
        msgspec.structs.replace(JOB, gpus=None),
        msgspec.structs.replace(JOB, state=JobState.PENDING),
    ],
)
def test_what_is_not_known_is_not_counted(job: Job) -> None:
    assert unsaved_hours(job, PROGRESS, NOW) is None
    assert unsaved_hours(JOB, None, NOW) is None


def test_cards_are_those_that_are_held() -> None:
    assert cards(JOB) == 16
    assert cards(msgspec.structs.replace(JOB, held=(Held("a", (0, 1)), Held("b", None, 3)))) == 5
    assert cards(msgspec.structs.replace(JOB, held=(Held("a", (0, 1)), Held("b")))) == 16
