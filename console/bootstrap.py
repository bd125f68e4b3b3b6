"""The composition root: the only file that knows everyone. What is heavy is imported where it is first needed."""

import asyncio
import contextlib
import functools
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from backends import catalog
from backends.ports import Access, Ask, Clock, Opening
from backends.records import Card
from console.language import _
from console.model.settings import Settings
from console.processes import log_to, starter
from console.services.clock import MachineClock

if TYPE_CHECKING:
    from console.app import Quarterdeck
    from console.model.inventory import Way
    from console.model.keys import KeyMap
    from console.services.collector import Opened
    from console.services.inventory import Inventory
    from console.terminal import Question
    from themes.glyphs import Glyphs

UNTIL_IDLE = 60.0
"""Seconds for which a collector that a console started outlives the last one that follows."""
DOOR = "world.sock"
"""Where the schedulers of a simulated lab are spoken to; it stands for the network."""
SIMULATED = ("slurm", "k8s")
"""The schedulers of a simulated lab."""
ANSWER = 0.15
"""Seconds for which a terminal that was asked for the width of its glyphs is waited for; most need under 20 ms."""


def clock_of(settings: Settings, last: float | None = None) -> Clock:
    """The lab's time; a simulated lab's, which may run ahead of ours, never falls back behind where it was last."""
    if settings.demo is None:
        return MachineClock()
    from backends.demo.clock import DemoClock

    machine = MachineClock()
    return DemoClock(settings.demo.speed, lambda: max(machine.wall(), last or 0.0), machine.mono)


def open_sources(
    settings: Settings,
    clock: Clock,
    interval: float,
    known: Mapping[str, tuple[Card, ...]] | None = None,
    asks: Callable[[str], Ask] | None = None,
    origin: float | None = None,
) -> Sequence["Opened"]:
    """Open what this lab is collected from: the simulated lab, its inventory, or this machine.

    Args:
        settings: of the lab.
        clock: its time.
        interval: seconds between samples.
        known: the cards that each node is known to have had.
        asks: gives each source its way to ask a person; None where nobody can be asked.
        origin: UTC at which a simulated lab opened; None leaves it to the lab.
    """
    from console.services.collector import Opened
    from console.services.remembered import asking
    from console.store.folder import make_private

    ways = ways_of(settings, origin)
    if any(way.driver == "ssh" or way.settings.get("login") for way in ways):
        with contextlib.suppress(OSError):  # then nothing is remembered of hosts, and they are asked for anew
            make_private(settings.state)
    return [
        Opened(way.name, driver.open_source(opening), way, driver.open_access is not None and settings.demo is None)
        for way in ways
        for driver in [catalog.load(way.driver)]
        for ask in [asking(settings.config, asks(way.name), clock) if asks is not None else None]
        for opening in [Opening(clock, interval, way.settings, dict(known or {}), ask, way.name)]
    ]


def ways_of(settings: Settings, origin: float | None = None) -> Sequence["Way"]:
    """How this lab is reached."""
    from console.model.inventory import Way, ways

    demo = settings.demo
    if demo is None:
        return ways(settings.config, settings.state / "ssh")
    # Only a collector opens the lab at a moment of its own, and has a door: a verb's own lab is gone with it.
    opened = {} if origin is None else {"origin": origin, "door": str(settings.folder / DOOR)}
    shape = {"nodes": demo.nodes, "gpus": demo.gpus, "seed": demo.seed, "speed": demo.speed}
    return [Way("demo", "demo", {**shape, **opened})]


def accesses_of(
    settings: Settings, clock: Clock, asks: Callable[[str], Ask] | None = None
) -> Mapping[str, Callable[[], Access]]:
    """A person's own ways to the lab's schedulers by the names of their sources; each is opened when it is called.

    Args:
        settings: of the lab.
        clock: its time.
        asks: gives each its way to ask a person; None where nobody can be asked.
    """
    from console.services.remembered import asking

    def opener(way: "Way") -> Callable[[], Access] | None:
        open_access = catalog.load(way.driver).open_access
        if open_access is None:
            return None
        ask = asking(settings.config, asks(way.name), clock) if asks is not None else None
        return lambda: open_access(Opening(clock, settings.interval, way.settings, ask=ask, name=way.name))

    found = {way.name: opener(way) for way in personal_ways_of(settings)}
    return {name: opened for name, opened in found.items() if opened is not None}


def personal_ways_of(settings: Settings) -> Sequence["Way"]:
    """How a person reaches the lab's schedulers."""
    from console.model.inventory import Way, schedulers

    if settings.demo is None:
        return schedulers(settings.config, settings.state / "ssh")
    door = {"door": str(settings.folder / DOOR)}
    return [Way("demo", name, {**door, "scheduler": name}) for name in SIMULATED]


