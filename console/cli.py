"""The command line: `quarterdeck` opens the console, `quarterdeck VERB` does the same without it."""

import asyncio
import gc
import os
import sys
from pathlib import Path
from typing import Any

import click

from console import job_commands, language
from console.confidential import forget, secret
from console.language import _
from console.model.exits import Exit
from console.model.settings import Settings
from console.options import settings_of
from console.version import __version__

THEMES = "dark, light, high-contrast, colour-blind, ansi16, mono, ascii"
"""What ``--theme`` takes: the palettes, which are not imported for it, and ASCII."""


TOLERANT = frozenset({"doctor", "demo", "init"})
"""Verbs that go on with a configuration that has mistakes: one says them, the others do not need it."""


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_("Quarterdeck: the operations console of an AI lab's GPU cluster.")
    + "\n\n"
    + _("Without a verb it opens the console or, where there is no terminal, prints one status table."),
)
@click.version_option(__version__, "-V", "--version", prog_name="quarterdeck", help=_("Show the version."))
@click.option("--config", type=click.Path(path_type=Path), metavar="F", help=_("The lab's configuration file."))
@click.option("--ssh", metavar="HOSTS", help=_("Ask these nodes alone: {example}.").format(example="admin@gpu[01-16]"))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help=_("Folder of the lab's data."))
@click.option("--demo", is_flag=True, help=_("Ask the simulated lab."))
@click.option("--nodes", type=click.IntRange(1, 4096), default=32, hidden=True)
@click.option("--gpus", type=click.IntRange(1, 16), default=8, hidden=True)
@click.option("--seed", type=int, default=7, hidden=True)
@click.option("--speed", type=click.FloatRange(0.1, 3600), default=1.0, hidden=True)
@click.option(
    "--interval",
    type=click.FloatRange(0.5, 60),
    metavar="S",
    help=_("Seconds between samples; {default} where nothing else is configured.").format(default="2"),
)
@click.option("--theme", metavar="NAME", help=_("Colours: {names}.").format(names=THEMES))
@click.option("--lang", type=click.Choice(["en", "zh"]), help=_("Language."))
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> None:
    """Choose language and lab; without a verb open the console."""
    language.choose(options["lang"])
    context.obj = settings = settings_of(options, tolerant=context.invoked_subcommand in TOLERANT)
    if context.invoked_subcommand is None:
        open_console(settings)


def open_console(settings: Settings) -> None:
    """Open the console; without a terminal print the status of the lab instead."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        from console.headless import status

        sys.exit(asyncio.run(status(settings)))
    from console.terminal import Question
    from themes.palettes import PALETTES

    if settings.theme not in (None, "ascii", *PALETTES):
        known = ", ".join((*PALETTES, "ascii"))
        message = _("There is no theme {name}; there are {known}.").format(name=settings.theme, known=known)
        raise click.UsageError(message)
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)  # where a shell exported them they outlive every change of the window's size
    with Question() as question:
        question.ask()
        gc.disable()  # until the first frame is out: nothing of what is imported is garbage
        import textual.app  # noqa: F401 - while it is imported, which takes a third of a second, the terminal answers

        from console import bootstrap

        sys.exit(bootstrap.open_console(settings, question))


@cli.command(help=_("Open the console on a simulated lab, with data of its own."))
@click.option("--nodes", type=click.IntRange(1, 4096), default=32, show_default=True, help=_("Nodes with GPUs."))
@click.option("--gpus", type=click.IntRange(1, 16), default=8, show_default=True, help=_("GPUs per node."))
@click.option("--seed", type=int, default=7, show_default=True, help=_("Another seed is another lab."))
@click.option(
    "--speed", type=click.FloatRange(0.1, 3600), default=1.0, show_default=True, help=_("Runs the clock faster.")
)
@click.pass_context
def demo(context: click.Context, /, **shape: Any) -> None:
    """Open the console on a simulated lab; it has its own data and touches nothing else."""
    parent = context.parent
    assert parent is not None
    open_console(settings_of({**parent.params, **shape, "demo": True}))


@cli.command(help=_("Open the console on nodes that no file lists."))
@click.option("--ssh", metavar="HOSTS", help=_("The nodes: {example}.").format(example="admin@gpu[01-16]"))
@click.option("--save", is_flag=True, help=_("Add them to the configuration file."))
@click.pass_context
def view(context: click.Context, /, ssh: str | None, save: bool) -> None:
    """Open the console on nodes named here, with data of their own."""
    parent = context.parent
    assert parent is not None
    hosts = ssh or parent.params["ssh"]
    if hosts is None:
        raise click.UsageError(_("Say which nodes: --ssh {example}").format(example="admin@gpu[01-16]"))
    settings = settings_of({**parent.params, "ssh": hosts})
    if save:
        from console.setup import save as keep

        click.echo(keep(parent.params["config"], hosts), err=True)
    open_console(settings)


@cli.command(help=_("Write a configuration file with comments; nothing is contacted for it."))
@click.option("--ssh", metavar="HOSTS", help=_("Nodes to list: {example}.").format(example="admin@gpu[01-16]"))
@click.option("--force", is_flag=True, help=_("Replace a file that is there; it is kept beside the new one."))
@click.pass_context
def init(context: click.Context, /, ssh: str | None, force: bool) -> None:
    """Write a configuration file from what this machine's own files say."""
    parent = context.parent
    assert parent is not None
    from console.setup import begin

    click.echo(begin(parent.params["config"], ssh or parent.params["ssh"], force))


