"""The driver ``kubernetes``: one cluster, through the official client, as one user."""

from backends.ports import Access, Driver, Opening, Source


def open_source(opening: Opening) -> Source:
    """Open a cluster; wrong settings and missing packages are told when it runs."""
    from backends.kubernetes.source import Kubernetes

    return Kubernetes(opening)


def open_access(opening: Opening) -> Access:
    """Open a person's own way to a cluster; what is wrong is told by its first call."""
    from backends.kubernetes.access import Person

    return Person(opening)


DRIVER = Driver("kubernetes", open_source, open_access)
