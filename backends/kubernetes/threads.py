"""Blocking calls on threads of their own that never keep the program from ending."""

import asyncio
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


async def away(function: Callable[P, T], seconds: float, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function on a daemon thread and wait for what it returns or raises.

    Unlike `asyncio.to_thread` one that hangs (a login plugin that asks a person) holds up neither us nor our end.

    Raises:
        TimeoutError: it took longer; its thread goes on, and what it returns is thrown away.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = function(*args, **kwargs)
        except BaseException as raised:  # noqa: BLE001 - handed to who waits
            error = raised
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:  # the loop has ended meanwhile; nobody waits
            return

    threading.Thread(target=work, name="kubernetes", daemon=True).start()
    async with asyncio.timeout(seconds):
        return await future
