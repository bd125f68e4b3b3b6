"""What one tick of an 8-GPU node costs to decode, in µs of CPU and against a plain json.loads of the same line.

Run: ``python tests/bench/decode.py``
"""

import json
import random
import time
from collections.abc import Callable

from backends.probe.decode import Decoder


class Still:
    """A clock that stands."""

    def wall(self) -> float:
        return 1_790_000_000.0

    def mono(self) -> float:
        return 1000.0


def lines(ticks: int, gpus: int = 8) -> tuple[list[bytes], list[bytes]]:
    """Say what a node with 4 disks and 4 interfaces says: the greeting, and its ticks."""
    r = random.Random(1)
    start = [
        ["h", [1, 1], "1", "gpu01", "b", 1_790_000_000.0, 1000.0, 1.0],
        ["c", 1000.0, "nvml", "580.1", "13.0", [[f"0000:{i:02x}:00.0", f"GPU-{i}", "H100"] for i in range(gpus)], []],
    ]
    said = []
    for i in range(ticks):
        jiffies = [i * 1600 + 900, i * 10, i * 6400 + 6400]
        gauges = [1.2, 3.4, 5.6, 2 << 40, 1 << 40, 0, 0, 0.1, 0.2, 0.3, 123456.7 + i]
        disks = [[f"nvme{n}n1", i * 1_000_003, i * 2_000_003, i * 300] for n in range(4)]
        nets = [[f"eth{n}", i * 10_000_019, i * 20_000_003, 0, 0, 100_000, True] for n in range(4)]
        cards = [
            ["ok", None, r.randrange(101), r.randrange(101), r.randrange(80 << 30), 61, 74, 699.99, 1980, 2619, 4, 0]
            for _ in range(gpus)
        ]
        host = [*jiffies, *gauges, disks, nets]
        said.append(["s", 1000.0 + i, 1_790_000_000.0 + i, host, "ok", 1000.5, None, cards, 1000.0 + i])
    return _encode(start), _encode(said)


def _encode(messages: list[list[object]]) -> list[bytes]:
    return [json.dumps(message, separators=(",", ":")).encode() for message in messages]


def cost(work: Callable[[bytes], object], said: list[bytes]) -> float:
    """Measure the CPU time of one call in µs, over all lines once."""
    began = time.process_time()
    for line in said:
        work(line)
    return (time.process_time() - began) / len(said) * 1e6


def main() -> None:
    start, said = lines(2000)
    decode, plain = [], []
    for _ in range(7):
        decoder = Decoder("gpu01", Still(), 1.0)
        for line in start:
            decoder.feed(line)
        decode.append(cost(decoder.feed, said))
        plain.append(cost(json.loads, said))
    print(f"{len(said[-1])} bytes a tick: decoded in {min(decode):.1f} µs, json.loads alone {min(plain):.1f} µs,")
    print(f"ratio {min(decode) / min(plain):.2f}")


if __name__ == "__main__":
    main()
