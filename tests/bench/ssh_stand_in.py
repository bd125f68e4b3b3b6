"""An SSH server in a process of its own that stands in for many nodes, 8 cards each; real sshd would fork for each.

Not a benchmark; `ssh_connect.py` starts it, with a folder and an interval. It reads the user's public key
from ``id.pub`` there, writes its own to ``host.pub``, prints its port, and ends with its standard input. A session
swallows the probe's text, says hello, and then a line on each beat of the interval.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import ClassVar

import asyncssh
from asyncssh.connection import SSHConnection
from asyncssh.constants import MSG_IGNORE
from decode import lines


class Silent:
    """As OpenSSH, and unlike asyncssh, this server puts no empty packet before each one that says something."""

    send = staticmethod(SSHConnection.send_packet)

    @staticmethod
    def packet(connection: SSHConnection, kind: int, *rest: bytes, **more: object) -> None:
        """Send a packet that is none to be ignored."""
        if kind != MSG_IGNORE:
            Silent.send(connection, kind, *rest, **more)  # type: ignore[arg-type]


CIPHERS = ["aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"]


class Probe(asyncssh.SSHServerSession[bytes]):
    """One node's probe: text in, lines out."""

    speaking: ClassVar[set["Probe"]] = set()
    said = b"\n".join(lines(1)[0]) + b"\n"
    ticks = lines(600)[1]

    def __init__(self) -> None:
        self.channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._text = b""
        self._beat = 0

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self.channel = chan

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def session_started(self) -> None:
        assert self.channel is not None
        if "-I -c" not in self._command:  # any other command
            self.channel.write(b"0.42 0.40 0.38 1/200 4711\n")
            self.channel.exit(0)

    def data_received(self, data: bytes, _datatype: object) -> None:
        if self in self.speaking:
            return
        self._text += data
        head, _, rest = self._text.partition(b"\n")
        if head.isdigit() and len(rest) >= int(head):
            assert self.channel is not None
            self.speaking.add(self)
            self._text = b""
            hello = json.loads(self.said.split(b"\n")[0])
            hello[5] = time.time()
            self.channel.write(json.dumps(hello).encode() + b"\n" + self.said.split(b"\n", 1)[1])

    def connection_lost(self, _exc: Exception | None) -> None:
        self.speaking.discard(self)
        self.channel = None

    def beat(self, wall: float) -> None:
        line = json.loads(self.ticks[self._beat % len(self.ticks)])
        self._beat += 1
        line[1], line[2], line[8] = 1000.0 + self._beat, wall, 1000.0 + self._beat
        if self.channel is not None:
            self.channel.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


class Door(asyncssh.SSHServer):
    """Lets the user's key in."""

    def session_requested(self) -> Probe:
        return Probe()


async def main(folder: Path, interval: float) -> None:
    """Listen until standard input ends."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_public_key(str(folder / "host.pub"))
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Door,
        server_host_keys=[key],
        authorized_client_keys=str(folder / "id.pub"),
        encryption_algs=CIPHERS,
        encoding=None,
        backlog=1024,
    )
    print(server.get_port(), flush=True)
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    while not ended.done():
        await asyncio.sleep(interval - time.time() % interval)
        wall = time.time()
        for probe in list(Probe.speaking):
            probe.beat(wall)
    server.close()


def serve() -> None:
    """Run as the program's whole work."""
    SSHConnection.send_packet = Silent.packet  # type: ignore[method-assign, assignment]
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