def as_written(settings: Settings) -> Settings:
    """The settings with the configuration as its file has it now; with the one before where that has mistakes."""
    from console.model.configfile import ConfigError
    from console.services import configuration

    path = settings.config.path
    if settings.simulated or path is None:
        return settings
    try:
        return msgspec.structs.replace(settings, config=configuration.load(path, settings.hosts))
    except ConfigError as error:
        logging.getLogger(__name__).warning("the configuration has mistakes; the one before holds: %s", error)
        return settings


def inventory_of(settings: Settings, open_: Callable[[Settings], Sequence["Opened"]]) -> "Inventory | None":
    """What the lab lists, following its file; None where there is neither.

    Args:
        settings: of the lab.
        open_: opens the sources of a lab.
    """
    from console.services import configuration
    from console.services.inventory import Inventory

    path = settings.config.path
    if settings.simulated or (path is None and not settings.config.nodes):
        return None
    return Inventory(
        settings.config,
        lambda config: open_(msgspec.structs.replace(settings, config=config)),
        None if path is None else lambda: configuration.load(path, settings.hosts),
    )


async def collect(settings: Settings, until_idle: float | None) -> bool:
    """Collect for this lab; False where another process does already.

    Raises:
        console.services.door.MayNotCollect: it is for somebody else to do.
        console.store.folder.Refused: the data folder lies on a network file system.
        console.store.database.Foreign: a newer program wrote the file.
        OSError: the folder cannot be used.
    """
    from console.garbage import seldom
    from console.rehearsal import unwatched
    from console.services.accesses import Openers
    from console.services.answers import Answers
    from console.services.archive import Archive
    from console.services.collector import Collector
    from console.services.discretion import discretion_of
    from console.services.door import modes_for
    from console.services.job_use import JobAccounts
    from console.services.link.protocol import PROTOCOL, Welcome
    from console.services.progress_opening import Awaited
    from console.services.prompts import Prompts
    from console.services.recalling import readers
    from console.services.retrace import missing
    from console.services.watch import Watch
    from console.store import past
    from console.store.folder import Folder, Lease
    from console.store.series.ledger import Series
    from console.version import __version__

    folder = Folder(settings.folder)
    modes = await asyncio.get_running_loop().run_in_executor(None, modes_for, settings.config.team, folder)
    folder.make(modes)
    lease = Lease(folder.lock)
    if not lease.take():
        return False
    last = past.last_look(folder.database) if settings.simulated else None
    clock = clock_of(settings, last)
    origin = clock.wall()
    series = Series()
    gap = missing(last, origin) if settings.demo is not None else None
    accounts = JobAccounts(clock, origin if unwatched(gap) else None)
    archive = Archive(
        folder.database,
        clock,
        events_told_anew=settings.simulated,
        ledgers=(series, Watch(clock.speed), accounts),
        kept=settings.config.history,
    )
    answers = Answers(folder.database, readers(series), archive.ruin)
    prompts, reached = Prompts(clock), Openers()

    def opened(changed: Settings) -> Sequence["Opened"]:
        reached.take(personal_ways_of(changed), accesses_of(changed, clock))
        return open_sources(changed, clock, settings.interval, archive.known, prompts.asks, origin)

    welcome = Welcome(
        protocol=PROTOCOL[1],
        version=__version__,
        pid=os.getpid(),
        lab=settings.lab,
        simulated=settings.simulated,
        generation=archive.generation,
        wall=clock.wall(),
        mono=clock.mono(),
        speed=clock.speed,
        interval=settings.interval,
        libraries=os.fsencode(os.environ.get("LD_LIBRARY_PATH", "")).decode("utf-8", "replace"),
        started=clock.wall(),
    )
    collector = Collector(
        folder,
        archive,
        opened(settings),
        clock,
        welcome,
        answers.answer,
        prompts=prompts,
        discretion=discretion_of(settings, collects=True),
        inventory=inventory_of(settings, opened),
        team=settings.config.team,
        modes=modes,
        beside=(accounts, Awaited(settings.config, reached, clock)),
    )
    seldom()
    filling = await rehearsed(settings, folder.database, archive.generation, origin, last)
    running = asyncio.ensure_future(collector.run(until_idle))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        if filling is not None:
            with contextlib.suppress(ProcessLookupError):
                filling.terminate()
            await filling.wait()
        answers.close()
        lease.release()
    return True


