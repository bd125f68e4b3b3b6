"""The past of a job's cards: of one that had a part of its nodes, nobody else's cards are shown."""

import msgspec

from backends.jobs import Held, Job, JobState
from console.model.history import Row, Timeline
from console.model.plans import Proof, Result
from console.views import job_cards
from console.views.plan import result
from widgets.models import Paragraph, Plot, text_of

ENDED = Job("7", state=JobState.COMPLETED, gpus=2, nodes=("n1",))


def told(cards: int) -> Timeline:
    rows = tuple(Row(f"n1:{slot}", bytes([50, 60]), b"\0\0") for slot in range(cards))
    return Timeline(0.0, 60.0, rows, ())


def test_of_an_ended_job_that_had_a_part_of_its_node_nobody_says_which_cards() -> None:
    (item,) = job_cards.past(ENDED, lambda _: None, told(8), 1)
    assert isinstance(item, Paragraph)
    assert text_of(item.text).startswith("Nobody says which GPUs it has")


def test_of_one_that_had_whole_nodes_all_their_cards_are_its_own() -> None:
    whole = msgspec.structs.replace(ENDED, gpus=8, held=(Held("n1", None, 8),))
    found = job_cards.past(whole, lambda _: None, told(8), 1)
    assert any(isinstance(item, Plot) for item in found)


def test_a_job_without_cards_has_none_of_its_nodes() -> None:
    assert job_cards.past(msgspec.structs.replace(ENDED, gpus=0), lambda _: None, told(8), 1) == []


def test_what_came_of_a_job_that_waits_tells_held_from_released() -> None:
    held = Job("7", state=JobState.PENDING, reason="JobHeldUser")
    assert "pending (JobHeldUser)" in result(Result("7", Proof.CONFIRMED, None, (held,)))
    free = msgspec.structs.replace(held, reason=None)
    assert result(Result("7", Proof.CONFIRMED, None, (free,))).endswith("pending")
