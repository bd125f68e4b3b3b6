"""What resolving hosts by `ssh -G` costs: CPU of ours and of every child, the first time and with the answers kept.

Run as ``python tests/bench/ssh_resolve.py [--hosts 512]``. The configurations are those that labs have: one pattern for
all nodes, a block for each node, and a `Match` that makes every host a question of its own. Nothing is connected to.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from backends.record import Trouble  # noqa: E402 - the tree is found first
from backends.ssh import said  # noqa: E402
from backends.ssh.resolve import Resolver  # noqa: E402

COMMON = "Host login\n  User me\nHost *\n  IdentityFile ~/.ssh/id_ed25519\n  ServerAliveInterval 30\n"


def configurations(names: list[str]) -> dict[str, str]:
    """The files to resolve with, by what is said of them."""
    blocks = "".join(f"Host {name}\n  HostName {name}.cluster\n  ProxyJump login\n" for name in names)
    return {
        "one pattern": f"Host gpu*\n  HostName %h.cluster\n  User root\n  ProxyJump login\n{COMMON}",
        "a block for each": blocks + COMMON,
        "Match host": f"Match host gpu*\n  User root\n  ProxyJump login\n{COMMON}",
        "Match exec": f'Match exec "test %n != login"\n  User root\n  ProxyJump login\n{COMMON}',
    }


def cpu() -> float:
    """Seconds of ours and of children that have ended, theirs included."""
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class Counting:
    """Counts how often ssh is asked about a host."""

    def __init__(self) -> None:
        self.count = 0
        ask = said.Asking.ask

        async def asking(asked: said.Asking, address: said.Address) -> said.Said | Trouble:
            self.count += 1
            return await ask(asked, address)

        said.Asking.ask = asking  # type: ignore[method-assign]


async def measured(resolver: Resolver, hosts: dict[str, str]) -> tuple[float, float]:
    """CPU and wall of one resolving, in seconds."""
    begun, used = time.perf_counter(), cpu()
    found = await resolver.resolve(hosts)
    took = cpu() - used, time.perf_counter() - begun
    wrong = next((one for one in found.values() if isinstance(one, Trouble)), None)
    if wrong is not None:
        raise SystemExit(wrong.text.format(**wrong.values))
    return took


async def run(names: list[str], folder: Path) -> None:
    """Print a line for each configuration."""
    hosts = {name: name for name in names}
    counting = Counting()
    print(f"{len(hosts)} hosts         ssh asked  first: CPU    wall  next start: CPU  again: CPU")
    for title, text in configurations(names).items():
        config, cache = folder / "config", folder / title
        config.write_text(text)
        counting.count = 0
        first, wall = await measured(Resolver(config, cache=cache), hosts)
        count = counting.count
        warm = Resolver(config, cache=cache)
        start, _ = await measured(warm, hosts)
        again, _ = await measured(warm, hosts)
        if counting.count != count:
            raise SystemExit(f"{title}: answers were not kept")
        print(f"{title:18}{count:10}{first:10.2f} s{wall:6.2f} s{start * 1000:14.0f} ms{again * 1000:9.0f} ms")
    print("to reach: first 5 s of CPU, then cached")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=512)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run([f"gpu{number:04}" for number in range(options.hosts)], Path(folder)))


if __name__ == "__main__":
    main()
