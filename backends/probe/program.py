"""The probe: runs on a node as the person who asks, installs nothing, and prints what the node is doing, line by line.

One file for Python 3.6 and later with the standard library alone, because it is sent to the node as text. What it
prints is described in ``wire.py``: one JSON array a line, null for what could not be read, raw counters, no rates.
Standard input carries a heartbeat: any line; ``interval 5`` also sets the interval; 60 s of silence or its end stop it.

Threads, so that nothing waits for what may hang: the main one reads the host and writes; one asks the driver; one waits
for the driver's events; one reads the kernel log; one asks file systems through a child; one looks up processes.
"""

import ctypes
import errno
import json
import math
import os
import pwd
import re
import select
import signal
import sys
import threading
import time
import warnings
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    Row = list[Any]
    Use = tuple[int, "int | None", int, "int | None", "float | None"]

VERSION = "0.1.0"
PROTOCOL = [1, 1]

HEARTBEAT = 60
"""Seconds of silence on standard input after which nobody listens any more."""
HEALTH_EVERY = 10.0
PROCESSES_EVERY = 4.0
MOUNTS_EVERY = 10.0
STALL = 3.0
"""Seconds after which a call into the driver counts as hung; opening it may take `STALL_OPENING`."""
STALL_OPENING = 6.0
RETRY = 30.0
"""Seconds between attempts to open a driver that could not be used."""
ASK_AGAIN = 300.0
"""Seconds after which a question that was not supported is asked once more: MIG and drivers change."""
STATFS_LIMIT = 5.0
SAME_EVENT = 5.0
"""Seconds within which driver and kernel log speak of the same event."""

SYS = os.environ.get("QUARTERDECK_SYS", "/sys")
PROC = os.environ.get("QUARTERDECK_PROC", "/proc")
DEV = os.environ.get("QUARTERDECK_DEV", "/dev")
HOLD = os.environ.get("QUARTERDECK_HOLD")
"""For tests: a folder of FIFOs, named as mount points with ``%`` for ``/``; statvfs first waits for a writer."""


# ---- small things ----------------------------------------------------------------------------------------------------


def read(path: str, size: int = 65536) -> "str | None":
    """The beginning of a file, or None where it cannot be read; one read of a file in /proc gives a page at most."""
    data = b""
    try:
        with open(path, "rb", buffering=0) as file:
            while len(data) < size:
                part = file.read(size - len(data))
                if not part:
                    break
                data += part
    except OSError:
        return data.decode("utf-8", "replace") or None
    return data.decode("utf-8", "replace")


def word(path: str) -> "str | None":
    """A file of one word; None where it is empty or cannot be read."""
    return (read(path, 4096) or "").strip() or None


def whole(text: "str | None") -> "int | None":
    """A whole number, or None."""
    try:
        return int(text or "")
    except ValueError:
        return None


def trim(row: "Row") -> "Row":
    """Drop what the other side fills in by itself: nulls and empty lists at the end."""
    while row and (row[-1] is None or row[-1] == []):
        row.pop()
    return row


def clean(text: str, limit: int) -> str:
    """Printable text of at most ``limit`` characters."""
    return "".join(c if c.isprintable() else " " for c in text[: limit * 2])[:limit].strip()


def pci_address(text: str) -> "str | None":
    """``00000000:3B:00.0``, ``0000:3b:00`` and ``3b:00`` as ``0000:3b:00.0``."""
    found = re.match(r"^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.([0-7]))?$", text.strip().lower())
    if not found:
        return None
    domain, bus, device, function = found.groups()
    return "%04x:%02x:%02x.%s" % (int(domain or "0", 16), int(bus, 16), int(device, 16), function or "0")


def mono() -> float:
    """The node's monotonic clock."""
    return time.monotonic()


class Faults:
    """What went wrong in the probe itself; each cause is told once."""

    def __init__(self) -> None:
        self.told = set()  # type: set[tuple[str, str]]
        self.waiting = deque(maxlen=32)  # type: deque[Row]

    def add(self, where: str, error: object) -> None:
        """Take note of a fault; one that was told already, or the hundredth, is dropped."""
        text = clean("%s: %s" % (type(error).__name__, error) if isinstance(error, Exception) else str(error), 300)
        if (where, text) in self.told or len(self.told) >= 100:
            return
        self.told.add((where, text))
        self.waiting.append(["!", round(mono(), 3), where, text])


class Watch:
    """What a thread is doing at this moment, so that another can see that it hangs."""

    def __init__(self) -> None:
        self.doing = None  # type: tuple[str, float] | None

    def hung(self, limit: float) -> "tuple[str, float] | None":
        """Name and begin of the call that has not come back within the limit."""
        doing = self.doing
        return doing if doing and mono() - doing[1] > limit else None


# ---- children --------------------------------------------------------------------------------------------------------


class Child:
    """A process of ours with a pipe to its input and one from its output."""

    def __init__(self, pid: int, down: int, up: int) -> None:
        self.pid = pid
        self.down = down
        self.up = up
        self.rest = b""

    def lines(self, timeout: "float | None") -> "list[bytes] | None":
        """Whole lines that come within the time; None at the end of its output. A line's last 256 KiB are kept."""
        if not select.select([self.up], [], [], timeout)[0]:
            return []
        data = os.read(self.up, 65536)
        if not data:
            return None
        found = (self.rest + data).split(b"\n")
        self.rest = found.pop()[-262144:]
        return found

    def gone(self) -> bool:
        """Whether it has ended; reaps it."""
        try:
            return os.waitpid(self.pid, os.WNOHANG)[0] != 0
        except OSError:
            return True


