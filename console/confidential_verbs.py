"""What the verbs about what is confidential do: secrets, and forgetting a person."""

import asyncio
import sqlite3
import sys

from backends.ports import Prompt, Unavailable
from backends.secrets.chain import Chain, chain
from backends.secrets.names import check
from console.language import _
from console.model.exits import Exit
from console.model.settings import Settings
from console.services.discretion import discretion_of
from console.services.forgetting import Removed, forget
from console.services.link.asking import Unanswered
from console.services.tty import Terminal
from console.store.database import Foreign, Superseded
from console.store.folder import Folder
from console.views.cells import harmless
from console.views.words import say

LARGEST = 1 << 16
"""Characters of a secret that is read from standard input."""


async def set_secret(settings: Settings, name: str) -> Exit:
    """Keep a secret that is read from standard input or, where that is a terminal, asked for without being shown."""
    try:
        check(name)
        secret = await _read(name)
        if not secret:
            _complain(_("Nothing was given; nothing is kept."))
            return Exit.FAILED
        store = await _stores(settings).put(name, secret)
    except Unavailable as error:
        _complain(say(error.trouble))
        return Exit.FAILED
    _write(_("{name} is kept in: {store}").format(name=name, store=store))
    return Exit.DONE


async def forget_secret(settings: Settings, name: str) -> Exit:
    """Remove a secret from every store that can be written."""
    try:
        check(name)
        removed = await _stores(settings).delete(name)
    except Unavailable as error:
        _complain(say(error.trouble))
        return Exit.FAILED
    if not removed:
        _complain(_("No store that can be written has {name}.").format(name=name))
        return Exit.FAILED
    _write(_("{name} was removed.").format(name=name))
    return Exit.DONE


async def where_secrets(settings: Settings) -> Exit:
    """Print how each store stands; the first that can be used is."""
    used = False
    for standing in await _stores(settings).standings():
        if standing.trouble is not None:
            _write(f"-  {standing.described}: {say(standing.trouble)}")
        else:
            _write(f"{' ' if used else '*'}  {standing.described}")
            used = True
    return Exit.DONE if used else Exit.FAILED


async def forget_user(settings: Settings, user: str) -> Exit:
    """Remove a person from what is kept, and say what was removed and what could not be."""
    if not user.strip():
        _complain(_("Name a person."))
        return Exit.USAGE
    folder = Folder(settings.folder)
    try:
        removed = await forget(folder, settings.state, user, discretion_of(settings, collects=False))
    except Unanswered as error:
        _complain(say(error.trouble))
        return Exit.FAILED
    except (OSError, sqlite3.Error, Foreign, Superseded) as error:
        _complain(_("The data in {folder} cannot be used: {error}").format(folder=settings.folder, error=error))
        return Exit.FAILED
    _tell(removed, user)
    return Exit.DONE


def _tell(removed: Removed, user: str) -> None:
    for what, count in removed.rows.items():
        _write(f"{count:>8}  {what}")
    for path, count in removed.files:
        _write(_("{count:>8}  lines of {file}").format(count=count, file=path))
    if not any(removed.rows.values()) and not removed.files:
        _write(_("Nothing was kept of {user}.").format(user=user))
    for path in removed.left:
        _write(_("Not touched: {file}, an older copy of the data; remove it yourself.").format(file=path))
    _write(_("Not touched: backups and exports that people made, and the logs of the systems themselves."))
    _write(_("What {user} runs now is seen again with the next sample.").format(user=user))


async def _read(name: str) -> str | None:
    """The secret: never from the arguments, which every user of the machine can list."""
    if sys.stdin.isatty():
        return await Terminal().ask(Prompt(name, _("secret (not shown):")))
    text: str = await asyncio.to_thread(sys.stdin.read, LARGEST)
    return text.removesuffix("\n").removesuffix("\r")


def _stores(settings: Settings) -> Chain:
    return chain(settings.config.secrets.command)


def _write(text: str) -> None:
    sys.stdout.write(harmless(text) + "\n")


def _complain(text: str) -> None:
    sys.stderr.write("quarterdeck: " + harmless(text) + "\n")
