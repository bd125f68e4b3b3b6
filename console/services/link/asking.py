"""A client's questions that have no answer yet, and the one way in which a question fails."""

import asyncio

from backends.record import Trouble
from console.language import N_
from console.model.history import Answer, Forgotten, Listed
from console.services.link.protocol import Told


class Unanswered(Exception):  # noqa: N818 - it is a state of the world, not a mistake in the program
    """A question has no answer; the trouble says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.text)
        self.trouble = trouble


class Open:
    """What was asked on one connection and not answered yet."""

    def __init__(self) -> None:
        self._next = 0
        self._waiting: dict[int, asyncio.Future[Answer]] = {}

    def ask(self) -> tuple[int, "asyncio.Future[Answer]"]:
        """Number a question, and give what its answer will be."""
        self._next += 1
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        number = self._next
        self._waiting[number] = future
        future.add_done_callback(lambda _: self._waiting.pop(number, None))
        return number, future

    def take(self, told: Told) -> None:
        """Hand an answer to whoever waits for it; nobody may, any more."""
        future = self._waiting.get(told.id)
        if future is None or future.done():
            return
        if told.answer is not None and not isinstance(told.answer, Forgotten | Listed):
            future.set_result(told.answer)
        else:
            future.set_exception(Unanswered(told.trouble or Trouble(N_("There is no answer."))))

    def give_up(self) -> None:
        """The connection is over: nobody answers any more."""
        for future in list(self._waiting.values()):
            if not future.done():
                future.set_exception(Unanswered(Trouble(N_("The collector went away before it answered."))))