class Family:
    """Starts children and ends them with us. It does without subprocess, which costs memory and import time."""

    def __init__(self) -> None:
        self.children = []  # type: list[Child]

    def command(self, words: "Sequence[str]") -> Child:
        """Run a command that may outlive our death no longer than the pipe to the shell before it lives."""
        guard = '"$@" & child=$!; (read -r _; kill $child 2>/dev/null) <&3 & wait $child; kill $! 2>/dev/null'

        def act() -> None:
            os.dup2(1, 2)
            os.dup2(0, 3)
            os.execv("/bin/sh", ["sh", "-c", guard, "sh", *words])  # noqa: S606 - a fixed text; the words are arguments

        return self.start(act)

    def start(self, act: "Callable[[], object]") -> Child:
        """Fork, close every descriptor that is not the child's (the driver's too), and act."""
        theirs_in, down = os.pipe()
        up, theirs_out = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.setpgid(0, 0)
                os.dup2(theirs_in, 0)
                os.dup2(theirs_out, 1)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                os.closerange(3, 1024)
                for number in (signal.SIGPIPE, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                    signal.signal(number, signal.SIG_DFL)
                act()
            finally:
                os._exit(127)
        os.close(theirs_in)
        os.close(theirs_out)
        child = Child(pid, down, up)
        self.children.append(child)
        return child

    def end(self, child: Child) -> None:
        """Kill one; one that cannot die is left to itself and keeps nothing of ours open."""
        if child in self.children:
            self.children.remove(child)
        self.kill(child)
        os.close(child.down)
        os.close(child.up)
        child.gone()

    def end_all(self) -> None:
        """Kill them all."""
        for child in list(self.children):
            self.kill(child)

    @staticmethod
    def kill(child: Child) -> None:
        """Kill its whole group, or itself where it has not made one yet."""
        for kill in (os.killpg, os.kill):
            try:
                kill(child.pid, signal.SIGKILL)
                return
            except OSError:
                continue


# ---- the host --------------------------------------------------------------------------------------------------------

NO_DISK = re.compile(r"^(?:loop|ram|zram|dm-|md|sr|fd|nbd)\d|^nvme\d+c\d+n")
NET = re.compile(r"^(?:bond|team|ib|en|eth|hsn|wl)[^.]*$")


class Host:
    """The host's own counters and gauges from /proc; nothing here can hang."""

    def __init__(self) -> None:
        self.traits = {}  # type: dict[str, tuple[int | None, bool | None]]
        self.skip = set()  # type: set[str]

    def survey(self) -> None:
        """Look up what changes rarely or costs time: which interfaces count, and how fast they are."""
        traits = {}  # type: dict[str, tuple[int | None, bool | None]]
        skip = set()
        root = SYS + "/class/net"
        for line in (read(PROC + "/net/dev") or "").splitlines()[2:]:
            name = line.partition(":")[0].strip()
            folder = root + "/" + name
            physical = os.path.exists(folder + "/device") or os.path.exists(folder + "/bonding")
            if not physical and not NET.match(name):
                skip.add(name)
                continue
            speed = whole(word(folder + "/speed"))
            state = word(folder + "/operstate")
            up = {"up": True, "down": False, "lowerlayerdown": False, "notpresent": False}.get(state or "")
            traits[name] = (speed if speed and speed > 0 else None, up)
        self.traits, self.skip = traits, skip

    def row(self) -> "Row":
        """One HostLine."""
        busy, iowait, total = self.cpu()
        load = (read(PROC + "/loadavg") or "").split()[:3]
        loads = [float(x) for x in load] if len(load) == 3 else [None, None, None]
        memory = self.memory()
        pressure = [self.pressure(part) for part in ("cpu", "memory", "io")]
        uptime = (read(PROC + "/uptime") or "").split()
        row = [busy, iowait, total]  # type: Row
        row += loads
        row += [memory.get(name) for name in ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree")]
        row += pressure
        row += [float(uptime[0]) if uptime else None, self.disks(), self.nets()]
        return trim(row)

    @staticmethod
    def cpu() -> "tuple[int | None, int | None, int | None]":
        """Busy, waiting and all jiffies since boot; guests are counted in user already."""
        words = (read(PROC + "/stat", 4096) or "").split("\n", 1)[0].split()
        if len(words) < 6 or words[0] != "cpu":
            return None, None, None
        ticks = [int(x) for x in words[1:9]]
        return sum(ticks) - ticks[3] - ticks[4], ticks[4], sum(ticks)

    @staticmethod
    def memory() -> "dict[str, int]":
        """/proc/meminfo in bytes."""
        found = re.findall(r"(?m)^(\w+):\s+(\d+) kB", read(PROC + "/meminfo") or "")
        return {name: int(value) * 1024 for name, value in found}

    @staticmethod
    def pressure(part: str) -> "float | None":
        """Percent of the last 10 s in which some task waited."""
        found = re.search(r"some avg10=([\d.]+)", read(PROC + "/pressure/" + part, 4096) or "")
        return float(found.group(1)) if found else None

    @staticmethod
    def disks() -> "list[Row]":
        """Whole disks only: a partition, a mapping and a RAID member would count the same bytes twice."""
        try:
            names = set(os.listdir(SYS + "/block"))
        except OSError:
            names = set()
        rows = []
        for line in (read(PROC + "/diskstats") or "").splitlines():
            words = line.split()
            if len(words) > 12 and words[2] in names and not NO_DISK.match(words[2]):
                rows.append([words[2], int(words[5]) * 512, int(words[9]) * 512, int(words[12])])
        return rows[:64]

    def nets(self) -> "list[Row]":
        """Interfaces that lead out of the machine."""
        rows = []
        for line in (read(PROC + "/net/dev") or "").splitlines()[2:]:
            name, _, figures = line.partition(":")
            name, words = name.strip(), figures.split()
            if name in self.skip or len(words) < 12 or (name not in self.traits and not NET.match(name)):
                continue
            speed, up = self.traits.get(name, (None, None))
            x = [int(word_) for word_ in words]
            rows.append(trim([name, x[0], x[8], x[2] + x[10], x[3] + x[11], speed, up]))
        return rows[:64]


def cpu_model() -> "str | None":
    """What the processor calls itself."""
    found = re.search(r"(?m)^(?:model name|cpu model|Model)\s*:\s*(.+)$", read(PROC + "/cpuinfo") or "")
    return found.group(1).strip() if found else os.uname().machine


def hello(interval: float) -> "Row":
    """The first line."""
    system = re.search(r'(?m)^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release") or "")
    return [
        "h",
        PROTOCOL,
        VERSION,
        os.uname().nodename,
        word(PROC + "/sys/kernel/random/boot_id"),
        round(time.time(), 3),
        round(mono(), 3),
        interval,
        os.uname().release,
        system.group(1) if system else None,
        "%d.%d.%d" % sys.version_info[:3],
        cpu_model(),
        os.cpu_count(),
        Host.memory().get("MemTotal"),
        os.getuid(),
        os.sysconf("SC_CLK_TCK"),
    ]


# ---- file systems ----------------------------------------------------------------------------------------------------

LOCAL = frozenset(
    ("ext2 ext3 ext4 xfs btrfs zfs tmpfs vfat exfat ntfs3 f2fs overlay jfs reiserfs bcachefs ufs hfsplus").split()
)
PSEUDO = frozenset(
    (
        "proc sysfs devpts devtmpfs cgroup cgroup2 securityfs debugfs tracefs pstore efivarfs bpf mqueue hugetlbfs "
        "configfs fusectl autofs binfmt_misc rpc_pipefs nsfs ramfs selinuxfs squashfs iso9660 erofs nfsd fuse.lxcfs "
        "fuse.portal fuse.gvfsd-fuse fuse.snapfuse binder resctrl rootfs none aufs"
    ).split()
)
PRIVATE = re.compile(
    r"^/(?:proc|sys|run|snap|dev(?!/shm$)|var/lib/(?:docker|containers|containerd|kubelet|lxc\w*)|boot/efi)(?:/|$)"
)


def mounts() -> "list[tuple[str, str, str, bool]]":
    """Mount point, device, kind and whether read-only, of the file systems that hold people's files, each once."""
    found = {}  # type: dict[str, tuple[str, str, str, bool, str]]
    for line in (read(PROC + "/self/mountinfo", 1 << 20) or "").splitlines():
        left, _, right = line.partition(" - ")
        words, rest = left.split(" "), right.split(" ")
        if len(words) < 6 or len(rest) < 2:
            continue
        point, device = unescape(words[4]), unescape(rest[1])
        found.pop(point, None)
        if rest[0] in PSEUDO or PRIVATE.match(point) or (rest[0] == "overlay" and point != "/"):
            continue
        if rest[0] == "tmpfs" and point not in ("/dev/shm", "/tmp", "/"):  # noqa: S108 - only looked at
            continue
        found[point] = (point, device, rest[0], "ro" in words[5].split(","), words[2])
    seen = set()
    rows = []
    for point, device, kind, frozen, number in sorted(found.values(), key=lambda row: (len(row[0]), row[0])):
        if number not in seen and os.path.basename(point) not in ("hosts", "hostname", "resolv.conf"):
            seen.add(number)
            rows.append((point, device, kind, frozen))
    return rows[:64]


def unescape(text: str) -> str:
    """Resolve the octal escapes of mountinfo."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), text)


def statfs(point: str) -> "Row":
    """State, size, used, available, inodes and free inodes of a file system; this may never return."""
    try:
        if HOLD and os.path.exists(HOLD + "/" + point.replace("/", "%")):
            open(HOLD + "/" + point.replace("/", "%"), "rb").close()
        got = os.statvfs(point)
    except OSError as error:
        return ["stale" if error.errno == errno.ESTALE else "error"]
    unit = got.f_frsize or got.f_bsize
    sizes = [got.f_blocks * unit, (got.f_blocks - got.f_bfree) * unit, got.f_bavail * unit]
    inodes = [got.f_files, got.f_ffree] if got.f_files else [None, None]
    return ["ok", *sizes, *inodes]


def answer_statfs() -> "NoReturn":
    """The life of the child that asks file systems: a mount point comes as a JSON line, an answer goes."""
    rest = b""
    while True:
        data = os.read(0, 65536)
        if not data:
            os._exit(0)
        lines = (rest + data).split(b"\n")
        rest = lines.pop()
        for line in lines:
            os.write(1, json.dumps(statfs(json.loads(line.decode("ascii")))).encode("ascii") + b"\n")


class Filesystems:
    """Asks every file system; those that may be remote through one child, which is replaced only when it is stuck."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.child = None  # type: Child | None
        self.stuck = {}  # type: dict[str, tuple[Child, float]]

    def rows(self) -> "list[Row]":
        """One MountLine for each."""
        found = mounts()
        for point in set(self.stuck) - {row[0] for row in found}:
            self.free(point)
        rows = []
        for point, device, kind, frozen in found:
            since = None
            if kind in LOCAL:
                got = statfs(point)
            else:
                got, since = self.ask(point)
            got = got + [None] * (6 - len(got))
            rows.append([point, device, kind, got[0], since, *got[1:], frozen])
        return rows

    def ask(self, point: str) -> "tuple[Row, float | None]":
        """The answer for a mount that may hang; while it does, nobody asks it a second time."""
        child, since = self.stuck.get(point, (None, 0.0))
        if child is not None:
            got = self.reply(child, 0)
            if got is None and not child.gone():
                return ["hung"], since
            self.free(point)
            if got is not None:
                return got, None
        if self.child is None:
            self.child = self.family.start(answer_statfs)
        begun = round(mono(), 3)
        try:
            os.write(self.child.down, json.dumps(point).encode("ascii") + b"\n")
            got = self.reply(self.child, STATFS_LIMIT)
        except OSError:
            got = None
        if got is not None:
            return got, None
        child, self.child = self.child, None
        if child.gone():
            self.family.end(child)
            return ["error"], None
        self.stuck[point] = (child, begun)
        return ["hung"], begun

    @staticmethod
    def reply(child: Child, timeout: float) -> "Row | None":
        """Its answer, or None."""
        lines = child.lines(timeout)
        return list(json.loads(lines[0].decode("ascii"))) if lines else None

    def free(self, point: str) -> None:
        """Let go of a child that was stuck."""
        child, _ = self.stuck.pop(point)
        self.family.end(child)


class Survey(threading.Thread):
    """Looks up what may be slow and is not the driver's: file systems and interfaces."""

    def __init__(self, host: Host, family: Family, faults: Faults, wake: threading.Event) -> None:
        super().__init__(name="survey", daemon=True)
        self.wake = wake
        self.host = host
        self.faults = faults
        self.filesystems = Filesystems(family)
        self.latest = None  # type: Row | None
        self.ready = threading.Event()

    def run(self) -> None:
        """Every 10 s for ever."""
        while True:
            try:
                self.host.survey()
                self.latest = ["f", round(mono(), 3), self.filesystems.rows()]
            except Exception as error:  # noqa: BLE001 - whatever it is, the host's samples go on, and it is told
                self.faults.add("mounts", error)
            self.ready.set()
            self.wake.set()
            time.sleep(MOUNTS_EVERY)


# ---- processes -------------------------------------------------------------------------------------------------------

SLURM = re.compile(
    r"(?:/slurm(?:_[^/\n]+)?/uid_\d+|slurmstepd\.scope)/(?:job_(\d+)|(s[0-9A-HJKMNP-TV-Z]{13}))(?=[/\n]|$)(?:/step_([^/\n]+))?"
)
POD = re.compile(r"kubepods[^\n]*?pod([0-9a-f]{8}(?:[-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12})")
CONTAINER = re.compile(
    r"(?:docker|libpod|containerd|crio|pod[0-9a-f_-]+(?:\.slice)?)[/:-]([0-9a-f]{64})(?=\.scope|[/\n]|$)"
)

SECRET_WORDS = frozenset(
    ("token password passwd passphrase pwd secret apikey accesskey privatekey secretkey credential credentials").split()
)
SECRET_SHAPES = re.compile(
    r"\b(?:sk-[\w-]{8,}|hf_\w{8,}|gh[pousr]_\w{8,}|github_pat_\w{8,}|glpat-[\w-]{8,}|xox[a-z]-[\w-]{8,}|nvapi-[\w-]{8,}"
    r"|AKIA[0-9A-Z]{12,}|AIza[\w-]{20,}|eyJ[\w.-]{12,})"
)
# Whoever owns a process writes its command line: each of these must be linear in the length of any text, since a
# match holds the interpreter's lock and with it the ticks. So a name begins only where no name can already run.
URL_SECRET = re.compile(r"(?<!\w)(\w+://)[^/\s@]+@")
BEARER = re.compile(r"(?i)\b(bearer|basic)(\s+)[\w.=+/-]{8,}")
NAME = re.compile(r"(?<![\w.-])([\w.-]+)(?:\s*[\"'])?\s*[=:]\s*")
VALUE = re.compile(r"\"[^\"]*\"?|'[^']*'?|[^\s\"';&|,]+")
OPTION = re.compile(r"(?:^|(?<=\s))--?([\w.-]+)(\s+)(\"[^\"]*\"?|'[^']*'?|[^\s-][^\s]*)")
HIDDEN = "***"
REDACTED = 1000
"""Characters of a command line that are looked at; 200 of them are shown."""
CUT = re.compile(r"[\w.=+/-]{0,24}@$")
"""What is not shown before a cut: a known shape is not recognised before it is that long."""


def secret(name: str) -> bool:
    """Whether what goes by this name should not be shown; ``max_tokens`` and ``tokenizer`` may be."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().strip("-_.")
    parts = re.split(r"[-_.]+", words)
    pairs = [a + b for a, b in zip(parts, parts[1:])]
    return any(part in SECRET_WORDS for part in parts + pairs)


def redact(arguments: "Sequence[str]") -> str:
    """A command line without its secrets and control characters, of at most 200 characters."""
    shown = []
    hide = False
    room = REDACTED
    for argument in arguments:
        if room <= 0:
            break
        if len(argument) > room:
            argument = argument[:room] + "@"  # a URL whose host was cut off may still hold its password
        room -= len(argument) + 1
        if hide and not argument.startswith("-"):
            shown.append(HIDDEN)
            hide = False
            continue
        hide = argument.startswith("-") and "=" not in argument and " " not in argument and secret(argument)
        shown.append(redact_text(argument))
    text = " ".join(shown)
    return clean(CUT.sub("", text) if room < -1 else text, 200)


def redact_text(text: str) -> str:
    """One argument, or a whole title, without the secrets in it."""

    def hide(found: "re.Match[str]") -> str:
        return found.group(0)[: found.start(3) - found.start()] + HIDDEN if secret(found.group(1)) else found.group(0)

    text = URL_SECRET.sub(r"\1" + HIDDEN + "@", text)
    text = BEARER.sub(r"\1\2" + HIDDEN, text)
    text = redact_pairs(text)
    if " " in text:
        text = OPTION.sub(hide, text)
    return SECRET_SHAPES.sub(HIDDEN, text)


def redact_pairs(text: str) -> str:
    """The text with the values of ``name=value`` and ``"name": value`` hidden where the name is a secret's."""
    shown = []
    done = 0
    for found in NAME.finditer(text):
        value = VALUE.match(text, found.end()) if found.start() >= done and secret(found.group(1)) else None
        if value:
            shown += [text[done : value.start()], HIDDEN]
            done = value.end()
    return "".join(shown) + text[done:]


def owner_of(cgroup: str) -> "tuple[str | None, str | None, str | None, str | None, str | None]":
    """Slurm job, step, SLUID, pod and container that the text of /proc/PID/cgroup tells."""
    slurm, pod = SLURM.search(cgroup), POD.search(cgroup)
    containers = CONTAINER.findall(cgroup)
    job, sluid, step = slurm.groups() if slurm else (None, None, None)
    return job, step, sluid, pod.group(1).replace("_", "-") if pod else None, containers[-1] if containers else None


class People(threading.Thread):
    """Looks up whose processes hold the cards. /proc and the user database may hang, so it has its own thread."""

    def __init__(self, faults: Faults, wake: threading.Event) -> None:
        super().__init__(name="people", daemon=True)
        self.wake = wake
        self.faults = faults
        self.watch = Watch()
        self.turn = threading.Event()
        self.ready = threading.Event()
        self.asked = None  # type: tuple[float, list[Use], bool] | None
        self.latest = None  # type: tuple[float, dict[tuple[int, int], Row], list[Row], bool] | None
        self.known = {}  # type: dict[tuple[int, int], Row]
        self.users = {}  # type: dict[int, str | None]
        self.boot = None  # type: re.Match[str] | None
        self.ticks = os.sysconf("SC_CLK_TCK")
        self.page = os.sysconf("SC_PAGE_SIZE")

    def run(self) -> None:
        """Look up whenever asked."""
        while True:
            self.turn.wait()
            self.turn.clear()
            asked = self.asked
            if asked:
                try:
                    self.latest = self.look(*asked)
                except Exception as error:  # noqa: BLE001 - whatever it is, the rest goes on, and it is told
                    self.faults.add("processes", error)
                self.watch.doing = None
                self.ready.set()
                self.wake.set()

    def look(
        self, at: float, uses: "list[Use]", complete: bool
    ) -> "tuple[float, dict[tuple[int, int], Row], list[Row], bool]":
        """What the processes are (all of them; who writes sends the new ones), and one UseLine for each use."""
        lives = {}  # type: dict[int, tuple[int, int | None, int | None]]
        known = {}  # type: dict[tuple[int, int], Row]
        rows = []
        for card, part, pid, memory, util in uses:
            if pid not in lives:
                lives[pid] = self.life(pid)
                key = (pid, lives[pid][0])
                known[key] = self.known.get(key) or self.describe(*key)
                complete = complete and key[1] != 0
            start, cpu, resident = lives[pid]
            rows.append(trim([pid, start, card, part, memory, util, cpu, resident]))
        self.known = known
        return at, known, rows, complete

    def life(self, pid: int) -> "tuple[int, int | None, int | None]":
        """Start in jiffies after boot (0: not shown), CPU jiffies and resident bytes."""
        words = (read("%s/%d/stat" % (PROC, pid), 4096) or "").rpartition(")")[2].split()
        if len(words) < 22:
            return 0, None, None
        return int(words[19]), int(words[11]) + int(words[12]), int(words[21]) * self.page

    def describe(self, pid: int, start: int) -> "Row":
        """One ProcessLine."""
        if not start:
            return [pid, 0]
        folder = "%s/%d" % (PROC, pid)
        self.watch.doing = (folder, mono())
        uid = re.search(r"(?m)^Uid:\s+(\d+)", read(folder + "/status", 4096) or "")
        user = int(uid.group(1)) if uid else None
        command = redact((read(folder + "/cmdline", 4096) or "").rstrip("\0").split("\0"))
        if not command:
            command = "[%s]" % clean(word(folder + "/comm") or "?", 32)
        job, step, sluid, pod, container = owner_of(read(folder + "/cgroup", 8192) or "")
        if job is None and pod is None and container is None:
            environ = read(folder + "/environ", 1 << 20) or ""
            found = re.search(r"(?:^|\0)SLURM_JOB_ID=(\d+)", environ)
            job = found.group(1) if found else None
            found = re.search(r"(?:^|\0)SLURM_STEP_ID=(\d+)", environ) if job and step is None else None
            step = found.group(1) if found else step
        if self.boot is None:
            self.boot = re.search(r"(?m)^btime (\d+)", read(PROC + "/stat", 1 << 20) or "")
        started = round(int(self.boot.group(1)) + start / self.ticks, 2) if self.boot else None
        return [pid, start, user, self.user(user), command, job, step, sluid, pod, container, started]

    def user(self, uid: "int | None") -> "str | None":
        """The name of a user; asked once."""
        if uid is None:
            return None
        if uid not in self.users:
            self.watch.doing = ("getpwuid(%d)" % uid, mono())
            try:
                self.users[uid] = clean(pwd.getpwuid(uid).pw_name, 64)
            except KeyError:
                self.users[uid] = None
        return self.users[uid]


# ---- cards and readers -----------------------------------------------------------------------------------------------


class Unusable(Exception):  # noqa: N818 - a state of the world
    """A reader cannot work here now; the text says why. ``installed`` tells that its library is there."""

    def __init__(self, text: str, installed: bool) -> None:
        super().__init__(text)
        self.installed = installed


class Reopen(Exception):  # noqa: N818 - a state of the world
    """The driver went away or changed; open it anew."""


class Card:
    """What is known of one card. It keeps its position for as long as the probe lives, also when it is lost."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.index = None  # type: int | None
        self.handle = None  # type: Any
        self.vendor = "nvidia"
        self.pci = None  # type: str | None
        self.uuid = None  # type: str | None
        self.state = "unknown"
        self.error = None  # type: int | None
        self.facts = [None] * 8  # type: Row
        self.mig = None  # type: bool | None
        self.parts = []  # type: list[Part]
        self.lacks = {}  # type: dict[str, float]
        """Field names that are not supported, and when to ask again."""
        self.utils_since = 0
        self.memory_used = None  # type: int | None

    def row(self) -> "Row":
        """One CardLine."""
        name, serial, vbios, memory, limit, clock, generation, width = self.facts
        lacks = sorted(self.lacks)
        if "throttled_software" in lacks and "throttled_hardware" in lacks:
            lacks.append("throttled_thermal")
        shown = [lack for lack in lacks if lack not in ("throttled_software", "throttled_hardware")]
        row = [self.pci, self.uuid, name, self.vendor, serial, vbios, memory, limit, clock, generation, width, self.mig]
        return trim([*row, [part.row() for part in self.parts], shown])


class Part:
    """A MIG instance."""

    def __init__(self, index: int, handle: "Any") -> None:
        self.index = index
        self.handle = handle
        self.facts = [None] * 5  # type: Row
        """Uuid, name, GPU instance, compute instance, bytes."""

    def row(self) -> "Row":
        """One PartLine."""
        return trim([self.index, *self.facts])


class Roster:
    """Every card that was ever seen, in an order that only grows, and what the PCI bus lists."""

    def __init__(self) -> None:
        self.cards = []  # type: list[Card]
        self.bus = []  # type: list[str]

    def scan(self) -> None:
        """Read the accelerators on the PCI bus; it needs no driver."""
        root = SYS + "/bus/pci/devices"
        try:
            names = sorted(os.listdir(root))
        except OSError:
            names = []
        found = []
        for name in names:
            folder = root + "/" + name
            if word(folder + "/vendor") == "0x10de" and (word(folder + "/class") or "").startswith("0x03"):
                found.append(pci_address(name) or name)
        self.bus = found

    def card(self, pci: "str | None", uuid: "str | None") -> Card:
        """The card in this slot, else with this uuid, else a new one."""
        for card in self.cards:
            if (pci and card.pci == pci) or (uuid and card.uuid == uuid and not (pci and card.pci)):
                return card
        card = Card(len(self.cards))
        card.pci, card.uuid = pci, uuid
        self.cards.append(card)
        return card

    def missing(self) -> "list[str]":
        """Addresses on the bus that should be the driver's and are no card yet."""
        known = {card.pci for card in self.cards}
        return [pci for pci in self.bus if pci not in known and not hidden(pci)]


def hidden(pci: str) -> bool:
    """Whether a card is kept from us on purpose: given to a virtual machine, or outside our job or container."""
    link = SYS + "/bus/pci/devices/" + pci + "/driver"
    if os.path.islink(link) and os.path.basename(os.readlink(link)) != "nvidia":
        return True
    minor = re.search(r"Device Minor:\s*(\d+)", read("%s/driver/nvidia/gpus/%s/information" % (PROC, pci)) or "")
    return bool(minor) and not os.access("%s/nvidia%s" % (DEV, minor.group(1) if minor else ""), os.R_OK | os.W_OK)


class Reader:
    """What reads the accelerators of one vendor; a second vendor is one more of these. Everything here may hang."""

    name = ""

    def __init__(self, roster: Roster, watch: Watch, faults: Faults) -> None:
        self.roster = roster
        self.watch = watch
        self.faults = faults

    def open(self) -> None:
        """Begin, and find the cards; raises Unusable where that cannot be."""
        raise NotImplementedError

    def cards(self) -> "Row":
        """Driver, CUDA and one CardLine for each card of the roster."""
        raise NotImplementedError

    def fast(self) -> "list[Row]":
        """One GpuLine for each card of the roster."""
        raise NotImplementedError

    def health(self) -> "list[Row]":
        """One HealthLine for each card of the roster."""
        raise NotImplementedError

    def processes(self) -> "tuple[list[Use], bool]":
        """Card, part, pid, bytes and percent of each use, and whether the list can be trusted to be whole."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the driver."""


# ---- NVML ------------------------------------------------------------------------------------------------------------

UNINITIALIZED, NOT_SUPPORTED, NOT_FOUND, TOO_SMALL, NOT_LOADED, TIMEOUT, NO_FUNCTION, LOST = 1, 3, 6, 7, 9, 10, 13, 15
VERSION_MISMATCH = 25
NO_INSTANCE = 0xFFFFFFFF
NO_MEMORY = 0xFFFFFFFFFFFFFFFF

U8 = ctypes.c_ubyte
U32 = ctypes.c_uint
U64 = ctypes.c_ulonglong
I32 = ctypes.c_int


class PciInfo(ctypes.Structure):
    """Where a card is: legacy address, five ids, address."""

    _fields_ = [("legacy", ctypes.c_char * 16), ("ids", U32 * 5), ("address", ctypes.c_char * 32)]


class Utilization(ctypes.Structure):
    """Percent of time."""

    _fields_ = [("gpu", U32), ("memory", U32)]


class Memory1(ctypes.Structure):
    """Bytes, with what the driver reserves counted as used."""

    _fields_ = [("total", U64), ("free", U64), ("used", U64)]


class Memory2(ctypes.Structure):
    """Bytes, with what the driver reserves apart."""

    _fields_ = [("version", U32), ("total", U64), ("reserved", U64), ("free", U64), ("used", U64)]


class Temperature(ctypes.Structure):
    """Degrees of a sensor."""

    _fields_ = [("version", U32), ("sensor", U32), ("value", I32)]


class FieldUnion(ctypes.Union):
    """A value of any type."""

    _fields_ = [("double", ctypes.c_double), ("u32", U32), ("u64", U64), ("i64", ctypes.c_longlong), ("i32", I32)]


class Field(ctypes.Structure):
    """One field value, asked and answered."""

    _fields_ = [
        ("id", U32),
        ("scope", U32),
        ("at", ctypes.c_longlong),
        ("latency", ctypes.c_longlong),
        ("kind", U32),
        ("code", I32),
        ("value", FieldUnion),
    ]


class Fabric1(ctypes.Structure):
    """Registration with the fabric manager, as older drivers tell it."""

    _fields_ = [("cluster", U8 * 16), ("status", I32), ("clique", U32), ("state", U8)]


class Fabric2(ctypes.Structure):
    """The same with a version."""

    _fields_ = [
        ("version", U32),
        ("cluster", U8 * 16),
        ("status", I32),
        ("clique", U32),
        ("state", U8),
        ("health", U32),
    ]


class Violation(ctypes.Structure):
    """Nanoseconds for which a policy held the clock down."""

    _fields_ = [("reference", U64), ("time", U64)]


class Process2(ctypes.Structure):
    """A process of newer drivers, with its MIG instance."""

    _fields_ = [("pid", U32), ("memory", U64), ("gpu_instance", U32), ("compute_instance", U32)]


class Process3(ctypes.Structure):
    """A process of drivers 535.43 to 535.86, which added what is protected; later ones took it back."""

    _fields_ = [*Process2._fields_, ("protected", U64)]


class Process1(ctypes.Structure):
    """A process of older drivers."""

    _fields_ = [("pid", U32), ("memory", U64)]


class ProcessUse(ctypes.Structure):
    """What a process did at one instant."""

    _fields_ = [("pid", U32), ("at", U64), ("sm", U32), ("memory", U32), ("encoder", U32), ("decoder", U32)]


class EventData(ctypes.Structure):
    """An event."""

    _fields_ = [
        ("device", ctypes.c_void_p),
        ("kind", U64),
        ("data", U64),
        ("gpu_instance", U32),
        ("compute_instance", U32),
    ]


def versioned(structure: "Any", number: int) -> "Any":
    """A structure that says its version, as the newer calls want it."""
    value = structure()
    value.version = ctypes.sizeof(structure) | number << 24
    return value


def lacking(*_: object) -> int:
    """Stand in for a function that this driver does not have."""
    return NO_FUNCTION


class Library:
    """libnvidia-ml.so.1: functions by name, and the name of the one that is running where a hang can be seen."""

    def __init__(self, handle: "Any", watch: Watch) -> None:
        self.handle = handle
        self.watch = watch
        self.functions = {}  # type: dict[str, Any]

    def run(self, name: str, *args: "Any") -> int:
        """Call a function; 13 where this driver does not have it."""
        function = self.functions.get(name)
        if function is None:
            try:
                function = getattr(self.handle, name)
            except AttributeError:
                function = lacking
            self.functions[name] = function
        self.watch.doing = (name, time.monotonic())
        code = function(*args)  # type: int
        self.watch.doing = None
        return code

    def has(self, name: str) -> bool:
        """Whether this driver has a function."""
        return hasattr(self.handle, name)

    def first(self, names: "Sequence[str]", *args: "Any") -> int:
        """Call the first of these that the driver has."""
        code = NO_FUNCTION
        for name in names:
            code = self.run(name, *args)
            if code != NO_FUNCTION:
                break
        return code

    def words(self, code: int) -> str:
        """What NVML calls an error."""
        try:
            self.handle.nvmlErrorString.restype = ctypes.c_char_p
            return "%s (%d)" % ((self.handle.nvmlErrorString(code) or b"").decode("utf-8", "replace"), code)
        except AttributeError:
            return "error %d" % code

    def text(self, name: str, *handle: "Any") -> "tuple[int, str | None]":
        """A function that fills in a string."""
        buffer = ctypes.create_string_buffer(96)
        code = self.run(name, *handle, buffer, U32(96))
        return code, (clean(buffer.value.decode("utf-8", "replace"), 96) or None) if code == 0 else None


class Refused(int):
    """The error with which one value of several was refused."""


FIELD_KINDS = ("double", "u32", "u64", "u64", "i64", "i32")
"""The member of `FieldUnion` for each type of value; an unsigned long is 64 bits wide here."""


class Ask:
    """One way to ask one question: a function, its arguments after the handle, and how to read them afterwards."""

    def __init__(self, name: str, args: "tuple[Any, ...]", got: "Callable[[], tuple[Any, ...]]") -> None:
        self.name = name
        self.args = args
        self.got = got


class Question:
    """What is asked of every card: the fields that it fills, and ways to ask, the newest first."""

    def __init__(self, fields: str, *asks: Ask) -> None:
        self.fields = fields.split()
        self.asks = asks


def number(name: str, kind: "Any" = U32, *before: int) -> Ask:
    """A function that fills in one number."""
    value = kind()
    return Ask(name, (*[U32(x) for x in before], ctypes.byref(value)), lambda: (value.value,))


def structure(name: str, value: "Any", *members: str) -> Ask:
    """A function that fills in a structure."""
    return Ask(name, (ctypes.byref(value),), lambda: tuple(getattr(value, member) for member in members))


def values(*ids: "tuple[int, int]") -> Ask:
    """Several field values, each (id, scope), in one call."""
    fields = (Field * len(ids))()
    for field, (identity, scope) in zip(fields, ids):
        field.id, field.scope = identity, scope

    def one(field: "Any") -> "Any":
        if field.code:
            # An older driver answers "invalid argument" for a field that it has never heard of.
            return Refused(NOT_SUPPORTED if field.code == 2 else field.code)
        return getattr(field.value, FIELD_KINDS[field.kind] if field.kind < len(FIELD_KINDS) else "u64")

    return Ask("nvmlDeviceGetFieldValues", (I32(len(ids)), fields), lambda: tuple(one(field) for field in fields))


def engine(name: str) -> Ask:
    """Encoder or decoder: a percentage and the period over which it holds."""
    value, period = U32(), U32()
    return Ask(name, (ctypes.byref(value), ctypes.byref(period)), lambda: (value.value,))


def fast_questions() -> "list[Question]":
    """The fast group, in the order of GpuLine."""
    memory2, memory1 = versioned(Memory2, 2), Memory1()
    return [
        Question("util memory_util", structure("nvmlDeviceGetUtilizationRates", Utilization(), "gpu", "memory")),
        Question(
            "memory_used",
            structure("nvmlDeviceGetMemoryInfo_v2", memory2, "used"),
            structure("nvmlDeviceGetMemoryInfo", memory1, "used"),
        ),
        Question(
            "temperature",
            structure("nvmlDeviceGetTemperatureV", versioned(Temperature, 1), "value"),
            number("nvmlDeviceGetTemperature", U32, 0),
        ),
        Question("memory_temperature", values((82, 0))),
        Question("power", number("nvmlDeviceGetPowerUsage")),
        Question("clock", number("nvmlDeviceGetClockInfo", U32, 1)),
        Question("memory_clock", number("nvmlDeviceGetClockInfo", U32, 2)),
        Question(
            "throttle",
            number("nvmlDeviceGetCurrentClocksEventReasons", U64),
            number("nvmlDeviceGetCurrentClocksThrottleReasons", U64),
        ),
        Question("pstate", number("nvmlDeviceGetPerformanceState")),
        Question("fan", number("nvmlDeviceGetFanSpeed")),
        Question("encoder", engine("nvmlDeviceGetEncoderUtilization")),
        Question("decoder", engine("nvmlDeviceGetDecoderUtilization")),
    ]


def health_questions() -> "list[Question]":
    """The slow group but for the links, by name."""
    rows = [U32() for _ in range(4)]
    ids = {29: 0, 30: 0, 31: 0, 230: 0, 197: 0, 198: 0, 74: 0, 269: 0, 270: 0, 271: 0}
    policy = Violation()
    return [
        Question("ecc_corrected", number("nvmlDeviceGetTotalEccErrors", U64, 0, 0)),
        Question("ecc_uncorrected", number("nvmlDeviceGetTotalEccErrors", U64, 1, 0)),
        Question("ecc_corrected_ever", number("nvmlDeviceGetTotalEccErrors", U64, 0, 1)),
        Question("ecc_uncorrected_ever", number("nvmlDeviceGetTotalEccErrors", U64, 1, 1)),
        Question(
            "remapped_corrected remapped_uncorrected remap_pending remap_failed",
            Ask(
                "nvmlDeviceGetRemappedRows",
                tuple(ctypes.byref(row) for row in rows),
                lambda: (rows[0].value, rows[1].value, bool(rows[2].value), bool(rows[3].value)),
            ),
        ),
        Question(
            "retired_single retired_double retired_pending recovery pcie_sent pcie_received "
            "throttled_power throttled_software throttled_hardware throttled_brake",
            values(*ids.items()),
        ),
        Question("pcie_generation", number("nvmlDeviceGetCurrPcieLinkGeneration")),
        Question("pcie_width", number("nvmlDeviceGetCurrPcieLinkWidth")),
        Question("pcie_replays", number("nvmlDeviceGetPcieReplayCounter"), values((94, 0))),
        Question(
            "fabric fabric_status",
            structure("nvmlDeviceGetGpuFabricInfoV", versioned(Fabric2, 2), "state", "status"),
            structure("nvmlDeviceGetGpuFabricInfo", Fabric1(), "state", "status"),
        ),
        Question("persistence", number("nvmlDeviceGetPersistenceMode")),
        Question(
            "thermal_before_269",
            Ask("nvmlDeviceGetViolationStatus", (I32(1), ctypes.byref(policy)), lambda: (policy.time,)),
        ),
    ]


HEALTH_ROW = (
    "ecc_corrected ecc_uncorrected ecc_corrected_ever ecc_uncorrected_ever remapped_corrected remapped_uncorrected "
    "remap_pending remap_failed retired_single retired_double retired_pending recovery pcie_generation pcie_width "
    "pcie_replays pcie_sent pcie_received throttled_power throttled_software throttled_hardware throttled_brake links "
    "fabric fabric_status persistence"
).split()
"""The order of HealthLine."""
YES_OR_NO = ("remap_pending", "remap_failed", "retired_pending", "persistence")


class Nvml(Reader):
    """NVIDIA cards through the driver's own library."""

    name = "nvml"

    def __init__(self, roster: Roster, watch: Watch, faults: Faults, found: "Callable[[Row], None]") -> None:
        super().__init__(roster, watch, faults)
        self.found = found
        self.watch.doing = ("dlopen libnvidia-ml.so.1", mono())
        try:
            self.library = Library(ctypes.CDLL("libnvidia-ml.so.1"), watch)
        except OSError as error:
            raise Unusable("libnvidia-ml.so.1 cannot be loaded: %s" % error, False) from None
        finally:
            self.watch.doing = None
        self.now = 0.0
        self.questions = fast_questions()
        self.slow_questions = health_questions()
        self.link_questions = {}  # type: dict[int, Question]
        # No version tells the longer rows of some drivers; what else those have and have not does.
        longer = self.library.has("nvmlDeviceGetConfComputeMemSizeInfo")
        longer = longer and not self.library.has("nvmlDeviceGetRunningProcessDetailList")
        self.process = Process3 if longer else Process2  # type: Any
        self.room = 64
        self.samples = 64
        self.broken = 0
        self.count = -1
        self.events = None  # type: Events | None
        self.driver = self.cuda = None  # type: str | None
        self.opened = False

    def open(self) -> None:
        """Begin a session and find the cards."""
        code = self.library.first(["nvmlInit_v2", "nvmlInit"])
        if code:
            raise Unusable("nvmlInit: " + self.library.words(code), True)
        self.opened = True
        self.driver = self.library.text("nvmlSystemGetDriverVersion")[1]
        cuda = I32()
        code = self.library.first(
            ["nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"], ctypes.byref(cuda)
        )
        self.cuda = "%d.%d" % (cuda.value // 1000, cuda.value % 1000 // 10) if code == 0 else None
        self.enumerate()
        self.watch_events()

    # -- which cards

    def counted(self) -> int:
        """How many cards the driver says there are."""
        count = U32()
        code = self.library.first(["nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"], ctypes.byref(count))
        if code in (UNINITIALIZED, NOT_LOADED):
            raise Reopen("nvmlDeviceGetCount: " + self.library.words(code))
        return count.value if code == 0 else self.count

    def enumerate(self) -> None:
        """Find every card, and say of each that is not found whether it is lost."""
        self.count = self.counted()
        roster = self.roster
        roster.scan()
        nameless = []
        present = []
        for index in range(max(0, self.count)):
            handle = ctypes.c_void_p()
            names = ["nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"]
            code = self.library.first(names, U32(index), ctypes.byref(handle))
            uuid = pci = None
            if code == 0:
                code, uuid = self.library.text("nvmlDeviceGetUUID", handle)
                info = PciInfo()
                names = ["nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetPciInfo_v2"]
                if self.library.first(names, handle, ctypes.byref(info)) == 0:
                    pci = pci_address((info.address or info.legacy).decode("ascii", "replace"))
            if not uuid and not pci:
                nameless.append((index, handle if handle.value else None, code))
            else:
                present.append((index, handle, uuid, pci))
        found = set()
        # Where neither we nor the bus know better, a card that tells nothing stands where the driver counts it.
        unknown = [] if roster.cards or roster.bus else [index for index, _, _ in nameless]
        for index, handle, uuid, pci in sorted(present, key=lambda one: one[3] or "~"):
            while unknown and unknown[0] < index:
                unknown.pop(0)
                roster.card(None, None)
            card = roster.card(pci, uuid)
            if uuid and card.uuid not in (None, uuid):
                card.facts = [None] * len(card.facts)  # another card in the same slot
            if card.handle is None or card.uuid != uuid:
                card.lacks.clear()
            card.index, card.handle, card.pci, card.uuid = index, handle, pci or card.pci, uuid or card.uuid
            found.add(card.position)
            self.introduce(card)
            self.describe(card)
        self.place(nameless, found)

    def place(self, nameless: "list[tuple[int, Any, int]]", found: "set[int]") -> None:
        """Give the cards that would not say who they are the places that are left, in the order of the bus."""
        roster = self.roster
        left = [card for card in roster.cards if card.position not in found]
        left += [roster.card(pci, None) for pci in roster.missing()]
        left.sort(key=lambda card: card.pci or "~")
        while len(left) < len(nameless):
            left.append(roster.card(None, None))
        for card, (index, handle, code) in zip(left, nameless):
            card.index, card.handle, card.error = index, handle, code
            card.state = "lost" if code == LOST else "broken"
        for card in left[len(nameless) :]:
            card.index, card.handle, card.error, card.state = None, None, None, "lost"

    def describe(self, card: Card) -> None:
        """Ask for what changes now and then: the power limit and the MIG instances."""
        library, handle = self.library, card.handle
        limit = self.plain("nvmlDeviceGetEnforcedPowerLimit", handle)
        if limit is not None:
            card.facts[4] = limit / 1000.0
        current, pending = U32(), U32()
        code = library.run("nvmlDeviceGetMigMode", handle, ctypes.byref(current), ctypes.byref(pending))
        mig = bool(current.value) if code == 0 else False if code in (NOT_SUPPORTED, NO_FUNCTION) else card.mig
        if mig != card.mig:
            card.lacks.clear()
        card.mig = mig
        card.parts = self.parts(handle) if card.mig else []

    def introduce(self, card: Card) -> None:
        """Ask for what never changes."""
        library, handle = self.library, card.handle
        facts = [library.text("nvmlDeviceGet" + what, handle)[1] for what in ("Name", "Serial", "VbiosVersion")]  # type: Row
        memory2, memory1 = versioned(Memory2, 2), Memory1()
        total = None
        if library.run("nvmlDeviceGetMemoryInfo_v2", handle, ctypes.byref(memory2)) == 0:
            total = memory2.total
        elif library.run("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(memory1)) == 0:
            total = memory1.total
        facts.append(total)
        facts.append(None)
        facts.append(self.plain("nvmlDeviceGetMaxClockInfo", handle, I32(1)))
        facts.append(self.plain("nvmlDeviceGetMaxPcieLinkGeneration", handle))
        facts.append(self.plain("nvmlDeviceGetMaxPcieLinkWidth", handle))
        card.facts = [old if new is None else new for old, new in zip(card.facts, facts)]

    def plain(self, name: str, handle: "Any", *before: "Any") -> "int | None":
        """One number, or None for whatever reason."""
        value = U32()
        return value.value if self.library.run(name, handle, *before, ctypes.byref(value)) == 0 else None

    def parts(self, handle: "Any") -> "list[Part]":
        """The MIG instances of a card."""
        found = []
        for index in range(min(self.plain("nvmlDeviceGetMaxMigDeviceCount", handle) or 0, 16)):
            own = ctypes.c_void_p()
            if self.library.run("nvmlDeviceGetMigDeviceHandleByIndex", handle, U32(index), ctypes.byref(own)):
                continue
            part = Part(index, own)
            memory = Memory1()
            known = self.library.run("nvmlDeviceGetMemoryInfo", own, ctypes.byref(memory)) == 0
            part.facts = [
                self.library.text("nvmlDeviceGetUUID", own)[1],
                self.library.text("nvmlDeviceGetName", own)[1],
                self.plain("nvmlDeviceGetGpuInstanceId", own),
                self.plain("nvmlDeviceGetComputeInstanceId", own),
                memory.total if known else None,
            ]
            found.append(part)
        return found

    def cards(self) -> "Row":
        """Driver, CUDA, cards."""
        return [self.driver, self.cuda, [card.row() for card in self.roster.cards]]

    # -- asking

    def answer(self, card: Card, question: Question, into: "dict[str, Any]", errors: "list[int]") -> None:
        """Ask one card one question: values go into the dictionary, errors that say nothing good into the list."""
        if all(card.lacks.get(name, 0.0) > self.now for name in question.fields):
            return
        code = NO_FUNCTION
        got = ()  # type: tuple[Any, ...]
        for ask in question.asks:
            code = self.library.run(ask.name, card.handle, *ask.args)
            if code == 0:
                got = ask.got()
                code = got[0] if len(got) == 1 and isinstance(got[0], Refused) else 0
            if code not in (NO_FUNCTION, VERSION_MISMATCH):
                break
        if code == 0:
            for name, value in zip(question.fields, got):
                if not isinstance(value, Refused):
                    into[name] = value
                    card.lacks.pop(name, None)
                elif value in (NOT_SUPPORTED, NO_FUNCTION):
                    card.lacks[name] = self.now + ASK_AGAIN
        elif code in (NOT_SUPPORTED, NO_FUNCTION):
            for name in question.fields:
                card.lacks[name] = self.now + ASK_AGAIN
        elif code in (UNINITIALIZED, NOT_LOADED):
            raise Reopen(self.library.words(code))
        else:
            errors.append(code)

    def fast(self) -> "list[Row]":
        """The fast group of each card."""
        if self.counted() != self.count:
            raise Reopen("the number of cards changed")
        self.now = mono()
        rows = [self.fast_row(card) for card in self.roster.cards]
        asked = [card for card in self.roster.cards if card.handle is not None]
        self.broken = self.broken + 1 if asked and all(card.state == "broken" for card in asked) else 0
        if self.broken >= 15:
            raise Reopen("every card answers every question with an error")
        return rows

    def fast_row(self, card: Card) -> "Row":
        """One GpuLine; a lost card is asked one question only."""
        if card.handle is None:
            return trim([card.state, card.error])
        got = {}  # type: dict[str, Any]
        errors = []  # type: list[int]
        for question in self.questions:
            self.answer(card, question, got, errors)
            if LOST in errors:
                card.state, card.error = "lost", LOST
                return ["lost", LOST]
        if errors and not got:
            card.state, card.error = "broken", errors[0]
            return ["broken", errors[0]]
        card.state, card.error = "ok", None
        card.memory_used = got.get("memory_used")
        if "power" in got:
            got["power"] = got["power"] / 1000.0
        if got.get("pstate", 0) > 15:
            del got["pstate"]  # 32 is "unknown"
        if got.get("memory_temperature", 1) <= 0:
            del got["memory_temperature"]  # some drivers say 0 for a sensor that is not there
        row = ["ok", None] + [got.get(name) for question in self.questions for name in question.fields]  # type: Row
        row.append([self.part_memory(part) for part in card.parts])
        return trim(row)

    def part_memory(self, part: Part) -> "int | None":
        """Bytes used on a MIG instance."""
        memory = Memory1()
        return (
            memory.used if self.library.run("nvmlDeviceGetMemoryInfo", part.handle, ctypes.byref(memory)) == 0 else None
        )

    # -- the slow group

    def health(self) -> "list[Row]":
        """The slow group of each card; it also looks for cards that came back and instances that changed."""
        self.now = mono()
        hung = self.events.library.watch.hung(STALL_OPENING) if self.events else None
        if hung:
            self.faults.add("xid events", "%s does not come back; Xids come from the kernel log only" % hung[0])
        if any(card.handle is None or card.uuid is None for card in self.roster.cards):
            self.enumerate()
        for card in self.roster.cards:
            if card.state == "ok":
                self.describe(card)
        return [self.health_row(card) if card.state == "ok" else [] for card in self.roster.cards]

    def health_row(self, card: Card) -> "Row":
        """One HealthLine."""
        got = {}  # type: dict[str, Any]
        errors = []  # type: list[int]
        for question in self.slow_questions:
            if question.fields[0] == "thermal_before_269":
                if "throttled_software" not in card.lacks or "throttled_hardware" not in card.lacks:
                    continue
                self.answer(card, question, got, errors)
                if "thermal_before_269" in got:
                    card.lacks.pop("throttled_software")
                    got["throttled_software"] = got["thermal_before_269"]
                card.lacks.pop("thermal_before_269", None)
                continue
            self.answer(card, question, got, errors)
            if LOST in errors:
                return []
        for name in YES_OR_NO:
            if name in got:
                got[name] = bool(got[name])
        got["links"] = self.links(card)
        return trim([got.get(name) if name != "links" else got[name] for name in HEALTH_ROW])

    def links(self, card: Card) -> "list[Row]":
        """NVLinks: state, replays, recoveries and CRC errors of each."""
        if card.lacks.get("links", 0.0) > self.now:
            return []
        count = {}  # type: dict[str, Any]
        probe = Card(-1)
        probe.handle = card.handle
        self.answer(probe, Question("count", values((91, 0))), count, [])
        rows = []
        for link in range(min(count.get("count", 18), 36)):
            active = U32()
            code = self.library.run("nvmlDeviceGetNvLinkState", card.handle, U32(link), ctypes.byref(active))
            if code in (NOT_SUPPORTED, NO_FUNCTION, 2):
                break
            rows.append([link, bool(active.value) if code == 0 else None, None, None, None])
        if not rows:
            card.lacks["links"] = self.now + ASK_AGAIN
            return []
        card.lacks.pop("links", None)
        self.link_errors(card, rows)
        return [trim(row) for row in rows]

    def link_errors(self, card: Card, rows: "list[Row]") -> None:
        """Fill in the error counters: one call on newer drivers, else one for each counter of each link."""
        count = len(rows)
        if count not in self.link_questions:
            # 215 counts recoveries where 162 no longer does (NVLink 5).
            ids = [(identity, link) for link in range(count) for identity in (161, 162, 163, 215)]
            self.link_questions[count] = Question(" ".join("%d.%d" % (link, kind) for kind, link in ids), values(*ids))
        got = {}  # type: dict[str, Any]
        probe = Card(-1)
        probe.handle = card.handle
        self.answer(probe, self.link_questions[count], got, [])
        for row in rows:
            errors = [got.get("%d.%d" % (row[0], kind)) for kind in (161, 162, 163)]
            if not got:
                errors = [self.link_error(card, row[0], kind) for kind in range(3)]
            elif errors[1] is None:
                errors[1] = got.get("%d.215" % row[0])
            row[2:5] = errors

    def link_error(self, card: Card, link: int, kind: int) -> "int | None":
        """One counter of one link, as older drivers tell it: 0 replay, 1 recovery, 2 CRC."""
        value = U64()
        name = "nvmlDeviceGetNvLinkErrorCounter"
        code = self.library.run(name, card.handle, U32(link), I32(kind), ctypes.byref(value))
        return value.value if code == 0 else None

    # -- processes

    def processes(self) -> "tuple[list[Use], bool]":
        """Who holds the cards."""
        uses = []  # type: list[Use]
        complete = True
        inside = pid_namespace()
        for card in self.roster.cards:
            if card.handle is None or card.state != "ok":
                continue
            memory = {}  # type: dict[tuple[int, int | None], int | None]
            for kind in ("Compute", "Graphics", "MPSCompute"):
                code = self.holders(card, card.handle, kind, None, memory)
                complete = complete and (kind != "Compute" or code == 0)
                for part in card.parts:
                    self.holders(card, part.handle, kind, part.index, memory)
            utils = self.utils(card)
            for (pid, index), used in sorted(
                memory.items(), key=lambda one: (one[0][0], -1 if one[0][1] is None else one[0][1])
            ):
                util = None if utils is None or index is not None else utils.get(pid, 0.0)
                uses.append((card.position, index, pid, used, util))
            if inside and not memory and (card.memory_used or 0) > 1 << 28:
                complete = False
        return uses, complete

    def holders(
        self,
        card: Card,
        handle: "Any",
        kind: str,
        index: "int | None",
        into: "dict[tuple[int, int | None], int | None]",
    ) -> int:
        """Processes of one kind on a card or a MIG instance, with the bytes that each holds."""
        name = "nvmlDeviceGet%sRunningProcesses" % kind
        code = NO_FUNCTION
        for symbol, structure_ in ((name + "_v3", self.process), (name + "_v2", Process2), (name, Process1)):
            while code != 0:
                rows = (structure_ * self.room)()
                count = U32(self.room)
                code = self.library.run(symbol, handle, ctypes.byref(count), rows)
                if code != TOO_SMALL or self.room >= 65536:
                    break
                self.room = max(self.room * 2, count.value + 8)
            if code != NO_FUNCTION:
                break
        if code:
            return code
        for row in rows[: count.value]:
            place = index
            if place is None and getattr(row, "gpu_instance", NO_INSTANCE) != NO_INSTANCE:
                place = self.part_of(card, row.gpu_instance, row.compute_instance)
            into[row.pid, place] = None if row.memory == NO_MEMORY else row.memory
        return 0

    @staticmethod
    def part_of(card: Card, gpu: int, compute: int) -> "int | None":
        """Index of the MIG instance with these two numbers."""
        for part in card.parts:
            if part.facts[2] == gpu and compute in (NO_INSTANCE, part.facts[3]):
                return part.index
        return None

    def utils(self, card: Card) -> "dict[int, float] | None":
        """Percent of the multiprocessors in the newest sample of each process that is newer than the last call's.

        The driver leaves idle ones out.
        """
        if card.mig:
            return None
        since = card.utils_since or int((time.time() - PROCESSES_EVERY) * 1e6)
        for _ in range(2):  # the driver keeps a ring of samples over time, often more than one a process
            rows = (ProcessUse * self.samples)()
            count = U32(self.samples)
            name = "nvmlDeviceGetProcessUtilization"
            code = self.library.run(name, card.handle, rows, ctypes.byref(count), U64(since))
            if code != TOO_SMALL:
                break
            self.samples = min(max(self.samples, count.value) + 32, 65536)
        if code == NOT_FOUND:
            return {}
        if code:
            return None
        latest = {}  # type: dict[int, tuple[int, float]]
        for row in rows[: min(count.value, len(rows))]:
            if row.at > max(since, latest.get(row.pid, (0, 0.0))[0]):
                # The driver's ring holds stale entries that go beyond 100.
                latest[row.pid] = row.at, min(100.0, row.sm)
                card.utils_since = max(card.utils_since, row.at)
        return {pid: util for pid, (_, util) in latest.items()}

    # -- events and the end

    def watch_events(self) -> None:
        """Wait for Xids in a thread with a session of its own, unless an older one still hangs."""
        handles = [(card.handle, card.pci) for card in self.roster.cards if card.handle is not None]
        for thread in threading.enumerate():
            if thread.name == "events":
                self.faults.add(
                    "xid events", "an earlier nvmlEventSetWait has not come back; Xids come from the kernel log only"
                )
                return
        self.events = Events(self.library.handle, handles, self.found, self.faults)
        self.events.start()

    def close(self) -> None:
        """End the session, unless a thread still waits in it: shutting down under it could crash us."""
        if self.events is not None:
            self.events.ending = True
            self.events.join(Events.WAIT / 1000.0 + 2)
            if self.events.is_alive():
                return
        if self.opened:
            self.library.run("nvmlShutdown")


class Events(threading.Thread):
    """Waits for the driver to tell of an Xid. It hangs alone: nothing waits for it without a limit."""

    WAIT = 1000

    def __init__(
        self, handle: "Any", cards: "list[tuple[Any, str | None]]", found: "Callable[[Row], None]", faults: Faults
    ) -> None:
        super().__init__(name="events", daemon=True)
        self.library = Library(handle, Watch())
        self.cards = cards
        self.found = found
        self.faults = faults
        self.ending = False

    def run(self) -> None:
        """Register every card that can, then wait again and again."""
        try:
            self.wait()
        except Exception as error:  # noqa: BLE001 - whatever it is, samples go on, and it is told
            self.faults.add("xid events", error)

    def wait(self) -> None:
        """As `run`."""
        events = ctypes.c_void_p()
        code = self.library.run("nvmlEventSetCreate", ctypes.byref(events))
        if code:
            self.faults.add("xid events", "nvmlEventSetCreate: " + self.library.words(code))
            return
        places = {}
        for handle, pci in self.cards:
            if self.library.run("nvmlDeviceRegisterEvents", handle, U64(8), events) == 0:
                places[handle.value] = pci
        while places and not self.ending:
            data = EventData()
            code = self.library.first(
                ["nvmlEventSetWait_v2", "nvmlEventSetWait"], events, ctypes.byref(data), U32(self.WAIT)
            )
            if code == 0 and data.kind == 8:
                self.found(["xid", data.data, places.get(data.device), None, "nvml", time.time()])
            elif code not in (0, TIMEOUT):
                if code in (UNINITIALIZED, NOT_LOADED, NO_FUNCTION):
                    self.faults.add("xid events", "nvmlEventSetWait: " + self.library.words(code))
                    break
                time.sleep(2)  # a lost card can make every wait fail at once
        self.library.run("nvmlEventSetFree", events)


def pid_namespace() -> bool:
    """Whether we live in a PID namespace of our own, where the driver's process ids mean nothing."""
    try:
        return os.readlink("/proc/self/ns/pid") != "pid:[4026531836]"
    except OSError:
        return False


# ---- nvidia-smi ------------------------------------------------------------------------------------------------------

SMI = """
index index|uuid uuid|pci pci.bus_id|name name|serial serial|vbios vbios_version|driver driver_version
memory memory.total|power_limit enforced.power.limit power.limit|clock_max clocks.max.sm
pcie_generation_max pcie.link.gen.max|pcie_width_max pcie.link.width.max|mig mig.mode.current
util utilization.gpu|memory_util utilization.memory|memory_used memory.used|temperature temperature.gpu
memory_temperature temperature.memory|power power.draw|clock clocks.sm|memory_clock clocks.mem
throttle clocks_event_reasons.active clocks_throttle_reasons.active|pstate pstate|fan fan.speed
encoder utilization.encoder|decoder utilization.decoder
ecc_corrected ecc.errors.corrected.volatile.total|ecc_uncorrected ecc.errors.uncorrected.volatile.total
ecc_corrected_ever ecc.errors.corrected.aggregate.total|ecc_uncorrected_ever ecc.errors.uncorrected.aggregate.total
retired_single retired_pages.single_bit_ecc.count|retired_double retired_pages.double_bit.count
retired_pending retired_pages.pending|pcie_generation pcie.link.gen.current|pcie_width pcie.link.width.current
persistence persistence_mode
"""
"""What we call a field, and what nvidia-smi calls it, the newest name first."""
FAST_ROW = (
    "util memory_util memory_used temperature memory_temperature power clock memory_clock throttle pstate fan encoder "
    "decoder"
).split()
"""The order of GpuLine after state and error."""
MEBIBYTES = ("memory", "memory_used")
WITH_FRACTION = ("util", "memory_util", "power", "power_limit", "encoder", "decoder")


class Smi(Reader):
    """NVIDIA cards through one long-lived nvidia-smi, where the library cannot be loaded."""

    name = "nvidia-smi"

    def __init__(
        self, roster: Roster, watch: Watch, faults: Faults, family: Family, interval: float, reason: str
    ) -> None:
        super().__init__(roster, watch, faults)
        self.family = family
        self.reason = reason
        self.period = max(1.0, interval)
        self.fields = []  # type: list[str]
        self.child = None  # type: Child | None
        self.apps = None  # type: Child | None
        self.driver = None  # type: str | None
        self.heard = mono()
        self.words = ""
        """The last line that was no row of a card."""
        self.begun = []  # type: list[dict[str, str]]
        self.rows = {}  # type: dict[int, dict[str, Any]]
        self.holders = ("", 0.0, [])  # type: tuple[str, float, list[Use]]

    def open(self) -> None:
        """Ask which fields it knows, since one that it does not know fails them all; then start the long-lived one."""
        path = next((p for p in os.get_exec_path() if os.access(p + "/nvidia-smi", os.X_OK)), None)
        if path is None:
            raise Unusable(self.reason + "; there is no nvidia-smi either", False)
        self.watch.doing = ("nvidia-smi --help-query-gpu", mono())
        child = self.family.command([path + "/nvidia-smi", "--help-query-gpu"])
        text = b""
        while True:
            lines = child.lines(None)
            if lines is None:
                break
            text = (text + b"\n".join(lines) + b"\n")[:262144]
        self.family.end(child)
        known = set(re.findall(r'"([a-z0-9_.]+)"', text.decode("utf-8", "replace")))
        asked = []
        for entry in SMI.replace("\n", "|").strip("|").split("|"):
            words = entry.split()
            name = next((word_ for word_ in words[1:] if word_ in known), None)
            if name:
                self.fields.append(words[0])
                asked.append(name)
        if "index" not in self.fields:
            raise Unusable(self.reason + "; nvidia-smi: " + clean(text.decode("utf-8", "replace"), 160), True)
        ending = ["--format=csv,noheader,nounits", "-lms"]
        query = ["--query-gpu=" + ",".join(asked), *ending, str(int(self.period * 1000))]
        self.child = self.family.command([path + "/nvidia-smi", *query])
        query = [
            "--query-compute-apps=timestamp,gpu_uuid,pid,used_gpu_memory",
            *ending,
            str(int(PROCESSES_EVERY * 1000)),
        ]
        self.apps = self.family.command([path + "/nvidia-smi", *query])
        self.heard = mono()
        self.roster.scan()
        while not self.rows:
            self.listen(None)

    def listen(self, timeout: "float | None") -> None:
        """Take in what it has printed; a round is whole when the next begins, or when it falls silent."""
        child = self.child
        while child is not None:
            self.watch.doing = ("nvidia-smi", self.heard)
            lines = child.lines(0.1 if self.begun else timeout)
            if lines is None:
                raise Reopen("nvidia-smi ended: " + (self.words or "it said nothing"))
            if not lines:
                break
            self.heard = mono()
            for line in lines:
                cells = [cell.strip() for cell in line.decode("utf-8", "replace").split(",")]
                row = dict(zip(self.fields, cells))
                if len(cells) != len(self.fields) or not row["index"].isdigit():
                    self.words = clean(line.decode("utf-8", "replace"), 200) or self.words
                    self.faults.add("nvidia-smi", self.words)
                    continue
                if self.begun and int(row["index"]) <= int(self.begun[-1]["index"]):
                    self.take()
                self.begun.append(row)
            timeout = 0.1
        self.watch.doing = None
        if self.begun:
            self.take()

    def take(self) -> None:
        """Make a round of lines the newest."""
        rows, self.begun = self.begun, []
        self.rows = {}
        for row in rows:
            uuid = row.get("uuid", "") if row.get("uuid", "").startswith("GPU-") else None
            index = int(row["index"])
            known = next((card for card in self.roster.cards if card.index == index), None)
            pci = pci_address(row.get("pci", ""))
            card = known if known and not uuid and not pci else self.roster.card(pci, uuid)
            card.index, card.uuid, card.pci = index, uuid or card.uuid, pci or card.pci
            self.rows[card.position] = self.values(card, row)

    def values(self, card: Card, row: "dict[str, str]") -> "dict[str, Any]":
        """The cells of a line as numbers, and how the card is."""
        got = {}  # type: dict[str, Any]
        bad = ""
        for name, cell in row.items():
            low = cell.strip("[]").lower()
            if low in ("n/a", "not supported", "requested functionality has been deprecated"):
                card.lacks[name] = 0.0
            elif cell.startswith("[") or low.startswith("err"):
                bad = low if "lost" not in bad else bad
            else:
                card.lacks.pop(name, None)
                got[name] = self.value(name, cell)
        for name in ("index", "uuid", "pci", "name", "serial", "vbios", "driver", "memory", "mig"):
            card.lacks.pop(name, None)
        for name in ("power_limit", "clock_max", "pcie_generation_max", "pcie_width_max"):
            card.lacks.pop(name, None)
        self.driver = row.get("driver") if "driver" in got else self.driver
        facts = [
            "name",
            "serial",
            "vbios",
            "memory",
            "power_limit",
            "clock_max",
            "pcie_generation_max",
            "pcie_width_max",
        ]
        card.facts = [old if got.get(name) is None else got[name] for old, name in zip(card.facts, facts)]
        card.mig = got.get("mig", card.mig)
        alive = any(got.get(name) is not None for name in FAST_ROW)
        if "lost" in bad:
            card.state, card.error = "lost", LOST
        else:
            card.state, card.error = ("broken", 999) if bad and not alive else ("ok", None)
        return got

    @staticmethod
    def value(name: str, cell: str) -> "Any":
        """One cell; None where it is no number."""
        if name in ("index", "uuid", "pci", "name", "serial", "vbios", "driver"):
            return clean(cell, 96) or None
        if name in ("mig", "persistence", "retired_pending"):
            return {"enabled": True, "yes": True, "disabled": False, "no": False}.get(cell.lower())
        try:
            if name == "throttle":
                return int(cell, 16)
            figure = float(cell[1:] if name == "pstate" else cell)
        except ValueError:
            return None
        return figure if name in WITH_FRACTION else int(figure * (1 << 20 if name in MEBIBYTES else 1))

    def cards(self) -> "Row":
        """Driver, cards; what this way cannot tell at all is not listed as unsupported by the card."""
        for pci in self.roster.missing():
            self.roster.card(pci, None)
        return [self.driver, None, [card.row() for card in self.roster.cards]]

    def fast(self) -> "list[Row]":
        """What nvidia-smi has printed last; one that has been silent for long is waited for, and seen to hang."""
        self.listen(None if mono() - self.heard > max(STALL, 2.5 * self.period) else 0)
        rows = []
        for card in self.roster.cards:
            got = self.rows.get(card.position)
            if got is None:
                card.state, card.error = "lost", None
            if got is None or card.state != "ok":
                rows.append(trim([card.state, card.error]))
            else:
                rows.append(trim(["ok", None] + [got.get(name) for name in FAST_ROW]))
        return rows

    def health(self) -> "list[Row]":
        """The part of the slow group that its fields cover."""
        return [trim([self.rows.get(card.position, {}).get(name) for name in HEALTH_ROW]) for card in self.roster.cards]

    def processes(self) -> "tuple[list[Use], bool]":
        """Who holds the cards, by the newest time stamp of its lines; no line for long means nobody."""
        places = {card.uuid: card.position for card in self.roster.cards}
        while self.apps is not None:
            lines = self.apps.lines(0)
            if lines is None:
                self.family.end(self.apps)
                self.apps = None
            for line in lines or []:
                cells = [cell.strip() for cell in line.decode("utf-8", "replace").split(",")]
                if len(cells) != 4 or cells[1] not in places or not cells[2].isdigit():
                    continue
                stamp, _, uses = self.holders
                if cells[0][:19] != stamp:
                    uses = []
                memory = int(cells[3]) << 20 if cells[3].isdigit() else None
                uses.append((places[cells[1]], None, int(cells[2]), memory, None))
                self.holders = (cells[0][:19], mono(), uses)
            if not lines:
                break
        fresh = mono() - self.holders[1] < 2.5 * PROCESSES_EVERY
        return list(self.holders[2]) if fresh else [], self.apps is not None

    def close(self) -> None:
        """End its children."""
        for child in (self.child, self.apps):
            if child is not None:
                self.family.end(child)
        self.child = self.apps = None


# ---- the kernel log --------------------------------------------------------------------------------------------------

XID = re.compile(r"NVRM: Xid \((?:PCI:)?([0-9a-fA-F:.]+)\): (\d+)")
SXID = re.compile(r"SXid \((?:PCI:)?([0-9a-fA-F:.]+)\): (\d+)")
OFF_BUS = re.compile(r"(?i)(?:NVRM|nvidia).*fallen off the bus")
ADDRESS = re.compile(r"\b((?:[0-9a-f]{4,8}:)[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?)", re.IGNORECASE)


def event_of(line: str) -> "Row | None":
    """Kind, code, PCI address and text of a line of the kernel log that tells of a card."""
    for kind, pattern in (("xid", XID), ("sxid", SXID)):
        found = pattern.search(line)
        if found:
            return [kind, int(found.group(2)), pci_address(found.group(1)), clean(line, 300)]
    if OFF_BUS.search(line):
        found = ADDRESS.search(line)
        return ["bus", None, pci_address(found.group(1)) if found else None, clean(line, 300)]
    return None


class KernelLog(threading.Thread):
    """Reads the kernel log from its beginning and follows it."""

    def __init__(self, family: Family, found: "Callable[[Row], None]", faults: Faults) -> None:
        super().__init__(name="kernel log", daemon=True)
        self.family = family
        self.found = found
        self.faults = faults
        self.problem = "not read yet"  # type: str | None
        self.ready = threading.Event()

    def run(self) -> None:
        """The kernel's own device, else the journal, else say why neither."""
        try:
            problem = self.device()
            self.problem = problem + "; " + self.journal()
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest goes on, and it is told
            self.problem = "%s: %s" % (type(error).__name__, error)
            self.faults.add("kernel log", error)
        self.ready.set()

    def tell(self, line: str, wall: float) -> None:
        """Pass on a line that tells of a card."""
        event = event_of(line)
        if event:
            self.found([*event, "kernel", wall])

    def device(self) -> str:
        """Follow /dev/kmsg; returns why that does not work."""
        path = DEV + "/kmsg"
        try:
            log = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            return "%s: %s" % (path, error.strerror)
        boot = time.time() - mono()
        while True:
            try:
                data = os.read(log, 16384)
            except BlockingIOError:
                self.working()
                select.select([log], [], [])
                continue
            except OSError as error:
                if error.errno == errno.EPIPE:  # overwritten before it was read: the next read goes on
                    continue
                os.close(log)
                return "%s: %s" % (path, error.strerror)
            if not data:
                self.working()
                time.sleep(0.5)
            for line in data.decode("utf-8", "replace").split("\n"):
                head, _, text = line.partition(";")
                words = head.split(",")
                if len(words) > 2 and words[0].isdigit() and words[2].isdigit() and int(words[0]) < 8:
                    self.tell(text, boot + int(words[2]) / 1e6)

    def journal(self) -> str:
        """Follow the journal; returns why that does not work."""
        command = ["journalctl", "-k", "-f", "-o", "short-unix", "-n", "2000", "--no-pager"]
        child = self.family.command(command)
        words = "journalctl: shows no line of the kernel"
        wait = 5.0  # type: float | None
        while True:
            lines = child.lines(wait)
            if not lines:
                if wait is not None or lines is None:
                    self.family.end(child)
                    return words
                continue
            for line in lines:
                text = line.decode("utf-8", "replace")
                found = re.match(r"(\d+\.\d+) \S+ kernel: (.*)", text)
                if found:
                    wait = None
                    self.working()
                    self.tell(found.group(2), float(found.group(1)))
                elif wait is not None and not text.startswith("-- "):
                    words = "journalctl: " + clean(text.rpartition("journalctl: ")[2], 160)

    def working(self) -> None:
        """The history was read and it goes on."""
        self.problem = None
        self.ready.set()


class Happenings:
    """What happened, from every origin, each once: the driver is quicker, the kernel log has the words."""

    PAUSE = 0.25
    """Seconds between two batches of 64, so that a storm of Xids does not keep us and the line busy."""

    def __init__(self, wake: threading.Event) -> None:
        self.wake = wake
        self.lock = threading.Lock()
        self.waiting = deque(maxlen=256)  # type: deque[tuple[float, Row]]
        self.recent = deque(maxlen=64)  # type: deque[Row]
        self.patience = 0.0
        """Seconds that an event of the driver waits for the words of the kernel log; 0 where that cannot be read."""
        self.next_batch = 0.0

    def add(self, event: "Row") -> None:
        """Kind, code, pci, text, origin, wall; one that the other origin told within 5 s gives only its words."""
        with self.lock:
            for other in self.recent:
                if other[:3] == event[:3] and other[4] != event[4] and abs(other[5] - event[5]) < SAME_EVENT:
                    other[3:5] = event[3:5] if event[3] else other[3:5]
                    self.recent.remove(other)
                    break
            else:
                self.recent.append(event)
                self.waiting.append((mono() + (self.patience if event[4] == "nvml" else 0.0), event))
        self.wake.set()

    def due(self) -> float:
        """Seconds until there is something to take: 0 where there is now, infinity where nothing waits."""
        with self.lock:
            times = [0.0 if event[4] == "kernel" else at for at, event in self.waiting]
        return max(0.0, max(min(times), self.next_batch) - mono()) if times else math.inf

    def take(self) -> "list[Row]":
        """Those that were not sent yet and have their words or have waited for them, at most 64 at a time."""
        rows = []  # type: list[Row]
        kept = []
        now = mono()
        shift = now - time.time()
        if now < self.next_batch:
            return rows
        with self.lock:
            for at, event in self.waiting:
                if len(rows) < 64 and (at <= now or event[4] == "kernel"):
                    kind, code, pci, text, origin, wall = event
                    rows.append(["x", round(wall + shift, 3), round(wall, 3), kind, code, pci, text, origin])
                else:
                    kept.append((at, event))
            self.waiting.clear()
            self.waiting.extend(kept)
        if len(rows) == 64:
            self.next_batch = now + self.PAUSE
        return rows


# ---- the thread that asks the driver ---------------------------------------------------------------------------------


class Worker(threading.Thread):
    """The only thread that asks for samples; what it has read last is under its lock."""

    def __init__(
        self, people: People, found: "Callable[[Row], None]", family: Family, faults: Faults, wake: threading.Event
    ) -> None:
        super().__init__(name="driver", daemon=True)
        self.wake = wake
        self.people = people
        self.found = found
        self.family = family
        self.faults = faults
        self.watch = Watch()
        self.roster = Roster()
        self.reader = None  # type: Reader | None
        self.turn = threading.Event()
        self.done = threading.Event()
        self.lock = threading.Lock()
        self.state = "starting"
        self.since = mono()
        self.detail = None  # type: str | None
        self.stalled = False
        """Whether the last look found a call that had not come back: what follows begins then, not before it."""
        self.cards = None  # type: Row | None
        self.gpus = []  # type: list[Row]
        self.gpus_mono = None  # type: float | None
        self.health = None  # type: Row | None
        self.next_open = self.next_health = self.next_processes = 0.0
        self.sampled = False
        """Whether the reader that is open has ever delivered; one that never did is not opened again at once."""
        self.interval = 2.0

    def run(self) -> None:
        """One round whenever told."""
        while True:
            self.turn.wait()
            self.turn.clear()
            try:
                self.round()
            except Reopen as reason:
                self.reopen(reason)
            except Exception as error:  # noqa: BLE001 - whatever it is, the host's samples go on, and it is told
                self.faults.add("driver", error)
                if self.reader is None:
                    self.become("failed", "%s: %s" % (type(error).__name__, error))
            self.watch.doing = None
            self.done.set()

    def round(self) -> None:
        """Open what is not open, then the groups that are due."""
        begun = mono()
        if self.reader is None:
            if begun < self.next_open:
                return
            self.next_open = begun + RETRY
            self.open()
        reader = self.reader
        if reader is None:
            return
        gpus = reader.fast()
        self.sampled = True
        self.publish(gpus, mono())
        self.done.set()
        slack = self.interval / 2
        if begun >= self.next_processes - slack:
            self.next_processes = begun + PROCESSES_EVERY
            uses, complete = reader.processes()
            self.people.asked = (mono(), uses, complete)
            self.people.turn.set()
        if begun >= self.next_health - slack:
            self.next_health = begun + HEALTH_EVERY
            rows = reader.health()
            self.publish(None, None)
            self.health = [round(mono(), 3), rows]
            self.wake.set()

    def open(self) -> None:
        """Find the reader that works here, or say why none does."""
        self.roster.scan()
        if self.cards is None:
            self.publish(None, None)  # what the bus lists is known even if the driver never answers
        try:
            self.reader = self.choose()
        except Unusable as error:
            there = bool(self.roster.bus or self.roster.cards)
            self.publish(None, None)
            self.become("failed" if there else "absent", str(error) if there or error.installed else None)
        else:
            self.become("ok", None)

    def choose(self) -> Reader:
        """The driver's library, else its command."""
        reader = None  # type: Reader | None
        try:
            reader = Nvml(self.roster, self.watch, self.faults, self.found)
            reader.open()
        except Unusable as error:
            if error.installed:
                raise
            reader = Smi(self.roster, self.watch, self.faults, self.family, self.interval, str(error))
            reader.open()
        except Reopen:
            if reader is not None:
                reader.close()
            raise
        return reader

    def reopen(self, reason: Reopen) -> None:
        """Let go of the driver; the next round opens it anew, unless it went away while it was opened."""
        reader, self.reader = self.reader, None
        self.next_health = self.next_processes = 0.0
        if reader is not None:
            reader.close()
        if self.sampled:
            self.next_open, self.sampled = 0.0, False
        else:
            self.next_open = mono() + RETRY
            self.publish(None, None)
            self.become("failed", str(reason))

    def become(self, state: str, detail: "str | None") -> None:
        """Take note of how the reader is."""
        if (state, detail) != (self.state, self.detail):
            self.since = mono()
        self.state, self.detail = state, clean(detail, 300) if detail else None

    def publish(self, gpus: "list[Row] | None", at: "float | None") -> None:
        """Make visible what was read, cards and samples together, so that positions always agree."""
        reader = self.reader
        cards = reader.cards() if reader else [None, None, [card.row() for card in self.roster.cards]]
        with self.lock:
            self.cards = [reader.name if reader else None, *cards, list(self.roster.bus)]
            if gpus is not None:
                self.gpus, self.gpus_mono = gpus, at

    def status(self) -> "tuple[str, float, str | None]":
        """State, since when, detail; seen from another thread."""
        hung = self.watch.hung(STALL if self.state == "ok" else STALL_OPENING)
        if hung:
            self.stalled = True
            return "stalled", hung[1], hung[0]
        if self.stalled:
            self.stalled, self.since = False, mono()
        return self.state, self.since, self.detail


# ---- the probe -------------------------------------------------------------------------------------------------------


class Probe:
    """The main thread: reads the host on the grid of the wall clock, and is the only one that writes."""

    def __init__(self, interval: float, out: int) -> None:
        self.interval = interval
        self.out = out
        self.faults = Faults()
        self.family = Family()
        self.host = Host()
        self.wake = threading.Event()
        self.happenings = Happenings(self.wake)
        self.people = People(self.faults, self.wake)
        self.survey = Survey(self.host, self.family, self.faults, self.wake)
        self.log = KernelLog(self.family, self.happenings.add, self.faults)
        self.worker = Worker(self.people, self.happenings.add, self.family, self.faults, self.wake)
        self.encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
        self.sent_cards = None  # type: Row | None
        self.sent_people = set()  # type: set[tuple[int, int]]
        self.last = [None, None, None]  # type: list[Any]
        self.empty_health = 0.0
        self.sent_problem = None  # type: str | None

    def end(self, code: int = 0) -> "NoReturn":
        """Leave at once; a thread that hangs in the driver cannot be waited for, and must not keep our pipes open."""
        self.family.end_all()
        for number_ in (0, 1, 2, self.out):
            try:
                os.close(number_)
            except OSError:
                pass
        os._exit(code)

    def write(self, row: "Row") -> None:
        """One line in one write; when nobody reads any more, this is the end."""
        try:
            data = self.encode(row).encode("ascii") + b"\n"
        except (TypeError, ValueError) as error:
            self.faults.add("line " + str(row[0]), error)
            return
        while data:
            try:
                data = data[os.write(self.out, data) :]
            except BlockingIOError:
                select.select([], [self.out], [])
            except OSError:
                self.end()

    def start(self) -> None:
        """Say hello, then start the threads."""
        self.write(hello(self.interval))
        for thread in (self.worker, self.people, self.survey, self.log):
            thread.start()

    def tick(self) -> None:
        """The fast group: the host, and the cards if they answer in time."""
        worker = self.worker
        worker.interval = self.interval
        worker.done.clear()
        worker.turn.set()
        at, wall = mono(), time.time()
        try:
            host = self.host.row()
        except Exception as error:  # noqa: BLE001 - whatever /proc says, the cards go on, and it is told
            host = []
            self.faults.add("host", error)
        if worker.watch.hung(STALL) is None and worker.state in ("ok", "starting"):
            worker.done.wait(min(0.25, self.interval / 4))
        state, since, detail = worker.status()
        with worker.lock:
            cards, gpus, read_at = worker.cards, worker.gpus, worker.gpus_mono
        self.cards(cards)
        row = ["s", round(at, 3), round(wall, 3), host, state, round(since, 3), detail]  # type: Row
        self.write(row + ([gpus, round(read_at, 3)] if state == "ok" and read_at else []))

    def cards(self, cards: "Row | None") -> None:
        """Cards, when they changed."""
        if cards is not None and cards != self.sent_cards:
            self.sent_cards = cards
            self.write(["c", round(mono(), 3), *cards])

    def rest(self) -> None:
        """Whatever else is new; each is the newest only, so that a slow reader finds no queue."""
        with self.worker.lock:
            health, cards = self.worker.health, self.worker.cards
        self.cards(cards)
        problem = self.log.problem
        self.happenings.patience = 1.0 if problem is None else 0.0
        if self.worker.state in ("absent", "failed") and mono() >= self.empty_health:
            self.empty_health = mono() + HEALTH_EVERY
            health = [round(mono(), 3), []]
        if health is not None and (health is not self.last[0] or problem != self.sent_problem):
            self.last[0], self.sent_problem = health, problem
            self.write(["w", *health, problem])
        self.processes()
        if self.survey.latest is not None and self.survey.latest is not self.last[2]:
            self.last[2] = self.survey.latest
            self.write(self.last[2])
        for row in self.happenings.take():
            self.write(row)
        while self.faults.waiting:
            self.write(self.faults.waiting.popleft())

    def processes(self) -> None:
        """Processes, with what was not told of them yet."""
        hung = self.people.watch.hung(STALL_OPENING)
        if hung:
            self.faults.add("processes", "%s does not come back" % hung[0])
        latest = self.people.latest
        if latest is None or latest is self.last[1]:
            return
        self.last[1] = latest
        at, known, uses, complete = latest
        new = [trim(list(row)) for key, row in known.items() if key not in self.sent_people]
        self.sent_people = set(known)
        self.write(["p", round(at, 3), new, uses, complete])

    def listen(self) -> None:
        """Read the heartbeat; each line puts the alarm off, and the end of input ends us."""
        while True:
            line = sys.stdin.buffer.readline(4096)
            if not line:
                self.end()
            signal.alarm(HEARTBEAT)
            words = line.decode("utf-8", "replace").split()
            if words[:1] == ["interval"]:
                try:
                    wanted = float(words[1])
                except (IndexError, ValueError):
                    wanted = math.nan
                if 0.1 <= wanted <= 3600:
                    self.interval = wanted
                    self.wake.set()
                else:
                    self.faults.add(
                        "interval",
                        "%r is not a number of seconds from 0.1 to 3600" % clean(line.decode("utf-8", "replace"), 60),
                    )

    def follow(self) -> "NoReturn":
        """Tick until nobody listens."""
        signal.signal(signal.SIGALRM, lambda *_: self.end())
        signal.alarm(HEARTBEAT)
        threading.Thread(target=self.listen, name="heartbeat", daemon=True).start()
        self.start()
        interval = slot = 0.0
        self.tick()
        while True:
            self.rest()
            wall = time.time()
            if interval != self.interval:
                interval = self.interval
                slot = wall // interval
            if wall // interval != slot:  # however often we were woken, no point of the grid is passed over
                slot = wall // interval
                self.tick()
                continue
            self.wake.wait(min((slot + 1) * interval - wall, self.happenings.due()))
            self.wake.clear()

    def once(self) -> "NoReturn":
        """Everything once, and two ticks, from which rates can be told."""
        self.start()
        deadline = mono() + 10
        self.worker.turn.set()
        self.worker.done.wait(10)
        while self.worker.reader is not None and not (self.worker.health and self.people.latest) and mono() < deadline:
            time.sleep(0.01)
        self.survey.ready.wait(max(0.0, deadline - mono()))
        self.log.ready.wait(min(1.5, max(0.0, deadline - mono())))
        self.rest()
        self.tick()
        time.sleep(0.3)
        self.tick()
        self.rest()
        self.end()


def options(words: "Sequence[str]") -> "tuple[float, bool]":
    """``--interval SECONDS`` and ``--once``; argparse would cost a megabyte on every node."""
    interval, once = 2.0, False
    rest = list(words)
    while rest:
        name = rest.pop(0)
        try:
            if name == "--once":
                once = True
            elif name == "--interval":
                interval = min(3600.0, max(0.1, float(rest.pop(0))))
            else:
                raise ValueError(name)
        except (IndexError, ValueError):
            sys.stderr.write("usage: probe [--interval SECONDS] [--once]\n")
            sys.exit(2)
    return interval, once


def slim() -> None:
    """Give back the memory that compiling this text took, 4 MB, and keep all threads in one pool."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(-8, 1)
        libc.malloc_trim(0)
    except (OSError, AttributeError):
        pass  # another libc than GNU's


def main() -> None:
    """Read the arguments and run."""
    interval, once = options(sys.argv[1:])
    # Forking beside threads is what a child for file systems needs; it only calls statvfs.
    warnings.simplefilter("ignore", DeprecationWarning)
    try:
        os.nice(10)
    except OSError:
        pass
    slim()
    # What a driver's library prints is no word of ours: it goes to standard error, lines go out by a descriptor apart.
    out = os.dup(1)
    os.dup2(2, 1)
    probe = Probe(interval, out)
    for number_ in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number_, lambda *_: probe.end())
    if once:
        probe.once()
    probe.follow()


if __name__ == "__main__":
    main()
