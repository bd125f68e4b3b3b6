"""The verbs about what is confidential: secrets, and forgetting a person. What they do is imported when they do it."""

import asyncio
import sys

import click

from console.language import _
from console.model.exits import Exit
from console.model.settings import Settings


@click.group(help=_("Keep passphrases and tokens where the system keeps secrets."))
def secret() -> None:
    """Keep, remove and find secrets; no value is ever printed."""


@secret.command("set", help=_("Keep a secret under NAME; it is read from the terminal, or from standard input."))
@click.argument("name")
@click.pass_obj
def set_(settings: Settings, name: str) -> None:
    """Keep a secret."""
    from console.confidential_verbs import set_secret

    sys.exit(asyncio.run(set_secret(settings, name)))


@secret.command("forget", help=_("Remove the secret NAME from every store that can be written."))
@click.argument("name")
@click.pass_obj
def forget_secret(settings: Settings, name: str) -> None:
    """Remove a secret."""
    from console.confidential_verbs import forget_secret as run

    sys.exit(asyncio.run(run(settings, name)))


@secret.command("where", help=_("Say which stores there are and which one is used."))
@click.pass_obj
def where(settings: Settings) -> None:
    """Say how each store stands."""
    from console.confidential_verbs import where_secrets

    sys.exit(asyncio.run(where_secrets(settings)))


@click.command(help=_("Remove a person from what is kept: the lab's file, the logs and crash files."))
@click.argument("user")
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@click.pass_obj
def forget(settings: Settings, user: str, yes: bool) -> None:
    """Remove a person from what is kept; it cannot be undone."""
    from console.confidential_verbs import forget_user

    if not yes:
        if not sys.stdin.isatty():
            click.echo(_("Nobody is there to confirm it; say --yes."), err=True)
            sys.exit(Exit.USAGE)
        text = _("Everything that is kept of {user} in {folder} and in the logs is removed for ever. Go on?")
        if not click.confirm(text.format(user=user, folder=settings.folder), err=True):
            sys.exit(Exit.FAILED)
    sys.exit(asyncio.run(forget_user(settings, user)))
