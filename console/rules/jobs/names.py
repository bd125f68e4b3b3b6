"""Which node of the lab a scheduler means by its own name for it; what could mean two means none."""

from collections.abc import Callable, Iterable, Mapping

from console.model.fleet import Node

Known = Callable[[str], str | None]
"""The lab's name for a scheduler's; None where no node is meant, or more than one could be."""


class Names:
    """Finds nodes by names that differ in case or domain, or are what the node calls itself.

    A full name is never taken for another one of another domain: ``gpu-01.a`` is not ``gpu-01.b``. Where a scheduler
    has both and the lab only ``gpu-01``, neither is meant.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        """Take in the nodes of the lab."""
        self._own: dict[str, str] = {}
        self._full: dict[str, set[str]] = {}
        self._short: dict[str, set[str]] = {}
        """By the part before the first dot: the full names that are known, each with its node."""
        for node in nodes:
            self._own[node.name] = node.name
            for alias in _aliases(node):
                self._full.setdefault(alias, set()).add(node.name)
                self._short.setdefault(short(alias), set()).add(node.name)
        self._found: dict[str, str | None] = {}

    def __call__(self, name: str) -> str | None:
        """Find the lab's name for a name, by itself."""
        if name not in self._found:
            self._found[name] = self._find(name.casefold().rstrip(".")) if name not in self._own else name
        return self._found[name]

    def all(self, names: Mapping[str, str | None]) -> dict[str, str]:
        """Find the nodes of all names of one scheduler; two that would be one node are none, unless one is its name.

        Args:
            names: each with what the node is called on the network, where the scheduler says that.
        """
        found: dict[str, str] = {}
        by: dict[str, list[str]] = {}
        for name, host in names.items():
            node = self(name) or (self(host) if host else None)
            if node is not None:
                found[name] = node
                by.setdefault(node, []).append(name)
        for node, same in by.items():
            if len(same) > 1:
                for name in same:
                    if name != node:
                        del found[name]
        return found

    def _find(self, name: str) -> str | None:
        full = self._full.get(name)
        if full is not None:
            return _only(full)
        candidates = self._short.get(short(name), set())
        if "." in name and short(name) != name:  # a domain: only what is known by its short name can be the same
            candidates = candidates & self._full.get(short(name), set())
        return _only(candidates)


class Book:
    """Keeps what finds nodes by their names until one is called otherwise, which is seldom: to make it takes 2 ms."""

    def __init__(self) -> None:
        self._called: object = None
        self._names = Names(())

    def of(self, nodes: Iterable[Node]) -> Names:
        """What finds these nodes; the very same as long as they are called the same."""
        nodes = list(nodes)
        called = [(node.name, node.facts and node.facts.host, node.listed and node.listed.address) for node in nodes]
        if called != self._called:
            self._called, self._names = called, Names(nodes)
        return self._names


def short(name: str) -> str:
    """A name without its domain; an address stays as it is."""
    first = name.partition(".")[0]
    return name if first.isdigit() or ":" in name else first


def _only(names: set[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None


def _aliases(node: Node) -> set[str]:
    found = {node.name}
    if node.facts is not None and node.facts.host and not node.facts.host.casefold().startswith("localhost"):
        found.add(node.facts.host)
    if node.listed is not None and node.listed.address:
        found.add(node.listed.address.rpartition("@")[2].partition(":")[0])
    return {alias.casefold().rstrip(".") for alias in found if alias}
