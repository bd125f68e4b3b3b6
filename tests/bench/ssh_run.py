"""One command on 64 connected nodes against `pdsh -R ssh` and `clush` in the same run: CPU, that of children included.

Run: ``python tests/bench/ssh_run.py [--rounds 3]``. The nodes are 64 loopback addresses of four real sshd. Ours goes
over connections that are held, which is how the collector has them; what making them costs is printed beside it. Where
a tool or sshd is not installed, that comparison is left out, and it says so.
"""

import argparse
import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1] / "backends" / "ssh"))

from rig import Rig, missing, rig

from backends.ssh.pool import Limits, Pool
from backends.ssh.route import Route
from backends.ssh.run import folded, run

NODES, SERVERS = 64, 4
TARGET = 1 / 30
COMMAND = ("cat", "/proc/loadavg")


def children() -> float:
    """CPU of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def lab(made: Rig) -> dict[str, Route]:
    """Start the servers, and write an ssh configuration for the others; return the routes by address."""
    each = NODES // SERVERS
    routes, lines = {}, []
    for server_number in range(SERVERS):
        addresses = [f"127.0.{server_number + 1}.{n + 1}" for n in range(each)]
        server = made.sshd(*addresses, **made.home())
        for address in addresses:
            routes[address] = made.route(server, address, host=address)
            lines.append(f"Host {address}\n  Port {server.port}\n")
    lines.append(f"Host *\n  IdentityFile {made.key}\n  UserKnownHostsFile {made.known_hosts}\n  User {made.user}\n")
    (made.folder / "config").write_text("".join(lines))
    return routes


async def ours(routes: dict[str, Route], rounds: int) -> tuple[float, float]:
    """CPU of making the connections, and of one round over them."""
    pool = Pool(limits=Limits(at_once=32))
    cpu = time.process_time()
    await asyncio.gather(*map(pool.connection, routes.values()))
    connect = time.process_time() - cpu
    costs, walls = [], []
    for _ in range(rounds):
        cpu, wall = time.process_time(), time.monotonic()
        results = await run(pool, routes, COMMAND, at_once=NODES)
        folds = folded(results.values())
        costs.append(time.process_time() - cpu)
        walls.append(time.monotonic() - wall)
        assert sum(len(fold.names) for fold in folds if fold.status == 0) == NODES, folds
    await pool.close()
    print(
        f"ours, {NODES} connected nodes: {median(costs):.3f} s CPU ({', '.join(f'{c:.3f}' for c in costs)}),", end=" "
    )
    print(f"{min(walls):.2f} s by the wall; making the connections took {connect:.2f} s CPU once")
    return connect, median(costs)


def theirs(name: str, command: Sequence[str], environment: dict[str, str]) -> float:
    """CPU of one round of another tool."""
    cpu, wall = children(), time.monotonic()
    done = subprocess.run(command, env={**os.environ, **environ_of(environment)}, capture_output=True, text=True)
    cost = children() - cpu
    lines = len(done.stdout.splitlines())
    assert lines == NODES, f"{name} answered for {lines} of {NODES}: {done.stderr[-500:]}"
    print(f"{name}: {cost:.2f} s CPU, {time.monotonic() - wall:.1f} s by the wall")
    return cost


def environ_of(environment: dict[str, str]) -> dict[str, str]:
    """The environment of another tool: nothing of an agent's."""
    return {**environment, "SSH_AUTH_SOCK": ""}


def main() -> int:
    """Measure, print, and say whether the target was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if (why := missing()) is not None:
        print(f"left out: {why}")
        return 0
    met = True
    with tempfile.TemporaryDirectory() as name, rig(Path(name)) as made:
        routes = lab(made)
        config = str(made.folder / "config")
        targets = ",".join(routes)
        tools = {
            "pdsh": ["pdsh", "-R", "ssh", "-f", str(NODES), "-w", targets, *COMMAND],
            "clush": ["clush", "-q", "-f", str(NODES), "-o", f"-F {config}", "-w", targets, *COMMAND],
        }
        _connect, cost = asyncio.run(ours(routes, options.rounds))
        for tool, command in tools.items():
            if shutil.which(tool) is None:
                print(f"left out: {tool} is not installed")
                continue
            other = theirs(tool, command, {"PDSH_SSH_ARGS_APPEND": f"-F {config}"})
            ratio = cost / other
            print(f"  ours is 1/{1 / ratio:.0f} of it (to reach 1/{1 / TARGET:.0f})")
            met = met and ratio <= TARGET
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
