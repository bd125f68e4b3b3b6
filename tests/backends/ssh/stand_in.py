"""Servers that sshd cannot be here: one that asks for a login code (sshd needs PAM for it), and one that is none."""

import asyncio
from collections.abc import Sequence

import asyncssh
from rig import Rig

from backends.ssh.route import Route

CODE = "246810"


class Door(asyncssh.SSHServer):
    """Asks for a login code, forwards, and counts."""

    def __init__(self, asks: "Asking") -> None:
        self._asks = asks

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._asks.connections += 1
        if self._asks.banner:
            conn.send_auth_banner(self._asks.banner)

    def begin_auth(self, _username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return False

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, *_: object) -> tuple[str, str, str, list[tuple[str, bool]]]:
        self._asks.asked += 1
        return "", "One-time\x1b[31m code", "", [("Code: ", False)]

    def validate_kbdint_response(self, _username: str, responses: Sequence[str]) -> bool:
        return list(responses) == [CODE]

    def connection_requested(self, *_: object) -> bool:
        return True


class Asking:
    """A jump host that asks for a login code."""

    def __init__(self, rig: Rig, banner: str = "") -> None:
        self.asked = 0
        self.connections = 0
        self.banner = banner
        self._rig = rig
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._server: asyncssh.SSHAcceptor | None = None

    async def start(self) -> Route:
        """Listen; returns the way there."""
        self._server = await asyncssh.listen(
            "127.0.0.1", 0, server_factory=lambda: Door(self), server_host_keys=[self._key]
        )
        port = self._server.get_port()
        self._rig.add_known(f"[127.0.0.1]:{port} {self._key.export_public_key().decode()}")
        return Route(
            "jump", "127.0.0.1", port, self._rig.user, known_hosts=(self._rig.known_hosts,), keys=(self._rig.key,)
        )

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()


class Saying:
    """A port that answers with bytes, whatever it is told."""

    def __init__(self, said: bytes, *, hang_up: bool) -> None:
        self._said = said
        self._hang_up = hang_up
        self._server: asyncio.Server | None = None
        self._open: list[asyncio.StreamWriter] = []

    async def start(self) -> int:
        """Listen on 127.0.0.1; returns the port."""
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        assert self._server is not None
        for writer in self._open:
            writer.close()
        self._server.close()

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.append(writer)
        writer.write(self._said)
        await writer.drain()
        if self._hang_up:
            writer.close()


class Person:
    """Answers, or does not."""

    def __init__(self, *answers: str | None) -> None:
        self.asked: list[object] = []
        self._answers = list(answers)

    async def __call__(self, prompt: object) -> str | None:
        self.asked.append(prompt)
        await asyncio.sleep(0)
        return self._answers.pop(0) if self._answers else None
