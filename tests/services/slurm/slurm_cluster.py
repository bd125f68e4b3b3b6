"""A real Slurm on this machine: munged, MariaDB, slurmdbd, slurmctld and four slurmd with fake GPUs, in one folder.

All of it runs as root, listens on loopback, is found through ``SLURM_CONF``, and is ended by its process numbers. The
packages: slurmctld slurmd slurm-client slurmdbd munge mariadb-server slurm-wlm-basic-plugins slurm-wlm-mysql-plugin.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from worker_ports import free_ports

WAIT = 60.0
"""Seconds for anything that a daemon is waited for; the machine may be busy."""
NODES = ("gpu01", "gpu02", "gpu03", "gpu04")
NEEDED = {
    "slurmctld": "slurmctld",
    "slurmd": "slurmd",
    "squeue": "slurm-client",
    "slurmdbd": "slurmdbd",
    "munged": "munge",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
}
"""Programs, and the Debian packages that have them."""

_CONF = """\
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=500
GresTypes=gpu
AccountingStorageTRES=gres/gpu
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort={dbd}
AccountingStoragePass={folder}/munge/socket
PriorityType=priority/multifactor
PriorityDecayHalfLife=7-00:00:00
PriorityMaxAge=1-00:00:00
PriorityWeightAge=1000
PriorityWeightFairshare=10000
PriorityWeightQOS=5000
PriorityWeightPartition=2000
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
MinJobAge=600
MessageTimeout=10
LaunchParameters=send_gids
{nodes}
PartitionName=gpu Nodes=gpu[01-04] Default=YES MaxTime=1-00:00:00 DefaultTime=10
PartitionName=debug Nodes=gpu04 MaxTime=30 PriorityTier=2
"""
_NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=8 RealMemory=16000 Gres=gpu:a100:4"
    " State=UNKNOWN"
)
_DBD = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={dbd}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
StorageType=accounting_storage/mysql
StorageUser=root
StorageLoc=slurm_acct
"""


def missing() -> str | None:
    """Why there can be no cluster here; None where there can."""
    if os.geteuid() != 0:
        return "a Slurm of one's own needs root"
    packages = sorted({package for program, package in NEEDED.items() if shutil.which(program, path=_path()) is None})
    if packages:
        return f"no Slurm here: install {' '.join(packages)} slurm-wlm-basic-plugins slurm-wlm-mysql-plugin"
    return None


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def until(true: Callable[[], object], what: str, seconds: float = WAIT) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds:g} s in vain: {what}"
        time.sleep(0.1)


