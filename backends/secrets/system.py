"""The system's keyring, by the library `keyring`; on a head node without a desktop there is none, which is normal."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from backends.ports import Unavailable
from backends.record import N_, Trouble
from backends.secrets.names import check, unavailable

SERVICE = "quarterdeck"
"""Under which all our secrets stand in the keyring."""
PATIENCE = 5.0
"""Seconds; a locked keyring asks in a window that nobody at a head node sees, and would wait for ever."""

Thing = TypeVar("Thing")


class SystemKeyring:
    """GNOME's, KDE's or macOS' keyring; each call is made on a thread that is left behind when it hangs."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """Make it; nothing is loaded yet.

        Args:
            patience: seconds that one call may take.
        """
        self._patience = patience

    def describe(self) -> str:
        """Name the store."""
        return "system keyring"

    async def trouble(self) -> Trouble | None:
        """Say why there is no keyring here; None where there is one."""
        try:
            await self._call(_usable)
        except Unavailable as error:
            return error.trouble
        return None

    async def get(self, name: str) -> str | None:
        """Fetch a secret; None where it is not there."""
        check(name)

        def fetch() -> str | None:
            import keyring

            _usable()
            return keyring.get_password(SERVICE, name)

        return await self._call(fetch)

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret."""
        check(name)

        def keep() -> None:
            import keyring

            _usable()
            keyring.set_password(SERVICE, name, secret)

        await self._call(keep)

    async def delete(self, name: str) -> bool:
        """Remove a secret; False where there was none."""
        check(name)

        def remove() -> bool:
            import keyring

            _usable()
            if keyring.get_password(SERVICE, name) is None:
                return False
            keyring.delete_password(SERVICE, name)
            return True

        return await self._call(remove)

    async def _call(self, act: Callable[[], Thing]) -> Thing:
        try:
            return await on_a_thread(act, self._patience)
        except TimeoutError:
            text = N_("The system keyring has not answered within {seconds} s.")
            hint = N_("It may be locked and ask in a window elsewhere; unlock it there.")
            raise unavailable(text, hint, seconds=f"{self._patience:g}") from None
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - each keyring throws what its desktop's libraries throw
            # The words of a keyring's error may hold what it was given: only its kind is told.
            raise unavailable(N_("The system keyring failed: {kind}"), kind=type(error).__name__) from None


def _usable() -> None:
    """See that the library found a keyring that keeps things safe."""
    import keyring
    from keyring.backends import chainer, fail, null

    found = keyring.get_keyring()
    if isinstance(found, chainer.ChainerBackend) and not found.backends:
        found = fail.Keyring()  # type: ignore[no-untyped-call]
    if isinstance(found, fail.Keyring | null.Keyring) or found.priority < 1:
        raise unavailable(
            N_("There is no system keyring here."), N_("On a machine without a desktop this is as it should be.")
        )


async def on_a_thread(act: Callable[[], Thing], patience: float) -> Thing:
    """Call something that may hang on a thread of its own, which does not hold the program back when it ends.

    Raises:
        TimeoutError: it has not come back within so many seconds; the thread is left to itself.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Thing] = loop.create_future()

    def settle(act: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lambda: None if done.done() else act())

    def run() -> None:
        try:
            result = act()
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            caught = error
            settle(lambda: done.set_exception(caught))
        else:
            settle(lambda: done.set_result(result))

    threading.Thread(target=run, name="keyring", daemon=True).start()
    async with asyncio.timeout(patience):
        return await done
