"""The driver ``demo``: a seeded simulated lab that asks nothing of the world.

Settings: ``nodes`` (32), ``gpus`` of each (8), ``seed`` (7), ``cpu_nodes`` (one in sixteen), and ``speed`` (1.0), which
whoever makes the clock honours: `backends.demo.clock.DemoClock`.
"""

from backends.ports import Driver, Opening, Source


def open_source(opening: Opening) -> Source:
    """Open the lab; wrong settings are told when it runs."""
    from backends.demo.source import DemoSource

    return DemoSource(opening.clock, opening.interval, opening.settings)


DRIVER = Driver("demo", open_source)
