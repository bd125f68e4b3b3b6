"""`quarterdeck init` and `view --save`: the configuration file is written. Neither contacts anything."""

import contextlib
import os
import socket
from pathlib import Path

import click
import platformdirs

from console.language import _
from console.model import config_text
from console.model.configfile import ConfigError, parse
from console.model.nodesets import NodeSetError, addresses, sensible
from console.options import BadConfiguration
from console.services import configuration, discovery


def begin(named: Path | None, hosts: str | None, force: bool) -> str:
    """Write a new file; return in words what was done.

    Args:
        named: the file; None for the user's own.
        hosts: nodes that are listed; without them this machine is, and what was found here is proposed in comments.
        force: replace a file that is there; its text is kept in a file beside it.

    Raises:
        click.ClickException: there is a file, or it cannot be written.
    """
    path = (named or platformdirs.user_config_path("quarterdeck") / configuration.NAME).absolute()
    if os.path.lexists(path) and not force:
        raise click.ClickException(_("{path} is there already; --force replaces it.").format(path=path))
    listed = config_text.nodes(_addresses(hosts)) if hosts is not None else _this_machine()
    text = config_text.new(listed, discovery.proposals(Path.home()), discovery.schedulers(Path.home()))
    parse(text.encode(), path, Path.home())
    said = _("{path} was made; nothing was contacted. Look it through, then start quarterdeck.").format(path=path)
    try:
        if path.exists():
            kept = path.resolve().with_name(f"{path.name}.before")
            configuration.write(kept, path.read_text(encoding="utf-8", errors="surrogateescape"))
            said += "\n" + _("What it was before is in {path}.").format(path=kept)
        configuration.write(path, text)
    except OSError as error:
        raise click.ClickException(_("{path} cannot be written: {error}").format(path=path, error=error)) from None
    return said


def save(named: Path | None, hosts: str) -> str:
    """Add nodes to the file that holds, or make the user's own; return in words what was done.

    Raises:
        BadConfiguration: the file has mistakes, or lists one of the nodes otherwise.
        click.ClickException: the lab's file would be hidden by one of the user's, or it cannot be written.
    """
    users = platformdirs.user_config_path("quarterdeck")
    path = configuration.find(named, users) or users / configuration.NAME
    if named is None and path == configuration.SYSTEM:
        words = _("{path} is the lab's file, for everybody; a file of your own would hide it. Say which: --config F")
        raise click.ClickException(words.format(path=path))
    try:
        return configuration.save(path, _addresses(hosts))
    except ConfigError as error:
        raise BadConfiguration(tuple(map(str, error.problems))) from None
    except OSError as error:
        raise click.ClickException(_("{path} cannot be written: {error}").format(path=path, error=error)) from None


def _addresses(hosts: str) -> dict[str, str | None]:
    try:
        return addresses(hosts)
    except NodeSetError as error:
        raise click.UsageError(f"--ssh: {error}") from None


def _this_machine() -> str:
    name = ""
    with contextlib.suppress(OSError):
        name = socket.gethostname().partition(".")[0]
    return config_text.local(name if sensible(name) else "localhost")
