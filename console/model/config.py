"""What a lab says of itself in its configuration file, as immutable values; how they are read is `configfile`'s."""

from pathlib import Path

import msgspec


class Listed(msgspec.Struct, frozen=True):
    """One node of the inventory."""

    name: str
    address: str | None = None
    """What is handed to ``ssh``: ``user@host``, a name of the ssh configuration; None takes the node's name."""
    source: str = "ssh"
    """``ssh``, or ``local`` for the machine that collects."""
    group: str | None = None
    rack: str | None = None
    cards: int | None = None
    """Cards that must be there."""
    labels: dict[str, str] = {}


class Lab(msgspec.Struct, frozen=True):
    """The lab as a whole."""

    name: str | None = None
    colour: str | None = None
    """Tints line 1: ``red``, ``green``, ``yellow``, ``blue``, ``magenta``, ``cyan``."""
    interval: float | None = None
    """Seconds between samples."""
    folder: Path | None = None
    """Where the lab's data lie; the team's folder."""


class Ssh(msgspec.Struct, frozen=True):
    """How nodes are reached, beyond what the ssh configuration says."""

    user: str | None = None
    config: Path | None = None
    """Instead of the user's own ssh configuration (``ssh -F``)."""
    at_once: int = 48
    """Handshakes at one time, all hosts together; 1 to 128."""
    at_once_per_jump: int = 8
    """Handshakes through one jump host at one time."""
    patience: float | None = None
    """Seconds for one connection where the ssh configuration says nothing."""
    python: tuple[str, ...] = ("python3",)
    """What runs the probe on a node: the first that is there."""


class Retention(msgspec.Struct, frozen=True):
    """How long history is kept; seconds, bytes. Whatever is reached first holds."""

    ticks: float = 48 * 3600.0
    """Full resolution."""
    minutes: float = 400 * 86400.0
    """Minutes of each card and node, in blobs of an hour."""
    five_minutes: float = 14 * 86400.0
    """Rows of five minutes, for SQL."""
    spans: float = 400 * 86400.0
    """Owners, states, inventory."""
    budget: int = 20 * 10**9
    """Bytes that the file may have; the oldest goes first."""
    spare: int = 10**9
    """Bytes that must stay free on the disk; history stops before."""


class Privacy(msgspec.Struct, frozen=True):
    """What is shown and kept of people."""

    commands: str = "redacted"
    """Command lines of processes: ``redacted`` (secrets struck out), ``program`` (its name alone), ``none``."""
    others: bool = True
    """Whether members see command lines; False shows them programs (docs/privacy.md says why not their own)."""
    users: str = "names"
    """``names``, or ``pseudonyms``: in what is kept and shown a stable word stands for each person."""


class Team(msgspec.Struct, frozen=True):
    """Who works with this lab's data, by the names that the system knows."""

    collectors: tuple[str, ...] = ()
    """Who may collect; empty: whoever owns the folder."""
    members: tuple[str, ...] = ()
    """Who may follow beside the collectors."""
    group: str | None = None
    """A group of the system whose members may follow, and that the data files get."""


class Store(msgspec.Struct, frozen=True):
    """Where secrets come from, beyond the system's keyring."""

    command: tuple[str, ...] = ()
    """A command and its arguments; ``{name}`` in it stands for the secret's name."""


class Training(msgspec.Struct, frozen=True):
    """Whether the progress of training is read from what jobs write."""

    read: bool = True
    """By the collector, with its own rights; nothing of it is kept but numbers."""


class Scheduler(msgspec.Struct, frozen=True):
    """A scheduler that the lab's jobs wait for."""

    kind: str
    """``slurm`` or ``kubernetes``: the driver."""
    name: str
    """What it is called in the console, and how commands name it; unique among the sources of the lab."""
    interval: float = 5.0
    """Seconds between two listings; they are doubled by themselves where a listing takes long."""
    login: str | None = None
    """Of Slurm: ``user@host`` of the login node whose tools are asked, as handed to ``ssh``; None: this machine's."""
    path: Path | None = None
    """Of Slurm: the folder of its tools, where that is not on the PATH."""
    kubeconfig: Path | None = None
    """Of Kubernetes: instead of ``KUBECONFIG`` and ``~/.kube/config``."""
    context: str | None = None
    """Of Kubernetes: None is the current one."""
    namespaces: tuple[str, ...] = ()
    """Of Kubernetes: only these; empty: all, or that of the context where not all may be listed."""


class Config(msgspec.Struct, frozen=True):
    """The whole of it."""

    lab: Lab = Lab()
    nodes: tuple[Listed, ...] = ()
    """In the order of the file, node sets unfolded."""
    groups: dict[str, tuple[str, ...]] = {}
    """Names of nodes by group; beside those that `Listed.group` makes."""
    ssh: Ssh = Ssh()
    history: Retention = Retention()
    privacy: Privacy = Privacy()
    team: Team = Team()
    secrets: Store = Store()
    path: Path | None = None
    """The file it was read from; None where there is none."""
    schedulers: tuple[Scheduler, ...] = ()
    progress: Training = Training()
