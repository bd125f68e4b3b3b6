"""How the controller and the accounting database are: what their tools say, and since when it has been so."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from backends.jobs import Service
from backends.probe.line import excerpt
from backends.record import N_, Trouble

_PING = re.compile(r"Slurmctld\((\w+)\)\s+at\s+(\S+)\s+is\s+(\w+)")
_QUEUE = re.compile(r"^\s*(Agent queue size|DBD Agent queue size|Server thread count):\s+(\d+)", re.MULTILINE)
CONTROLLER = "slurmctld"
DATABASE = "slurmdbd"


def controllers_of(output: str, seconds: float, boot: float | None = None) -> tuple[Service, ...]:
    """Read ``scontrol ping``: one service for each controller, the primary first.

    Args:
        output: what it printed.
        seconds: how long it took.
        boot: UTC since when the one that answers has run; None where that is not known.
    """
    found = _PING.findall(output)
    return tuple(
        Service(
            CONTROLLER if number == 0 else f"{CONTROLLER} ({role})",
            host,
            state == "UP",
            seconds if state == "UP" and number == 0 else None,
            boot if state == "UP" and number == 0 else None,
            None if state == "UP" else _down(host),
            said=excerpt(role.encode()),
            replicas=len(found),
        )
        for number, (role, host, state) in enumerate(found)
    )


def _down(host: str) -> Trouble:
    text = N_("slurmctld on {host} does not answer.")
    return Trouble(text, N_("Look at it: systemctl status slurmctld, and its log."), {"host": host})


def queues_said(output: str) -> str | None:
    """What ``sdiag`` says of its queues, in its own words."""
    found = [f"{name}: {number}" for name, number in _QUEUE.findall(output)]
    return ", ".join(found) or None


class Since:
    """Remembers since when each service has been as it is."""

    def __init__(self) -> None:
        self._last: dict[str, Service] = {}

    def told(self, services: Sequence[Service], at: float) -> tuple[Service, ...]:
        """The services with the time since when they have been so; None where that was before we looked first."""
        told = []
        for service in services:
            last = self._last.get(service.name)
            if last is not None:
                same = last.up == service.up
                since = max(last.since or 0.0, service.since or 0.0) or None if same else at
                service = replace(service, since=since)
            told.append(service)
        self._last = {service.name: service for service in told}
        return tuple(told)
