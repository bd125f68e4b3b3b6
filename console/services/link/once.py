"""One wish of a verb to the collector, and its answer; what everybody who follows is told meanwhile is passed over."""

import asyncio
import os
from pathlib import Path

from backends.record import Trouble
from console.language import N_
from console.model.history import ForgetUser, ListAnew
from console.services.link.asking import Unanswered
from console.services.link.protocol import PROTOCOL, Ask, Broken, Greet, Told, Welcome, frame, hear_collector
from console.services.link.socket import connect
from console.version import __version__


async def wish(socket: Path, wanted: ForgetUser | ListAnew, patience: float) -> Told | None:
    """Say it and wait for the answer; None where no collector listens.

    Args:
        socket: of the collector.
        wanted: the wish.
        patience: seconds.

    Raises:
        Unanswered: the collector does not let us in, or did not answer in time.
    """
    try:
        reader, writer = await connect(socket)
    except (OSError, TimeoutError):
        return None
    try:
        async with asyncio.timeout(patience):
            writer.write(frame(Greet(PROTOCOL, __version__, os.getpid())))
            met = await hear_collector(reader)
            if not isinstance(met, Welcome):
                raise Unanswered(getattr(met, "trouble", None) or Trouble(N_("The collector did not answer.")))
            writer.write(frame(Ask(1, wanted)))
            while not isinstance(told := await hear_collector(reader), Told):
                pass
    except (OSError, EOFError, TimeoutError, Broken) as error:
        raise Unanswered(Trouble(N_("The collector did not answer."))) from error
    finally:
        writer.close()
    return told
