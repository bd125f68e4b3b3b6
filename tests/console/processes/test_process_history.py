"""What two who follow see of the past when their collector is killed: both go on, and neither side of it is lost."""

import asyncio
import signal
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from conftest import LabRoom, following, until  # noqa: E402 - pytest imports by path; this folder is no package

from console.model.history import Curves, CurvesOf  # noqa: E402
from console.model.standing import Standing  # noqa: E402
from console.services.follower import Follower  # noqa: E402
from console.services.link.asking import Unanswered  # noqa: E402


async def measured(follower: Follower, since: float) -> list[float]:
    """UTC of the seconds in which a card's utilisation was kept, from an instant on."""
    until = follower.clock.wall()
    question = CurvesOf(("util",), since, until, max(1, round(until - since)), "gpu-01", 0)
    try:
        answer = await follower.ask(question)
    except Unanswered:
        return []  # it is just being replaced
    assert isinstance(answer, Curves)
    (curve,) = answer.curves
    return [answer.since + number * answer.step for number, value in enumerate(curve.mean) if value is not None]


async def test_killed_it_is_replaced_and_the_past_goes_on_for_both(room: LabRoom) -> None:
    first = room.start("collect", "--until-idle", "9")
    await until(room.folder.socket.exists)
    async with following(room.follower(starts=True)) as one, following(room.follower(starts=True)) as other:
        await until(lambda: one.fleet.nodes and other.fleet.nodes, what="nodes")
        begun = one.clock.wall()
        while len(await measured(one, begun)) < 5:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.5)
        before = await measured(one, begun)
        first.send_signal(signal.SIGKILL)
        first.wait()
        killed = one.clock.wall()
        for each in (one, other):
            await until(
                lambda each=each: (
                    each.standing is Standing.FOLLOWING and each.welcome is not None and each.welcome.generation == 2
                ),
                what="the next collector",
            )
        room.collector()
        while len([at for at in await measured(one, begun) if at > killed]) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        found = await measured(other, begun)
        lost = [at for at in before if min(abs(at - kept) for kept in found) > 2.0]
        assert not lost, "what one was told of the past is told again by the next collector"
