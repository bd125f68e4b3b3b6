"""The driver ``kubernetes``: one cluster, through the official client, as one user."""

from backends.ports import Driver, Opening, Source


def open_source(opening: Opening) -> Source:
    """Open a cluster; wrong settings and missing packages are told when it runs."""
    from backends.kubernetes.source import Kubernetes

    return Kubernetes(opening)


DRIVER = Driver("kubernetes", open_source)
