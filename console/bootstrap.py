"""The composition root: the only file that knows everyone. What is heavy is imported where it is first needed."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backends import catalog
from backends.ports import Clock, Opening
from backends.records import Card
from console.language import _
from console.model.settings import Demo, Settings
from console.services.clock import MachineClock

if TYPE_CHECKING:
    from console.model.keys import KeyMap
    from console.services.collector import Opened
    from console.terminal import Question
    from themes.glyphs import Glyphs

UNTIL_IDLE = 60.0
"""Seconds for which a collector that a console started outlives the last one that follows."""
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
    origin: float | None = None,
) -> Sequence["Opened"]:
    """Open what this lab is collected from: the simulated lab, which opened at `origin`, or this machine."""
    from console.services.collector import Opened

    name, options = "local", dict[str, object]()
    if settings.demo is not None:
        demo = settings.demo
        options = {"nodes": demo.nodes, "gpus": demo.gpus, "seed": demo.seed, "speed": demo.speed}
        if origin is not None:
            options["origin"] = origin
        name = "demo"
    source = catalog.load(name).open_source(Opening(clock, interval, options, dict(known or {})))
    return [Opened(name, source)]


async def collect(settings: Settings, until_idle: float | None) -> bool:
    """Collect for this lab; False where another process does already.

    Raises:
        console.store.folder.Refused: the data folder lies on a network file system.
        console.store.database.Foreign: a newer program wrote the file.
        OSError: the folder cannot be used.
    """
    from console.rehearsal import last_look
    from console.services.answers import Answers
    from console.services.archive import Archive
    from console.services.collector import Collector
    from console.services.link.protocol import PROTOCOL, Welcome
    from console.services.recalling import readers
    from console.services.watch import Watch
    from console.store.folder import Folder, Lease
    from console.store.series.ledger import Series
    from console.version import __version__

    folder = Folder(settings.folder)
    folder.make()
    lease = Lease(folder.lock)
    if not lease.take():
        return False
    last = last_look(folder.database) if settings.simulated else None
    clock = clock_of(settings, last)
    origin = clock.wall()
    series = Series()
    archive = Archive(
        folder.database,
        clock,
        events_told_anew=settings.simulated,
        ledgers=(series, Watch(clock.speed)),
        kept=settings.config.history,
    )
    answers = Answers(folder.database, readers(series), archive.ruin)
    sources = open_sources(settings, clock, settings.interval, archive.known, origin)
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
    collector = Collector(folder, archive, sources, clock, welcome, answers.answer)
    filling = rehearsed(settings, folder.database, archive.generation, origin, last)
    running = asyncio.ensure_future(collector.run(until_idle))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        if filling is not None:
            filling.terminate()
            filling.wait()
        answers.close()
        lease.release()
    return True


def rehearsed(
    settings: Settings, path: Path, generation: int, origin: float, last: float | None
) -> "subprocess.Popen[bytes] | None":
    """Have the past of a simulated lab filled by a child; None where there is no such lab, or no child."""
    if settings.demo is None:
        return None
    from console.rehearsal import Task, start
    from console.services.retrace import missing

    try:
        return start(path, Task(generation, settings.demo, origin, missing(last, origin)))
    except OSError as error:
        logging.getLogger(__name__).error("the past cannot be filled: %s", error)
        return None


def starter(settings: Settings, until_idle: float) -> Callable[[], "asyncio.Future[None]"]:
    """What starts a collector for this lab in a session of its own, so that it outlives the console."""
    from console.logs import private
    from console.store.folder import make_private

    children: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        failed = [child for child in children if child.poll() not in (None, 0)]
        children[:] = [child for child in children if child.poll() is None]
        make_private(settings.state)
        path = settings.state / "collector.err"
        said = last_line(path) if failed else ""
        with os.fdopen(private(path), "wb") as errors:
            errors.truncate(0)  # what the last one said was read; its log has the rest
            command = [sys.executable, "-P", "-m", "console", *arguments(settings)]
            command += ["collect", "--until-idle", f"{until_idle:g}"]
            child = subprocess.Popen(  # in /: it must not keep the file system busy in which the console was started
                command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True, cwd="/"
            )
            children.append(child)
        if failed:
            raise OSError(said or f"exit code {failed[-1].returncode}")

    return lambda: asyncio.get_running_loop().run_in_executor(None, start)


def open_console(settings: Settings, question: "Question | None") -> int:
    """Run the console until it is quit; returns the exit code.

    Args:
        settings: what the person chose.
        question: was asked of the terminal before this; it answers how wide the terminal draws.
    """
    from console.app import Quarterdeck
    from console.panes.scene import Scene
    from console.screens.main import Main
    from console.services import crash
    from console.services.feed import Feed
    from console.services.follower import Follower
    from console.store.folder import Folder
    from themes.palettes import PALETTES

    narrow = question.answer(ANSWER) if question is not None else None
    keymap, complaints = keymap_of(settings)
    glyphs, palette = look_of(settings, narrow)
    try:
        log_to(settings, "console")
    except OSError as error:
        complaints = (*complaints, _("No log is written: {error}").format(error=error))
    feed = Feed()
    follower = Follower(Folder(settings.folder).socket, feed, starter(settings, UNTIL_IDLE), settings.simulated)
    main = Main(Scene(follower, glyphs, PALETTES[palette]), settings, keymap, feed)
    main.complaints = complaints
    app = Quarterdeck(main, follower, lambda error: crash.keep(settings.state, error))
    app.run()
    return app.return_code or 0


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


def last_line(path: Path) -> str:
    """The last line of a file that is not empty, without what the program calls itself; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line for line in reversed(lines) if line.strip()), "").removeprefix("quarterdeck: ")


def arguments(settings: Settings) -> list[str]:
    """The options with which another process works for the same lab."""
    found = ["--data", str(settings.folder), "--interval", f"{settings.interval:g}"]
    if settings.demo is not None:
        found += shape_arguments(settings.demo)
    return found


def shape_arguments(demo: Demo) -> list[str]:
    """The options that make the same simulated lab."""
    return [
        "--demo",
        *("--nodes", str(demo.nodes), "--gpus", str(demo.gpus)),
        *("--seed", str(demo.seed), "--speed", f"{demo.speed:g}"),
    ]


def log_to(settings: Settings, name: str) -> Path:
    """Write this process's log to a rotating file of mode 0600; returns where it is."""
    from console.logs import begin

    return begin(settings.state, name)