KINDS = ("nodes", "gpus", "processes", "jobs", "queues", "partitions", "platform")
"""What ``get`` prints."""


@cli.command(help=_("Print nodes, GPUs, processes, jobs or queues; NAME keeps one of them, or those of one node."))
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name", required=False)
@click.option("-o", "--output", type=click.Choice(["table", "wide", "json", "csv", "md"]), default="table")
@click.option(
    "--filter",
    "expression",
    metavar="E",
    default="",
    help=_("As in the console: {example}.").format(example="'util<5 & user=wang'"),
)
@click.option("--watch", is_flag=True, help=_("Print again at every interval."))
@click.pass_obj
def get(settings: Settings, kind: str, name: str | None, output: str, expression: str, watch: bool) -> None:
    """Print nodes, gpus, processes, jobs or queues; NAME keeps one of them, or those of one node."""
    from console.headless import get as run

    sys.exit(asyncio.run(run(settings, kind, name, output, expression, watch)))


@cli.command(help=_("Collect for all your consoles; they start this themselves."))
@click.option(
    "--until-idle", type=click.FloatRange(1), metavar="S", help=_("End when nobody has followed for S seconds.")
)
@click.pass_obj
def collect(settings: Settings, until_idle: float | None) -> None:
    """Collect for everyone on this machine; consoles start this by themselves."""
    import sqlite3

    from console import bootstrap, pace, processes
    from console.services.door import MayNotCollect
    from console.store.database import Foreign, Superseded
    from console.store.folder import Refused

    try:
        processes.log_to(settings, "collector")
        with asyncio.Runner(loop_factory=pace.loop) as runner:
            ran = runner.run(bootstrap.collect(settings, until_idle))
    except Superseded:
        click.echo(_("Another collector has taken this lab over; this one has ended without writing."), err=True)
        sys.exit(Exit.FAILED)
    except (sqlite3.OperationalError, OSError) as error:
        said = _("The data in {folder} cannot be used: {error}").format(folder=settings.folder, error=error)
        click.echo(f"quarterdeck: {said}", err=True)
        sys.exit(Exit.FAILED)
    except (Refused, Foreign, MayNotCollect) as error:
        click.echo(f"quarterdeck: {error}", err=True)
        sys.exit(Exit.FAILED)
    if not ran and until_idle is None:
        click.echo(
            _("Another process collects for this lab already: {folder}").format(folder=settings.folder), err=True
        )
        sys.exit(Exit.FAILED)


@cli.command(help=_("Say what works here, what does not, and what to do. HOSTS look at these nodes alone."))
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table")
@click.option(
    "--bundle",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=_("Write FILE (.tar.gz) for a report instead, without names, addresses and secrets."),
)
@click.argument("hosts", nargs=-1)
@click.pass_obj
def doctor(settings: Settings, output: str, bundle: Path | None, hosts: tuple[str, ...]) -> None:
    """Say what works here and what does not: terminal, data folder, collector, driver, probe; nodes over SSH."""
    from console.headless import doctor as run

    sys.exit(asyncio.run(run(settings, output, bundle, ",".join(hosts))))


for verb in job_commands.VERBS:
    cli.add_command(verb)
cli.add_command(secret)
cli.add_command(forget)
