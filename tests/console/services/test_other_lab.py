"""A simulated and a real lab that were given one folder are never taken for each other."""

import asyncio
from pathlib import Path

from console.cli import settings_of
from console.model.standing import Standing
from console.services.feed import Feed
from console.services.follower import Follower
from console.services.link.protocol import Welcome
from console.services.link.server import Server

OPTIONS = {"nodes": 3, "gpus": 2, "seed": 7, "speed": 1.0, "interval": 2.0, "theme": None, "lang": None}


def test_a_simulated_lab_has_a_folder_of_its_own_below_the_one_named(tmp_path: Path) -> None:
    real = settings_of({**OPTIONS, "demo": False, "data": tmp_path})
    demo = settings_of({**OPTIONS, "demo": True, "data": tmp_path})
    again = settings_of({**OPTIONS, "demo": True, "data": demo.folder})
    assert real.folder == tmp_path
    assert demo.folder == again.folder
    assert demo.folder.is_relative_to(tmp_path)
    assert demo.folder != tmp_path


async def test_a_follower_of_a_real_lab_refuses_a_simulated_one(tmp_path: Path) -> None:
    def welcome(protocol: int) -> Welcome:
        return Welcome(protocol, "0", 1, "lab", True, 1, 0.0, 0.0)

    server = Server(welcome, list)
    await server.listen(tmp_path / "s")
    follower = Follower(tmp_path / "s", Feed(), simulated=False)
    try:
        async with asyncio.timeout(10):
            await follower.run()
    finally:
        await server.close()
    assert follower.standing is Standing.REFUSED
    assert follower.trouble is not None
    assert "simulated" in follower.trouble.text
    assert follower.welcome is None
    assert not follower.fleet.nodes
