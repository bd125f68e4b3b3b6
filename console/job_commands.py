"""The verbs about jobs: what acts on them, and what tells all of one. What they do is imported when they do it."""

import asyncio
import re
import sys
from collections.abc import Callable
from typing import Any

import click

from backends import commands
from console.language import _
from console.model.settings import Settings

Verb = Callable[..., Any]

_CLOCK = re.compile(r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?")
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds_of(text: str) -> int | None:
    """Seconds of a limit as Slurm writes it: minutes, m:s, h:m:s, d-h, d-h:m, d-h:m:s; None where it is none."""
    match = _CLOCK.fullmatch(text)
    if match is None or len(text) > 20:
        return None
    days, first, second, third = (None if part is None else int(part) for part in match.groups())
    if days is not None:
        return days * 86_400 + (first or 0) * 3600 + (second or 0) * 60 + (third or 0)
    if third is not None:
        return (first or 0) * 3600 + (second or 0) * 60 + third
    return (first or 0) * 60 + (second or 0)


def span(_context: click.Context, _parameter: click.Parameter, value: str) -> int:
    """Seconds of a limit as it is typed: ``90m``, ``12h``, ``2d``, or as Slurm writes it.

    Raises:
        click.BadParameter: it is none.
    """
    unit = re.fullmatch(r"(\d{1,9})(s|min|m|h|d|w)", value)
    found = int(unit[1]) * _UNITS[unit[2]] if unit is not None else seconds_of(value)
    if not found:
        raise click.BadParameter(_("“{text}” is no time: 90m, 12h, 2d, 1-12:00:00").format(text=value))
    return found


def acting(verb: Verb) -> Verb:
    """Give a verb what all that act on jobs take."""
    for option in reversed(
        (
            click.argument("jobs", nargs=-1, metavar="JOB…"),
            click.option(
                "--filter",
                "expression",
                default="",
                metavar="E",
                help=_("All jobs that pass: {example}.").format(example="'user=wang & state=pending'"),
            ),
            click.option("--source", metavar="NAME", help=_("The scheduler, where several have a job of that name.")),
            click.option("--dry-run", is_flag=True, help=_("Print the plan and the exact calls; send nothing.")),
            click.option("--yes", is_flag=True, help=_("Do not ask.")),
            click.option("--reason", default="", metavar="R", help=_("Why; it is written to the log of acts.")),
            click.pass_obj,
        )
    ):
        verb = option(verb)
    return verb


def _act(settings: Settings, options: dict[str, Any], kind: type[commands.JobCommand], **more: Any) -> None:
    from console.job_verbs import Wish, act

    wish = Wish(
        options["jobs"],
        options["expression"],
        options["source"],
        options["dry_run"],
        options["yes"],
        options["reason"],
    )
    sys.exit(asyncio.run(act(settings, lambda source, ids: kind(source=source, ids=ids, **more), wish)))


@click.command(help=_("End jobs. An array is one job here: its id means all of its tasks."))
@acting
def cancel(settings: Settings, /, **options: Any) -> None:
    """End jobs."""
    _act(settings, options, commands.CancelJobs)


@click.command(help=_("Keep waiting jobs from starting."))
@acting
def hold(settings: Settings, /, **options: Any) -> None:
    """Keep waiting jobs from starting."""
    _act(settings, options, commands.HoldJobs)


@click.command(help=_("Let held jobs start."))
@acting
def release(settings: Settings, /, **options: Any) -> None:
    """Let held jobs start."""
    _act(settings, options, commands.ReleaseJobs)


@click.command(help=_("Stop jobs and have them wait again, to begin anew."))
@click.option("--hold", "held", is_flag=True, help=_("They then wait until they are released."))
@acting
def requeue(settings: Settings, /, **options: Any) -> None:
    """Stop jobs and have them wait again."""
    _act(settings, options, commands.RequeueJobs, hold=options.pop("held"))


@click.command(help=_("Stop running jobs where they are."))
@acting
def suspend(settings: Settings, /, **options: Any) -> None:
    """Stop running jobs where they are."""
    _act(settings, options, commands.SuspendJobs)


@click.command(help=_("Let suspended jobs go on."))
@acting
def resume(settings: Settings, /, **options: Any) -> None:
    """Let suspended jobs go on."""
    _act(settings, options, commands.ResumeJobs)


@click.command(help=_("Give waiting jobs another priority."))
@click.option("--to", type=click.IntRange(0, 2**32 - 3), required=True, metavar="N", help=_("The priority."))
@acting
def priority(settings: Settings, /, **options: Any) -> None:
    """Give waiting jobs another priority."""
    _act(settings, options, commands.SetPriority, priority=options.pop("to"))


@click.command(help=_("Give jobs another time limit."))
@click.option("--to", callback=span, required=True, metavar="T", help=_("The limit: 90m, 12h, 2d, 1-12:00:00."))
@acting
def limit(settings: Settings, /, **options: Any) -> None:
    """Give jobs another time limit."""
    _act(settings, options, commands.SetLimit, seconds=options.pop("to"))


@click.command(help=_("Have waiting jobs wait in another partition or queue."))
@click.option("--to", required=True, metavar="NAME", help=_("The partition or queue."))
@acting
def move(settings: Settings, /, **options: Any) -> None:
    """Have waiting jobs wait in another partition or queue."""
    _act(settings, options, commands.MoveJobs, partition=options.pop("to"))


def reading(verb: Verb) -> Verb:
    """Give a verb what all that read one job take."""
    for option in (
        click.pass_obj,
        click.option("--source", metavar="NAME", help=_("The scheduler, where several have a job of that name.")),
        click.argument("job"),
    ):
        verb = option(verb)
    return verb


@click.command(help=_("Print everything about a job: its script, events, priority, and where it writes."))
@click.argument("kind", type=click.Choice(["job"]))
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@reading
def describe(settings: Settings, kind: str, job: str, source: str | None, output: str) -> None:  # noqa: ARG001
    """Print everything about a job."""
    from console.job_reading import describe as run

    sys.exit(asyncio.run(run(settings, job, source, output)))


@click.command(help=_("Print why a job waits, what is ahead of it, what is short, and when it may start."))
@reading
def why(settings: Settings, job: str, source: str | None) -> None:
    """Print why a job waits."""
    from console.job_reading import why as run

    sys.exit(asyncio.run(run(settings, job, source)))


@click.command(help=_("Print the end of what a job writes; -f goes on with what comes."))
@click.option("-f", "--follow", is_flag=True, help=_("Go on until Ctrl+C."))
@click.option("--output", metavar="NAME", help=_("Another of its outputs: {example}.").format(example="errors"))
@click.option(
    "--back", type=click.IntRange(1, 1 << 30), default=64 << 10, show_default=True, help=_("Bytes before the end.")
)
@reading
def logs(settings: Settings, job: str, source: str | None, follow: bool, output: str | None, back: int) -> None:
    """Print the end of what a job writes."""
    from console.job_reading import logs as run

    sys.exit(asyncio.run(run(settings, job, source, output, back, follow)))


@click.command(help=_("Open a shell inside a running job."))
@click.option("--node", metavar="NODE", help=_("On this one of its nodes."))
@reading
def shell(settings: Settings, job: str, source: str | None, node: str | None) -> None:
    """Open a shell inside a running job."""
    from console.job_reading import shell as run

    sys.exit(asyncio.run(run(settings, job, source, node)))


VERBS = (cancel, hold, release, requeue, suspend, resume, priority, limit, move, describe, why, logs, shell)
