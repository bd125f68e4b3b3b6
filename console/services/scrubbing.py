"""The names that are taken out of what leaves this machine: where they are found."""

import getpass
import os
import socket
from contextlib import suppress
from pathlib import Path

from console.model.fleet import Fleet
from console.model.settings import Settings
from console.rules.scrub import Scrubber


def scrubber_of(settings: Settings, fleet: Fleet | None = None) -> Scrubber:
    """Make what takes the names of this machine, its people and this lab out of texts.

    Args:
        settings: the lab, with its inventory.
        fleet: the nodes and people that were seen, where any were.
    """
    users = {*settings.config.team.members, *settings.config.team.collectors, settings.config.ssh.user or ""}
    users |= {os.environ.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER")}
    with suppress(KeyError, OSError):  # a user whom the system does not know
        users.add(getpass.getuser())
    hosts = {socket.gethostname(), settings.lab, *settings.config.groups}
    for listed in settings.config.nodes:
        where = listed.address or listed.name
        hosts |= {listed.name, where.rpartition("@")[2]}
        users.add(where.rpartition("@")[0])
    if fleet is not None:
        hosts |= set(fleet.nodes)
        users |= {job.user or "" for job in fleet.all_jobs()}
        for node in fleet.nodes.values():
            users |= {each.user or "" for each in node.processes.processes} if node.processes is not None else set()
    return Scrubber(str(Path.home()), sorted(users - {""}), sorted(hosts - {""}))
