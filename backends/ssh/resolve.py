"""From the hosts of an inventory to their routes, by ``ssh -G``: a line of ssh's configuration means what ssh says.

Answers are kept on the disk for as long as nothing that they come from changes.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec

from backends.ports import Unavailable
from backends.record import N_, Trouble
from backends.ssh import fallback
from backends.ssh.address import Address, parse
from backends.ssh.answers import BRIEFLY, Answers, signature
from backends.ssh.chains import MOST_JUMPS, Chains, hops
from backends.ssh.config_files import Survey, survey
from backends.ssh.disk import Disk
from backends.ssh.expand import Machine, home
from backends.ssh.few import ask_few
from backends.ssh.route import Route
from backends.ssh.said import Asking, Said

_Ask = Callable[[list[Address]], Awaitable[dict[Address, Said | Trouble]]]

_SYSTEM = (Path("/etc/ssh/ssh_config"), Path("/usr/etc/ssh/ssh_config"))
"""Where ssh was built to look; it is asked for others."""


class Resolver:
    """Finds out how hosts are reached. It connects to none of them."""

    def __init__(
        self,
        config: Path | None = None,
        user: str | None = None,
        patience: float | None = None,
        cache: Path | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        now: Callable[[], float] = time.time,
        disk: Disk | None = None,
    ) -> None:
        """Make one; nothing is read yet.

        Args:
            config: read instead of the user's and the system's configuration, as ``ssh -F`` does.
            user: who logs in to hosts whose address names nobody (``ssh -l``); jump hosts are not meant.
            patience: seconds for one connection where ssh says nothing.
            cache: folder in which answers are kept, in a file of mode 0600; None keeps them in memory only.
            environ: the environment; None takes that of the process.
            now: UTC in seconds.
            disk: reads the user's files.
        """
        self._config = config
        self._user = user
        self._patience = patience
        self._environ = dict(os.environ if environ is None else environ)
        self._binary = shutil.which("ssh", path=self._environ.get("PATH"))
        self._answers = Answers(cache, now)
        self._disk = disk or Disk()
        self.notes: tuple[Trouble, ...] = ()
        """What a person should know of the last `resolve`: that there is no ssh, or that answers are kept briefly."""

    async def resolve(self, hosts: Mapping[str, str]) -> dict[str, Route | Trouble]:
        """Return the route to each host, or what is wrong with it, in the order given.

        Args:
            hosts: name in the inventory, and what is handed to ssh: ``gpu01``, ``root@gpu01:2222``, ``ssh://…``.

        Raises:
            Unavailable: the files of the configuration are on a file system that does not answer.
        """
        addresses = {name: self._address(text) for name, text in hosts.items()}
        asked = [address for address in addresses.values() if isinstance(address, Address)]
        said = await (self._parsed(asked) if self._binary is None else self._said(self._binary, asked))
        chains = Chains(said, self._patience, Machine(self._environ))
        return {
            name: address if isinstance(address, Trouble) else chains.route(name, address)
            for name, address in addresses.items()
        }

    def _address(self, text: str) -> Address | Trouble:
        address = parse(text)
        if isinstance(address, Address) and address.user is None and self._user is not None:
            return msgspec.structs.replace(address, user=self._user)
        return address

    async def _said(self, binary: str, addresses: list[Address]) -> dict[Address, Said | Trouble]:
        asking = Asking(binary, self._environ, self._config)
        found, read = await self._survey(asking)
        sign = self._signature(binary, found)
        kept = self._answers.matching(sign)

        async def ask(waiting: list[Address]) -> dict[Address, Said | Trouble]:
            known = {address: kept[str(address)] for address in waiting if str(address) in kept}
            return known | await ask_few(asking, found, [address for address in waiting if address not in known])

        said = await self._rounds(addresses, ask)
        new = {str(address): answer for address, answer in said.items() if not isinstance(answer, Trouble)}
        briefly = found.fleeting is not None
        with contextlib.suppress(Unavailable):  # then they are not on the disk, and ssh is asked again
            await self._disk.look(home() / ".ssh", lambda: self._answers.keep(sign, read, kept | new, briefly=briefly))
        self.notes = () if found.fleeting is None else (_fleeting(found.fleeting),)
        return said

    async def _survey(self, asking: Asking) -> tuple[Survey, tuple[str, ...]]:
        """Look through the files; where nothing is kept ssh is asked which ones it reads, once."""
        folder = home() / ".ssh"
        last = await self._disk.look(folder, self._answers.last)
        read = last.read
        if not last.signature and self._config is None:
            read = tuple(map(str, await asking.files()))
        if (config := self._config) is not None:
            return await self._disk.look(config, lambda: survey({config: folder})), ()
        roots = [folder / "config", *_SYSTEM]
        found = await self._survey_of({path: folder if path.parent == folder else path.parent for path in roots})
        seen = {stamp[0] for stamp in found.stamps}
        more = [Path(path) for path in read if path not in seen]
        if more:
            every = [*roots, *more]
            found = await self._survey_of({p: folder if p.is_relative_to(folder) else p.parent for p in every})
        return found, tuple(map(str, more))

    async def _survey_of(self, roots: Mapping[Path, Path]) -> Survey:
        return await self._disk.look(next(iter(roots)), lambda: survey(roots))

    def _signature(self, binary: str, found: Survey) -> str:
        status = Path(binary).stat()
        variables = [(name, self._environ.get(name)) for name in found.variables]
        stamp = (binary, status.st_size, status.st_mtime_ns)
        return signature(stamp, str(self._config), os.getuid(), found.stamps, variables)

    async def _parsed(self, addresses: list[Address]) -> dict[Address, Said | Trouble]:
        self.notes = (fallback.NO_SSH,)

        async def ask(waiting: list[Address]) -> dict[Address, Said | Trouble]:
            return {address: fallback.parsed(address, self._config, self._environ) for address in waiting}

        return await self._rounds(addresses, ask)

    async def _rounds(self, addresses: list[Address], ask: _Ask) -> dict[Address, Said | Trouble]:
        """Ask about hosts, then about the jump hosts that they name, and so on; a circle with ever new names ends."""
        machine = Machine(self._environ)
        said: dict[Address, Said | Trouble] = {}
        waiting = list(dict.fromkeys(addresses))
        for _ in range(MOST_JUMPS + 1):
            if not waiting:
                break
            answers = await ask(waiting)
            said |= answers
            told = [(address, answer) for address, answer in answers.items() if not isinstance(answer, Trouble)]
            named = [hop for address, answer in told for hop in hops(address, answer, machine)]
            waiting = [hop for hop in dict.fromkeys(named) if hop not in said]
        return said


def _fleeting(word: str) -> Trouble:
    text = N_("{word} in the ssh configuration depends on more than files: it is asked again after {seconds} s.")
    return Trouble(text, values={"word": word, "seconds": f"{BRIEFLY:g}"})
