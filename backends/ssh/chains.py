"""Routes with the jump hosts before them, made from what ssh said of each of them."""

from collections.abc import Mapping

from msgspec.structs import replace

from backends.record import N_, Trouble
from backends.ssh.address import Address, parse
from backends.ssh.expand import Machine
from backends.ssh.route import Route
from backends.ssh.routes import jumps_of, route_of
from backends.ssh.said import Said

MOST_JUMPS = 8
"""Jump hosts on the way to one host."""


class Chains:
    """Makes routes. All jump hosts of a route stand in one row; none of them has jump hosts of its own again."""

    def __init__(
        self,
        said: Mapping[Address, Said | Trouble],
        patience: float | None,
        machine: Machine,
    ) -> None:
        self._said = said
        self._patience = patience
        self._machine = machine

    def route(self, name: str, address: Address) -> Route | Trouble:
        """Make the route to a host."""
        said = self._said.get(address)
        if said is None or isinstance(said, Trouble):
            return said or _too_far(name)
        jumps = self._jumps(address, said, (address,))
        if isinstance(jumps, Trouble):
            return jumps
        return self._made(name, address, said, jumps)

    def _jumps(self, address: Address, said: Said, way: tuple[Address, ...]) -> tuple[Route, ...] | Trouble:
        """The hops before a host. The first one has hops of its own; for the others those that are named hold."""
        hops: tuple[Route, ...] = ()
        for text in jumps_of(address, said, self._machine):
            hop = parse(text)
            if isinstance(hop, Trouble):
                return hop
            made = self._hop(hop, hops, way)
            if isinstance(made, Trouble):
                return made
            hops = made
        return hops

    def _hop(self, hop: Address, before: tuple[Route, ...], way: tuple[Address, ...]) -> tuple[Route, ...] | Trouble:
        if hop in way:
            return _loop(hop, way)
        said = self._said.get(hop)
        if said is None or isinstance(said, Trouble):
            return said or _too_far(way[0].host)
        if not before:
            jumps = self._jumps(hop, said, (*way, hop))
            if isinstance(jumps, Trouble):
                return jumps
            before = jumps
        if len(before) >= MOST_JUMPS:
            return _too_far(way[0].host)
        route = self._made(hop.host, hop, said, before)
        return route if isinstance(route, Trouble) else (*before, replace(route, jumps=()))

    def _made(self, name: str, address: Address, said: Said, jumps: tuple[Route, ...]) -> Route | Trouble:
        return route_of(name, address, said, jumps=jumps, patience=self._patience, machine=self._machine)


def hops(address: Address, said: Said, machine: Machine) -> list[Address]:
    """Return the jump hosts that are named for a host, those that can be read."""
    read = map(parse, jumps_of(address, said, machine))
    return [hop for hop in read if isinstance(hop, Address)]


def _loop(hop: Address, way: tuple[Address, ...]) -> Trouble:
    text = N_("The jump hosts of {host} go in a circle: {way}")
    hint = N_("In the ssh configuration, give {hop} a line of its own: ProxyJump none")
    names = " → ".join(map(str, (*way, hop)))
    return Trouble(text, hint, {"host": way[0].host, "hop": hop.host, "way": names})


def _too_far(host: str) -> Trouble:
    text = N_("{host} lies behind more than {most} jump hosts.")
    return Trouble(text, N_("Look at ProxyJump in the ssh configuration."), {"host": host, "most": str(MOST_JUMPS)})