async def rehearsed(
    settings: Settings, path: Path, generation: int, origin: float, last: float | None
) -> asyncio.subprocess.Process | None:
    """Have the past of a simulated lab filled by a child; None where there is no such lab, or no child."""
    if settings.demo is None:
        return None
    from console.rehearsal import Task, start
    from console.services.retrace import missing

    try:
        return await start(path, Task(generation, settings.demo, origin, missing(last, origin)))
    except OSError as error:
        logging.getLogger(__name__).error("the past cannot be filled: %s", error)
        return None


def open_console(settings: Settings, question: "Question | None") -> int:
    """Run the console until it is quit; returns the exit code.

    Args:
        settings: what the person chose.
        question: was asked of the terminal before this; it answers how wide the terminal draws.
    """
    narrow = question.answer(ANSWER) if question is not None else None
    keymap, complaints = keymap_of(settings)
    glyphs, palette = look_of(settings, narrow)
    try:
        log_to(settings, "console")
    except OSError as error:
        complaints = (*complaints, _("No log is written: {error}").format(error=error))
    begin = starter(settings, UNTIL_IDLE)
    while True:
        app = console_of(settings, keymap, complaints, glyphs, palette, begin)
        app.run()
        if app.defect is None or not go_on(app, palette):
            return app.return_code or 0


def console_of(
    settings: Settings,
    keymap: "KeyMap",
    complaints: tuple[str, ...],
    glyphs: "Glyphs",
    palette: str,
    begin: Callable[[], "asyncio.Future[None]"],
) -> "Quarterdeck":
    """Make the application with everything in it."""
    from console.app import Quarterdeck
    from console.model.fleet import Topic
    from console.panes.scene import Scene
    from console.screens.main import Main
    from console.services import crash
    from console.services.accesses import Accesses
    from console.services.door import barred
    from console.services.feed import Feed
    from console.services.follower import Follower
    from console.services.prompts import Prompts
    from console.services.scrubbing import scrubber_of
    from console.store.folder import Folder, holder
    from themes.palettes import PALETTES

    feed, folder = Feed(), Folder(settings.folder)
    waits, locked_out = barred(settings.config.team, folder)
    start = begin if waits is None else None
    held = functools.partial(holder, folder.lock)
    follower = Follower(folder.socket, feed, start, settings.simulated, waits, locked_out, held)
    clock = clock_of(settings)
    prompts = Prompts(clock)
    prompts.begin(lambda: 0.0, lambda: feed.changed(Topic.COLLECTOR))
    accesses = Accesses(lambda: accesses_of(as_written(settings), clock, prompts.asks))
    main = Main(Scene(follower, glyphs, PALETTES[palette], accesses, prompts), settings, keymap, feed)
    main.complaints = complaints
    return Quarterdeck(
        main, follower, lambda error: crash.keep(settings.state, error, scrubber_of(settings, follower.fleet).text)
    )


def go_on(app: "Quarterdeck", palette: str) -> bool:
    """Say that a defect has ended the console, on a screen of its own; whether the person wants it opened again."""
    from console.screens.defect import Defect, Told
    from themes.palettes import PALETTES

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False  # the terminal has gone, which may have been the reason
    return Defect(Told(type(app.defect).__name__, app.kept), PALETTES[palette]).run() or False


def look_of(settings: Settings, narrow: bool | None) -> tuple["Glyphs", str]:
    """The signs and the palette for this terminal.

    Args:
        settings: a theme that was asked for goes before what the terminal can show.
        narrow: what the terminal answered about its ambiguous glyphs; False draws in ASCII.
    """
    from console.terminal import colours
    from themes.glyphs import ASCII, UNICODE

    plain = narrow is False or settings.theme == "ascii"
    if settings.theme is not None and settings.theme != "ascii":
        return (ASCII if plain else UNICODE), settings.theme
    able = {"none": "mono", "16": "ansi16"}.get(colours(os.environ), "dark")
    return (ASCII if plain else UNICODE), "mono" if settings.theme == "ascii" else able


def keymap_of(settings: Settings) -> tuple["KeyMap", tuple[str, ...]]:
    """The keys with the person's own over them, and what is wrong or doubtful in these; then ours alone hold."""
    from console.model.keys import DEFAULT_FILE, KeyMapError, load

    ours = DEFAULT_FILE.read_text(encoding="utf-8")
    theirs = None
    if settings.keys is not None and settings.keys.is_file():
        theirs = settings.keys.read_text(encoding="utf-8", errors="replace")
    try:
        found = load(ours, theirs, str(settings.keys))
    except KeyMapError as error:
        return load(ours), tuple(str(problem) for problem in error.problems)
    return found, tuple(str(problem) for problem in found.warnings)
