"""``[[schedulers]]`` of the configuration file: whose jobs are shown, and how their tools or servers are reached."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from console.language import _
from console.model.config import Scheduler
from console.model.config_nodes import Complain, address, word
from console.model.config_values import Reader, Wrong, WrongWithin, choice, not_allowed, path, seconds, text

TAKEN = frozenset({"ssh", "local", "demo"})
"""Names of other sources."""
_OWN = {"slurm": frozenset({"login", "path"}), "kubernetes": frozenset({"kubeconfig", "context", "namespaces"})}
"""Keys that only one kind has."""


def readers(home: Path) -> Mapping[str, Reader[object]]:
    """What an element may say; ``~`` stands for `home`."""
    return {
        "kind": choice(*_OWN),
        "name": word,
        "interval": seconds(2, 300),
        "login": address,
        "path": path(home),
        "kubeconfig": path(home),
        "context": text(253),
        "namespaces": _namespaces,
    }


def _namespaces(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise Wrong(_('a list of names: ["team-a", "team-b"]'))
    for name in value:
        try:
            word(name)
        except Wrong as wrong:
            raise WrongWithin(not_allowed(name, wrong)) from None
    return tuple(dict.fromkeys(value))


def schedulers(
    elements: Sequence[Mapping[str, object]],
    values: Callable[[int, Mapping[str, object]], dict[str, object]],
    complain: Complain,
) -> tuple[Scheduler, ...]:
    """Make what the elements say; those with mistakes are left out and complained of.

    Args:
        elements: as they stand in the file.
        values: reads the values of one, by its number.
        complain: takes where a mistake stands and what it is.
    """
    found: dict[str, Scheduler] = {}
    for number, said in enumerate(elements):
        place = ("schedulers", number)
        read = values(number, said)
        kind = read.get("kind")
        if kind is None:
            if "kind" not in said:
                complain(place, _('kind is missing: kind = "slurm"'))
            continue
        name = str(read.setdefault("name", kind))
        for key in sorted(said.keys() & frozenset().union(*_OWN.values()) - _OWN[str(kind)]):
            complain((*place, key), _("only a scheduler of another kind has it"))
        if name in TAKEN or name in found:
            complain((*place, "name") if "name" in said else place, _('{name} is taken: name = "…"').format(name=name))
            continue
        found[name] = Scheduler(**read)  # type: ignore[arg-type]
    return tuple(found.values())
