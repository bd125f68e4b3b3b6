"""CPU that the simulated lab costs its collector each tick, encoding and decoding included.

Run it as ``python tests/bench/demo.py [NODES …]``.
"""

import asyncio
import sys
from statistics import median
from time import perf_counter, process_time

from backends.demo.shape import EPOCH, Shape
from backends.demo.source import LabFeed

INTERVAL = 2.0
TICKS = 30
ORIGIN = EPOCH + 20 * 86_400


async def longest_stretch(stop: asyncio.Event) -> float:
    """Tell for how long the loop did not get its turn."""
    worst, last = 0.0, perf_counter()
    while not stop.is_set():
        await asyncio.sleep(0)
        now = perf_counter()
        worst, last = max(worst, now - last), now
    return worst


async def measure(nodes: int) -> str:
    began = process_time()
    feed = LabFeed(Shape(nodes=nodes, interval=INTERVAL), ORIGIN, 0.0)
    built = process_time() - began
    records = len(await feed.batch(ORIGIN, 0.0))
    first = process_time() - began
    ticks = []
    for tick in range(1, TICKS + 1):
        began = process_time()
        records = len(await feed.batch(ORIGIN + tick * INTERVAL, tick * INTERVAL))
        ticks.append(process_time() - began)
    stop = asyncio.Event()
    watch = asyncio.create_task(longest_stretch(stop))
    await asyncio.sleep(0)
    await feed.batch(ORIGIN + (TICKS + 1) * INTERVAL, (TICKS + 1) * INTERVAL)
    stop.set()
    mean = sum(ticks) / TICKS
    return (
        f"{nodes:5d} nodes  built {built * 1e3:6.1f} ms  with the first batch {first * 1e3:7.1f} ms  "
        f"tick mean {mean * 1e3:6.1f} median {median(ticks) * 1e3:6.1f} max {max(ticks) * 1e3:6.1f} ms "
        f"= {mean / INTERVAL * 100:5.2f} % of a core at {INTERVAL:g} s  "
        f"stretch {await watch * 1e3:5.1f} ms  {records} records"
    )


if __name__ == "__main__":
    for size in [int(text) for text in sys.argv[1:]] or [32, 512]:
        print(asyncio.run(measure(size)))
