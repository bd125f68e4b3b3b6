"""The collector's door and the console's: looked up once, in words, and never on the event loop."""

import os
import threading
from pathlib import Path

import pytest

from backends.record import Trouble
from console.model.config import Team
from console.rules.admission import Caller
from console.services import door, people
from console.services.door import Door, MayNotCollect, barred, modes_for
from console.services.feed import Feed
from console.services.follower import Follower
from console.services.link.socket import Peer
from console.services.people import People, caller_of, name_of
from console.store.folder import Folder

STRANGER = Peer(1, 4_000_000, 4_000_000)


async def test_our_own_user_root_and_the_team_are_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, str | None, bool]] = []

    def known(uid: int, gid: int, group: str | None) -> Caller:
        asked.append((uid, gid, group, threading.current_thread() is threading.main_thread()))
        return Caller(uid, f"user{uid}", uid == 7)

    monkeypatch.setattr(people, "caller_of", known)
    one = Door(Team(members=("user5",), group="lab"))
    assert await one.admit(Peer(1, os.geteuid(), 1)) is None
    assert await one.admit(Peer(1, 0, 0)) is None
    assert await one.admit(None) is None
    assert asked == []
    assert await one.admit(Peer(1, 5, 50)) is None
    assert await one.admit(Peer(2, 5, 50)) is None
    assert await one.admit(Peer(1, 7, 70)) is None
    refused = await one.admit(Peer(1, 8, 80))
    assert refused is not None
    assert "team" in refused.text
    assert asked == [(5, 50, "lab", False), (7, 70, "lab", False), (8, 80, "lab", False)]


async def test_who_has_no_name_is_known_by_number() -> None:
    assert await People("no such group").caller(STRANGER.uid, STRANGER.gid) == Caller(4_000_000, "4000000")
    assert name_of(4_000_000) == "4000000"
    assert caller_of(os.geteuid(), os.getegid(), "no such group").in_group is False


def test_who_may_not_collect_is_told_who_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path / "lab")
    with pytest.raises(MayNotCollect, match="only alice, wang may collect for this lab, not "):
        modes_for(Team(("alice", "wang"), group="g"), folder)
    with pytest.raises(MayNotCollect, match="no group no-such-group"):
        modes_for(Team(group="no-such-group"), folder)
    assert modes_for(Team(), folder).folder == 0o700
    folder.make()
    monkeypatch.setattr(door, "myself", lambda _group: Caller(4_000_000, "eve"))
    with pytest.raises(MayNotCollect, match=f"only {name_of(os.geteuid())} may collect for this lab, not eve"):
        modes_for(Team(), folder)
    waits, locked_out = barred(Team(("alice",)), folder)
    assert waits is not None
    assert waits.values == locked_out.values == {"names": "alice"}


async def test_a_console_that_may_start_nobody_says_who_may(tmp_path: Path) -> None:
    waits = Trouble("wait for {names}", "", {"names": "alice"})
    follower = Follower(tmp_path / "lab.sock", Feed(), None, waits=waits)
    await follower._seek()
    assert follower.trouble == waits
