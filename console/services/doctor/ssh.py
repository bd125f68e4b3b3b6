"""What SSH needs on this machine: the program that resolves hosts, and the agent that holds keys."""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator

from console.language import _, ngettext
from console.model.checks import Check, Outcome

PATIENCE = 5.0
"""Seconds; an agent may be forwarded from a machine that has gone."""


async def checks() -> AsyncIterator[Check]:
    """Yield what is to be said of SSH here; nobody is contacted but the agent."""
    yield await _binary()
    yield await _agent()


async def _binary() -> Check:
    if shutil.which("ssh") is None:
        text = _("there is no ssh here; its configuration is read by a library that knows less of it")
        return Check("ssh.binary", Outcome.NOTE, text, _("Install the OpenSSH client."))
    _status, said = await _run("ssh", "-V")
    return Check("ssh.binary", Outcome.GOOD, said.split("\n")[0] or "ssh")


async def _agent() -> Check:
    path = os.environ.get("SSH_AUTH_SOCK")
    if not path:
        return Check("ssh.agent", Outcome.NOTE, _("no agent (SSH_AUTH_SOCK is not set); keys are read from files"))
    if shutil.which("ssh-add") is None:
        return Check("ssh.agent", Outcome.NOTE, _("{path}; there is no ssh-add to ask it").format(path=path))
    status, said = await _run("ssh-add", "-l")
    if status == 0:
        count = len(said.splitlines())
        text = ngettext("{count} key in {path}", "{count} keys in {path}", count)
        return Check("ssh.agent", Outcome.GOOD, text.format(count=count, path=path))
    if status == 1:
        return Check("ssh.agent", Outcome.NOTE, _("{path} holds no key").format(path=path), "ssh-add")
    hint = _("Start an agent anew, or unset SSH_AUTH_SOCK; in tmux it may be one of an earlier login.")
    return Check("ssh.agent", Outcome.WRONG, _("{path} does not answer").format(path=path), hint)


async def _run(*command: str) -> tuple[int | None, str]:
    """Run a program that talks to nobody far away; returns its status, None where it hangs, and what it said."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=PIPE, stderr=asyncio.subprocess.STDOUT
        )
    except OSError as error:
        return None, str(error)
    try:
        async with asyncio.timeout(PATIENCE):
            said, _nothing = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None, ""
    return process.returncode, said.decode("utf-8", "replace")
