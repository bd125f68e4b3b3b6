"""Another process for the same lab: how it is started, with which options, and where each process writes its log."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from console.model.settings import Demo, Settings


def starter(settings: Settings, until_idle: float) -> Callable[[], "asyncio.Future[None]"]:
    """What starts a collector for this lab in a session of its own, so that it outlives the console."""
    from console.logs import private
    from console.store.folder import make_private

    children: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        failed = [child for child in children if child.poll() not in (None, 0)]
        children[:] = [child for child in children if child.poll() is None]
        make_private(settings.state)
        path = settings.state / f"{collector_name(settings)}.err"
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
        return found + shape_arguments(settings.demo)
    if settings.config.path is not None:
        found += ["--config", str(settings.config.path)]
    if settings.hosts is not None:
        found += ["--ssh", settings.hosts]
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

    return begin(settings.state, collector_name(settings) if name == "collector" else name)


def collector_name(settings: Settings) -> str:
    """What the files of this lab's collector are called: several labs of one user share the folder of logs."""
    import hashlib

    known = hashlib.blake2b(os.fsencode(settings.folder), digest_size=3).hexdigest()
    lab = "".join(each if each.isascii() and each.isalnum() else "-" for each in settings.lab)[:32]
    return f"collector-{lab}-{known}"
