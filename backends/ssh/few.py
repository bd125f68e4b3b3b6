"""Many hosts by few questions: hosts for which the same lines hold are told the same, but for their own names."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from msgspec import structs

from backends.record import Trouble
from backends.ssh.address import Address
from backends.ssh.config_files import Kinds, Survey
from backends.ssh.said import Asking, Said

_FEWEST = 3
"""Hosts of a kind from which on two of them are asked for all."""

_HERE = "\0"
"""Stands for a host's name in what two hosts are told alike."""


async def ask_few(asking: Asking, found: Survey, addresses: Iterable[Address]) -> dict[Address, Said | Trouble]:
    """Ask for all addresses, with two questions for each kind of host where that is sure to be enough.

    The first and the last of a kind are asked. If, with their names taken out, they are told the same, so are those
    between; if not, each one is asked.
    """
    asked = list(addresses)
    if asked:
        await asking.begin()
    table = Kinds(found)
    kinds: dict[object, list[Address]] = defaultdict(list)
    for address in asked:
        kind = table.kind(address.host)
        kinds[address if kind is None else (kind, address.user, address.port)].append(address)
    answers = await asyncio.gather(*(_kind(asking, members) for members in kinds.values()))
    return {address: said for answer in answers for address, said in answer.items()}


async def _kind(asking: Asking, members: list[Address]) -> dict[Address, Said | Trouble]:
    ends = [members[0], members[-1]] if len(members) >= _FEWEST else members
    answers = await _each(asking, ends)
    if len(ends) == len(members):
        return answers
    first, last = (answers[address] for address in ends)
    if not isinstance(first, Trouble) and not isinstance(last, Trouble):
        alike = _replaced(first, ends[0].host, _HERE)
        if alike == _replaced(last, ends[1].host, _HERE):
            return {address: _replaced(alike, _HERE, address.host) for address in members}
    if isinstance(first, Trouble) and isinstance(last, Trouble):  # a line that ssh does not understand stops them all
        return {address: structs.replace(first, values=first.values | {"host": address.host}) for address in members}
    return answers | await _each(asking, [address for address in members if address not in answers])


async def _each(asking: Asking, addresses: list[Address]) -> dict[Address, Said | Trouble]:
    answers = await asyncio.gather(*map(asking.ask, addresses))
    return dict(zip(addresses, answers, strict=True))


def _replaced(said: Said, old: str, new: str) -> Said:
    return {key: [value.replace(old, new) for value in values] for key, values in said.items()}
