"""A fleet that is not there: one process that speaks for many nodes, over real SSH or over a Unix socket for each.

    python tests/bench/standin.py ssh PORT NODES | socket FOLDER NODES

What it says is what the probes of a simulated lab of that size say. Over SSH the user's name is the node's; it takes
the probe's text as a node would and does not run it. It prints ``ready`` once it listens. Rounds that it had no time
for are counted in the file ``late`` of the folder it runs in: then less was measured than it looks like.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from backends.demo.lab import Lab
from backends.demo.shape import Shape

INTERVAL = 2.0


class Fleet:
    """All nodes, and whom they talk to."""

    def __init__(self, nodes: int) -> None:
        self.lab = Lab(Shape(nodes=nodes, gpus=8, cpu_nodes=0), time.time())
        self.talks: dict[str, Callable[[bytes], None]] = {}
        self._fresh: set[str] = set()

    def join(self, node: str, say: Callable[[bytes], None]) -> None:
        """A node is listened to from now on; its hello is said with the next tick."""
        self.talks[node] = say

    async def run(self) -> None:
        """Speak on the grid of the interval, giving way between nodes."""
        missed, last = 0, None
        while True:
            now = time.time()
            number = now // INTERVAL + 1
            if last is not None and number > last + 1:
                missed += int(number - last - 1)
                Path("late").write_text(str(missed))  # noqa: ASYNC240 - a few bytes, and late already
            last = number
            await asyncio.sleep(number * INTERVAL - now)
            for node, say in list(self.talks.items()):
                try:
                    say(b"\n".join(self.lab.lines(node, time.time())) + b"\n")
                except BrokenPipeError:  # it has hung up, and `talk` has not heard it yet
                    self.talks.pop(node, None)
                await asyncio.sleep(0)


async def over_sockets(fleet: Fleet, folder: Path) -> None:
    """Listen at ``FOLDER/NODE`` for each node."""
    for node in fleet.lab.nodes:

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, node: str = node) -> None:
            await reader.readexactly(int(await reader.readline()))
            fleet.join(node, writer.write)
            while await reader.readline():
                pass
            fleet.talks.pop(node, None)

        await asyncio.start_unix_server(talk, folder / node)


async def over_ssh(fleet: Fleet, port: int) -> None:
    """Listen for SSH; any user who is a node may come in, by any key."""
    import asyncssh
    from asyncssh.connection import SSHConnection
    from ssh_stand_in import Silent

    SSHConnection.send_packet = Silent.packet  # type: ignore[method-assign, assignment] # as OpenSSH does

    class Door(asyncssh.SSHServer):
        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return username in fleet.lab.nodes

    async def talk(process: asyncssh.SSHServerProcess[bytes]) -> None:
        node = process.get_extra_info("username")
        await process.stdin.readexactly(int(await process.stdin.readline()))
        fleet.join(node, process.stdout.write)
        while await process.stdin.readline():
            pass
        fleet.talks.pop(node, None)
        process.exit(0)

    key = asyncssh.generate_private_key("ssh-ed25519")
    Path(f"standin-{port}.pub").write_bytes(key.export_public_key())  # noqa: ASYNC240 - before anybody is served
    await asyncssh.create_server(
        Door, "127.0.0.1", port, server_host_keys=[key], process_factory=talk, encoding=None, backlog=1024
    )


async def main() -> None:
    """Listen, then speak until ended."""
    way, where, nodes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    fleet = Fleet(nodes)
    await (over_ssh(fleet, int(where)) if way == "ssh" else over_sockets(fleet, Path(where)))
    print("ready", flush=True)
    await fleet.run()


if __name__ == "__main__":
    asyncio.run(main())