class Cluster:
    """The daemons, by name, and what to do to them."""

    def __init__(self, folder: Path) -> None:
        """Make one; nothing is started yet.

        Args:
            folder: empty, and open to every user, for jobs and tools of others read in it.
        """
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._first = 1
        self._ports = dict(zip(("ctld", "dbd", *NODES), free_ports(2 + len(NODES)), strict=True))
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SQUEUE", "SACCT"))},
            "PATH": _path(),
            "SLURM_CONF": str(folder / "slurm.conf"),
            "MYSQL_UNIX_PORT": str(folder / "mysql" / "socket"),
        }

    # ---- start and end -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything, and wait until all nodes are idle."""
        self._write()
        self._start_munge()
        self._start_database()
        self.start_dbd()
        until(lambda: self.ok("sacctmgr", "-i", "add", "cluster", "lab"), "slurmdbd takes the cluster")
        for name in ("nlp", "vision"):
            self.tool("sacctmgr", "-i", "add", "account", name, "fairshare=10")
        self.tool("sacctmgr", "-i", "add", "user", "root", "account=nlp")
        self.tool("sacctmgr", "-i", "add", "user", "nobody", "account=vision")
        self.start_ctld()
        high = ("sacctmgr", "-i", "add", "qos", "high", "priority=100", "maxtrespu=gres/gpu=8")
        until(lambda: self.ok(*high), "slurmdbd knows GPUs, of which slurmctld tells it")
        for name in NODES:
            self.start_node(name)
        until(lambda: self.states() == dict.fromkeys(NODES, "idle"), "all nodes are idle")

    def close(self) -> None:
        """End everything that was started, in the reverse order, and what the jobs have left."""
        if "slurmctld" in self.running and self.running["slurmctld"].poll() is None:
            self.signal("slurmctld", signal.SIGCONT)
            with contextlib.suppress(subprocess.SubprocessError):
                self._run("scancel", "--me", limit=5.0)
        for name in reversed(list(self.running)):
            self.stop(name)

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        """End one daemon; one that does not go within 10 s is killed."""
        process = self.running.pop(name, None)
        if process is None:
            return
        below = _descendants(process.pid)
        for what in (signal.SIGCONT, number):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(what)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        if name.startswith("slurmd-"):  # a slurmstepd goes on without its slurmd
            for pid in below:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a daemon a signal: STOP makes it hang, CONT ends that."""
        self.running[name].send_signal(number)

    def start_dbd(self) -> None:
        """Start slurmdbd."""
        self._spawn("slurmdbd", "slurmdbd", "-D")

    def start_ctld(self) -> None:
        """Start slurmctld, and wait until it answers."""
        self._spawn("slurmctld", "slurmctld", "-D")
        until(lambda: self.ok("scontrol", "ping"), "slurmctld answers")

    def ready_dbd(self) -> None:
        """Wait until slurmdbd answers."""
        until(lambda: self.ok("sacctmgr", "-n", "show", "cluster"), "slurmdbd answers")

    def restart_ctld(self, *, forget: bool = False) -> None:
        """End slurmctld and start it again; it may forget all jobs, as it does by itself after MinJobAge."""
        self.stop("slurmctld")
        if forget:
            for file in (self.folder / "state").glob("job_state*"):
                file.unlink()
            conf, self._first = self.folder / "slurm.conf", self._first + 1000  # no number is given twice
            conf.write_text(conf.read_text() + f"FirstJobId={self._first}\n")
        self.start_ctld()
        until(lambda: set(self.states().values()) == {"idle"}, "all nodes are idle")

    def start_node(self, name: str) -> None:
        """Start the slurmd of one node."""
        self._spawn(f"slurmd-{name}", "slurmd", "-D", "-N", name)

    # ---- asking it ---------------------------------------------------------------------------------------------------

    def tool(self, *argv: str, user: str | None = None) -> str:
        """Run one of its tools, and return what it prints.

        Args:
            argv: the tool and its arguments.
            user: who runs it; root where it is None.
        """
        done = self._run(*argv, user=user)
        assert done.returncode == 0, f"{argv}: exit {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def ok(self, *argv: str) -> bool:
        """Whether a tool exits with 0."""
        return self._run(*argv).returncode == 0

    def submit(self, *options: str, wrap: str = "sleep 600", user: str | None = None) -> str:
        """Submit a job of one core, and return its number."""
        plain = [] if any(option.startswith(("-o", "--output")) for option in options) else ["-o", "/dev/null"]
        said = self.tool("sbatch", "--parsable", "-D", "/tmp", *plain, *options, "--wrap", wrap, user=user)
        return said.split(";")[0]

    def state(self, job: str) -> str:
        """The state of a job as squeue says it; empty where it does not know it."""
        return self._run("squeue", "-h", "-t", "all", "-j", job, "-o", "%T").stdout.strip()

    def reach(self, job: str, state: str) -> None:
        """Wait for a job to be in a state."""
        until(lambda: self.state(job) == state, f"job {job} is {state}")

    def states(self) -> dict[str, str]:
        """Each node's state as sinfo says it."""
        rows = self._run("sinfo", "-h", "-N", "-o", "%N %T").stdout.split("\n")
        return dict(row.split() for row in rows if row)

    def clear(self) -> None:
        """Cancel every job, bring every node back, start what a failed test has stopped; wait until all are idle."""
        if "slurmctld" not in self.running:
            self.start_ctld()
        self.signal("slurmctld", signal.SIGCONT)
        if "slurmdbd" not in self.running:
            self.start_dbd()
            self.ready_dbd()
        for user in (None, "nobody"):
            self._run("scancel", "-u", user or "root")
        for name in NODES:
            self._run("scontrol", "update", f"nodename={name}", "state=resume")
        until(lambda: set(self.states().values()) == {"idle"}, "all nodes are idle")

    # ---- the parts ---------------------------------------------------------------------------------------------------

    def _run(self, *argv: str, user: str | None = None, limit: float = 30.0) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            argv, env=self.env, capture_output=True, text=True, timeout=limit, user=user, cwd="/", check=False
        )

    def _write(self) -> None:
        folder, values = self.folder, {**self._ports, "host": socket.gethostname(), "folder": str(self.folder)}
        for name in ("munge", "state", "spool", "mysql", "cards"):
            (folder / name).mkdir()
        for slot in range(4):
            (folder / "cards" / f"nvidia{slot}").touch()
        nodes = [_NODE.format(name=name, host=values["host"], port=self._ports[name]) for name in NODES]
        (folder / "slurm.conf").write_text(_CONF.format(**values, nodes="\n".join(nodes)))
        (folder / "gres.conf").write_text(f"NodeName=gpu[01-04] Name=gpu Type=a100 File={folder}/cards/nvidia[0-3]\n")
        dbd = folder / "slurmdbd.conf"
        dbd.touch(0o600)
        dbd.write_text(_DBD.format(**values))

    def _start_munge(self) -> None:
        key = self.folder / "munge" / "key"
        key.touch(0o600)
        key.write_bytes(os.urandom(128))
        places = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        options = [f"--{option}={self.folder}/munge/{file}" for option, file in places.items()]
        self._spawn("munged", "munged", "--foreground", "--force", *options)
        until((self.folder / "munge" / "socket").exists, "munged listens")

    def _start_database(self) -> None:
        data = self.folder / "mysql" / "data"
        common = ["--no-defaults", f"--datadir={data}", "--user=root"]
        install = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
        with (self.folder / "mariadb-install.log").open("wb") as log:
            subprocess.run(install, env=self.env, stdout=log, stderr=log, timeout=120, check=True)
        where = self.env["MYSQL_UNIX_PORT"]
        few = ["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0"]
        pid = f"--pid-file={self.folder}/mysql/pid"
        self._spawn("mariadbd", "mariadbd", *common, "--skip-networking", f"--socket={where}", pid, *few)
        until(Path(where).exists, "MariaDB listens")

    def _spawn(self, name: str, *argv: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as log:
            self.running[name] = subprocess.Popen(
                argv, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
            )


def _descendants(pid: int) -> Sequence[int]:
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster for the length of a block."""
    folder = Path(tempfile.mkdtemp(prefix="qd-slurm-", dir="/tmp"))
    folder.chmod(0o755)
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)
