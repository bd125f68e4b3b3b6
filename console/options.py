"""What the options of the command line, the environment and the configuration file make together."""

from pathlib import Path
from typing import Any

import click
import msgspec

from console.language import _
from console.model.config import Config
from console.model.settings import Demo, Settings

INTERVAL = 2.0
"""Seconds between samples where nobody says otherwise."""


class BadConfiguration(click.ClickException):
    """The configuration file cannot be used; every mistake is said, a line each."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))

    def show(self, file: Any = None) -> None:
        """Say them on standard error as the compilers do, so that editors find the lines."""
        from console.views.cells import harmless

        for line in self.message.split("\n"):
            click.echo(harmless(line), err=True, file=file)
        click.echo(_("quarterdeck: the configuration cannot be used; nothing was contacted."), err=True, file=file)


def settings_of(options: dict[str, Any], *, tolerant: bool = False) -> Settings:
    """Make the settings of this run.

    Args:
        options: of the command line, by their names.
        tolerant: a configuration with mistakes counts as none, and they are in `Settings.problems`.

    Raises:
        BadConfiguration: the file cannot be used.
        click.UsageError: ``--ssh`` names no nodes.
    """
    import socket

    import platformdirs

    if options["demo"]:
        return _demo(options)
    config, problems = _configuration(options, tolerant)
    hosts: str | None = options.get("ssh")
    folder = options["data"] or (config.lab.folder if hosts is None else None)
    folder = (folder or platformdirs.user_data_path("quarterdeck")).absolute()
    state = platformdirs.user_state_path("quarterdeck")
    if hosts is not None:
        folder = own_folder(folder, config)
        state = state / "view" / folder.name
    return Settings(
        folder=folder,
        state=state,
        lab=config.lab.name or socket.gethostname().partition(".")[0],
        interval=options["interval"] or config.lab.interval or INTERVAL,
        theme=options["theme"],
        lang=options["lang"],
        keys=platformdirs.user_config_path("quarterdeck") / "keys.toml",
        config=config,
        hosts=hosts,
        problems=problems,
    )


def _demo(options: dict[str, Any]) -> Settings:
    """A simulated lab: nothing that is configured of a real one concerns it."""
    import platformdirs

    demo = Demo(options["nodes"], options["gpus"], options["seed"], options["speed"])
    return Settings(
        folder=demo.folder((options["data"] or platformdirs.user_data_path("quarterdeck")).absolute()),
        state=platformdirs.user_state_path("quarterdeck") / "demo",
        lab="demo",
        demo=demo,
        interval=options["interval"] or INTERVAL,
        theme=options["theme"],
        lang=options["lang"],
        keys=platformdirs.user_config_path("quarterdeck") / "keys.toml",
    )


def own_folder(below: Path, config: Config) -> Path:
    """The folder of what is collected from nodes that were named for one run: it never lies among a real lab's.

    Those nodes always have the same one; a folder that is theirs already stays.
    """
    import hashlib

    said = "\n".join(sorted(f"{node.name} {node.address or ''}" for node in config.nodes))
    own = ("view", hashlib.blake2b(said.encode(), digest_size=8).hexdigest())
    return below if below.parts[-2:] == own else below.joinpath(*own)


def _configuration(options: dict[str, Any], tolerant: bool) -> tuple[Config, tuple[str, ...]]:
    import platformdirs

    from console.model.configfile import ConfigError
    from console.model.nodesets import NodeSetError
    from console.services import configuration

    hosts: str | None = options.get("ssh")
    path = configuration.find(options.get("config"), platformdirs.user_config_path("quarterdeck"))
    try:
        try:
            return configuration.load(path, hosts), ()
        except ConfigError as error:
            problems = tuple(map(str, error.problems))
            if not tolerant:
                raise BadConfiguration(problems) from None
            return msgspec.structs.replace(configuration.load(None, hosts), path=path), problems
    except NodeSetError as error:
        raise click.UsageError(f"--ssh: {error}") from None
