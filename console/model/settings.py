"""What a person chose for this run: which lab, where its data lie, how it looks."""

from pathlib import Path

import msgspec

from console.model.config import Config


class Demo(msgspec.Struct, frozen=True):
    """The shape of a simulated lab."""

    nodes: int = 32
    gpus: int = 8
    seed: int = 7
    speed: float = 1.0

    def name(self) -> str:
        """Name the shape; two demos of one shape share a collector."""
        return f"{self.nodes}x{self.gpus}-seed{self.seed}-speed{self.speed:g}"

    def folder(self, below: Path) -> Path:
        """The folder of its data, so that it never lies among a real lab's; one that is its own already stays."""
        own = ("demo", self.name())
        return below if below.parts[-2:] == own else below.joinpath(*own)


class Settings(msgspec.Struct, frozen=True):
    """Everything that one process is told at its start."""

    folder: Path
    """Where ``lab.db``, ``lab.sock`` and ``collector.lock`` lie."""
    state: Path
    """Where logs and crash files lie."""
    lab: str
    """What the lab is called on the screen."""
    demo: Demo | None = None
    interval: float = 2.0
    """Seconds between samples."""
    theme: str | None = None
    """Name of a palette; None chooses by the terminal."""
    lang: str | None = None
    keys: Path | None = None
    """The person's own key map, if there is one."""
    config: Config = Config()
    """What the lab's configuration file says, with what the options put over it."""
    hosts: str | None = None
    """The node set that ``--ssh`` named for this run alone; None where the configuration names the nodes."""
    problems: tuple[str, ...] = ()
    """What is wrong in the configuration file; only what goes on without one is told."""

    @property
    def simulated(self) -> bool:
        """Whether this lab is a simulated one."""
        return self.demo is not None
