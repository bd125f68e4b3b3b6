"""Who may collect and who may follow."""

import pytest

from console.model.config import Team
from console.rules.admission import Caller, locked_out, may_collect, may_follow, refusal, waiting
from console.views.words import say

ALICE, WANG, EVE, ROOT = Caller(1001, "alice"), Caller(1002, "wang", True), Caller(1003, "eve"), Caller(0, "root")
TEAM = Team(("alice",), ("li",), "lab")


@pytest.mark.parametrize(
    ("team", "caller", "owner", "may"),
    [
        (Team(), ALICE, None, True),
        (Team(), ALICE, 1001, True),
        (Team(), ALICE, 1002, False),
        (Team(), ROOT, 1002, True),
        (TEAM, ALICE, 1002, True),
        (TEAM, WANG, 1002, False),
        (TEAM, ROOT, 0, False),
    ],
)
def test_who_is_named_collects_else_who_owns_the_folder(team: Team, caller: Caller, owner: int, may: bool) -> None:
    assert may_collect(team, caller, owner) is may


@pytest.mark.parametrize(
    ("team", "caller", "may"),
    [
        (Team(), EVE, False),
        (Team(), Caller(1001, "x"), True),
        (Team(), WANG, False),
        (TEAM, EVE, False),
        (TEAM, WANG, True),
        (TEAM, Caller(7, "li"), True),
        (TEAM, Caller(7, "1001"), False),
        (TEAM, ROOT, True),
    ],
)
def test_the_team_its_group_root_and_the_collector_itself_follow(team: Team, caller: Caller, may: bool) -> None:
    assert may_follow(team, caller, 1001) is may


def test_everybody_else_is_told_whom_to_ask() -> None:
    for trouble in (refusal(TEAM, "x"), waiting(TEAM, "x"), locked_out(TEAM, "x")):
        assert "alice" in say(trouble) + trouble.hint.format(**trouble.values)
    assert "svc" in say(refusal(Team(), "svc"))
    assert "svc" in say(waiting(Team(), "svc"))
