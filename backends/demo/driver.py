"""The driver ``demo``: a seeded simulated lab with two schedulers that asks nothing of the world.

Settings: ``nodes`` (32), ``gpus`` of each (8), ``seed`` (7), ``cpu_nodes`` (one in sixteen), and ``speed`` (1.0), which
whoever makes the clock honours: `backends.demo.clock.DemoClock`. ``door`` is the path of a Unix socket at which a
person's own process acts on the lab; without it nobody does. A person's access names ``door`` too, and its
``scheduler``: ``slurm`` or ``k8s``.
"""

from backends.ports import Access, Driver, Opening, Source


def open_source(opening: Opening) -> Source:
    """Open the lab; wrong settings are told when it runs."""
    from backends.demo.source import DemoSource

    return DemoSource(opening.clock, opening.interval, opening.settings)


def open_access(opening: Opening) -> Access:
    """Open the way to one of the lab's schedulers."""
    from backends.demo.access import DemoAccess

    return DemoAccess(opening.settings)


DRIVER = Driver("demo", open_source, open_access)
