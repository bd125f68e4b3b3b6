"""What asyncssh tells and asks while one connection is made and held. It takes this for its `SSHClient`."""

import asyncio
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from backends.ports import Ask, Prompt
from backends.ssh.known import Judgement, KnownHosts
from backends.ssh.route import Route

if TYPE_CHECKING:
    import asyncssh

LOGIN = 30.0
"""Seconds for a login once keys are exchanged; a directory service may be slow."""

ROUNDS = 3
"""How often a person is asked by one host for the same thing, as ssh does."""

_MOST = 4096
"""Characters of banners that are kept."""


class Phase(StrEnum):
    """How far a connection has come."""

    CONNECT = "connect"
    GREETING = "greeting"
    """TCP is there; the other side has not said what it is."""
    KEYS = "keys"
    LOGIN = "login"
    UP = "up"


class Question:
    """Asks a person, one question at a time; who is told no does not ask again for a while."""

    def __init__(self, ask: Ask | None, pause: float) -> None:
        self._ask = ask
        self._pause = pause
        self._turn = asyncio.Lock()
        self._quiet_until = float("-inf")

    @property
    def possible(self) -> bool:
        """Whether anybody can be asked now."""
        return self._ask is not None and asyncio.get_running_loop().time() >= self._quiet_until

    def forget(self) -> None:
        """Ask again, although it was declined."""
        self._quiet_until = float("-inf")

    async def put(self, prompt: Prompt) -> str | None:
        """Return the answer; None where nobody gives one."""
        async with self._turn:
            if self._ask is None or not self.possible:
                return None
            answer = await self._ask(prompt)
            if answer is None:
                self._quiet_until = asyncio.get_running_loop().time() + self._pause
            return answer


class Login:
    """One connection, from TCP to its end."""

    def __init__(self, route: Route, known: KnownHosts, question: Question, lost: Callable[["Login"], None]) -> None:
        """Make one.

        Args:
            route: where to.
            known: decides on host keys.
            question: how a person is asked.
            lost: called once, when a connection that was up is over.
        """
        self.route = route
        self.phase = Phase.CONNECT
        self.judgement: Judgement | None = None
        """Of a host key that was refused."""
        self.offered: list[str] = []
        """Ways to log in that the server takes and that were tried to the end."""
        self.rounds = 0
        """How often a person gave an answer."""
        self.declined = False
        """Whether a person was asked in vain, or nobody could be asked."""
        self.deadline: asyncio.Timeout | None = None
        self._known = known
        self._question = question
        self._lost = lost
        self._said: list[str] = []
        self._connection: asyncssh.SSHClientConnection | None = None

    @property
    def said(self) -> str:
        """What the server said before the login was through; hostile text."""
        return "\n".join(self._said)[:_MOST]

    def reached(self) -> Phase:
        """How far it came, asked when it failed."""
        if self.phase is Phase.GREETING and self._connection is not None:
            version = self._connection.get_extra_info("server_version")
            return Phase.GREETING if version is None else Phase.KEYS
        return self.phase

    # ---- called by asyncssh ------------------------------------------------------------------------------------------

    def connection_made(self, conn: "asyncssh.SSHClientConnection") -> None:
        """TCP, or the channel through the jump host, is there."""
        self._connection = conn
        self.phase = Phase.GREETING

    def connection_lost(self, _exc: Exception | None) -> None:
        """It is over."""
        self._connection = None if self.phase is Phase.UP else self._connection
        if self.phase is Phase.UP:
            self._lost(self)

    def debug_msg_received(self, _msg: str, _lang: str, _always: bool) -> None:
        """Nobody reads these."""

    def validate_host_public_key(self, _host: str, _address: str, _port: int, key: "asyncssh.SSHKey") -> bool:
        """Decide on a key that no file has."""
        if self._known.accepts(self.route, key):
            return True
        self.judgement = self._known.verdict(self.route, key)
        return False

    def validate_host_ca_key(self, _host: str, _address: str, _port: int, _key: "asyncssh.SSHKey") -> bool:
        """No authority is trusted that no file has."""
        return False

    def auth_banner_received(self, msg: str, _lang: str) -> None:
        """Keep what the server says: why it refuses may stand there."""
        if sum(map(len, self._said)) < _MOST:
            self._said.append(msg[:_MOST])

    def begin_auth(self, _username: str) -> None:
        """Keys are exchanged; the login has a time of its own."""
        self.phase = Phase.LOGIN
        self._grant(LOGIN)

    def auth_completed(self) -> None:
        """Logged in."""
        self.phase = Phase.UP

    def public_key_auth_requested(self) -> None:
        """Every key was tried."""
        self._offers("publickey")

    def password_change_requested(self, prompt: str, _lang: str) -> object:
        """A password that has to be changed is a matter for ssh itself."""
        self._said.append(prompt)
        return NotImplemented

    def password_changed(self) -> None:
        """Never: see `password_change_requested`."""

    def password_change_failed(self) -> None:
        """Never: see `password_change_requested`."""

    async def password_auth_requested(self) -> str | None:
        """Ask for a password."""
        self._offers("password")
        answers = await self._put("", [(f"{self.route.user}@{self.route.host}'s password: ", False)])
        return answers[0] if answers else None

    def kbdint_auth_requested(self) -> str | None:
        """Say whether there is somebody to be asked."""
        self._offers("keyboard-interactive")
        if self._may_ask():
            return ""
        self.declined = self.declined or self.rounds < ROUNDS
        return None

    async def kbdint_challenge_received(
        self, _name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """Ask for a login code, or for whatever the server wants to hear."""
        if not prompts:
            self.auth_banner_received(instructions, lang)
            return []
        return await self._put(instructions, prompts)

    # ------------------------------------------------------------------------------------------------------------------

    def _offers(self, method: str) -> None:
        if method not in self.offered:
            self.offered.append(method)

    def _may_ask(self) -> bool:
        return self.rounds < ROUNDS and not self.declined and self._question.possible

    async def _put(self, before: str, prompts: Sequence[tuple[str, bool]]) -> list[str] | None:
        """Put questions to a person, for whom nothing is ever too slow but the server."""
        if not self._may_ask():
            self.declined = self.declined or self.rounds < ROUNDS
            return None
        self._grant(None)
        answers = []
        try:
            for text, echo in prompts:
                whole = f"{before}\n{text}" if before else text
                answer = await self._question.put(Prompt(self.route.name, whole, echo))
                if answer is None:
                    self.declined = True
                    return None
                answers.append(answer)
        finally:
            self._grant(LOGIN)
        self.rounds += 1
        return answers

    def _grant(self, seconds: float | None) -> None:
        if self.deadline is not None and not self.deadline.expired():
            when = None if seconds is None else asyncio.get_running_loop().time() + seconds
            self.deadline.reschedule(when)
