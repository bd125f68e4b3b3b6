"""The configuration file as it is written: a new one with its comments, and the tables that are added to one."""

from collections.abc import Mapping, Sequence

from console.language import _
from console.model.nodesets import fold


def nodes(hosts: Mapping[str, str | None]) -> str:
    """Write ``[[nodes]]`` for names with what ``ssh`` is given for each; None is the name itself."""
    by_address: dict[str | None, list[str]] = {}
    for name, address in hosts.items():
        by_address.setdefault(None if address is None else _template(name, address), []).append(name)
    parts = []
    for template, names in by_address.items():
        lines = ["[[nodes]]", f'hosts = "{fold(names)}"']
        if template is not None:
            lines.append(f'address = "{template}"')
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _template(name: str, address: str) -> str:
    """An address with ``{name}`` in the place of the node's name; as it is where its host is called otherwise."""
    user, at, place = address.rpartition("@")
    host, colon, port = place.partition(":")
    return f"{user}{at}{{name}}{colon}{port}" if host == name else address


def local(name: str) -> str:
    """Write ``[[nodes]]`` for the machine that collects."""
    return f'[[nodes]]\nhosts = "{name}"\nsource = "local"\n'


def new(listed: str, proposed: Sequence[tuple[str, str]] = (), schedulers: Sequence[tuple[str, str]] = ()) -> str:
    """Write a whole new file.

    Args:
        listed: the nodes that hold.
        proposed: node sets that were found, with where; they are comments until a person takes the ``#`` away.
        schedulers: tables of schedulers that were found, with where; comments likewise.
    """
    parts = [_head(), listed]
    if proposed or schedulers:
        parts.append(_comment(_("Found here and never contacted so far. Take the # away where it is to be watched.")))
    for nodeset, where in proposed:
        parts.append(_comment(f'{where}\n[[nodes]]\nhosts = "{nodeset}"'))
    parts += [_comment(f"{where}\n{table}") for table, where in schedulers]
    parts.append(_foot())
    return "\n".join(parts)


def _head() -> str:
    first = _("What quarterdeck watches. `quarterdeck doctor` checks this file; docs/configuration.md names every key.")
    lab = _("The name and the colour of the first line; seconds between samples.")
    return f"""{_comment(first)}
[lab]
{_comment(lab)}# name = "lab-a"
# colour = "blue"
# interval = 2
"""


def _foot() -> str:
    """Every other table, in comments: what stands there is an example or the default."""
    nodes_ = _("More nodes, with what is expected of them.")
    schedulers = _("Whose jobs are shown: slurm, by its tools here or on a login node; kubernetes, by a kubeconfig.")
    groups = _("More groups of the nodes above, to filter by.")
    ssh = _("Beyond what your ssh configuration says, which always holds.")
    history = _("How long history is kept, and how large it may be; the oldest goes first.")
    privacy = _("What is shown of people: redacted, program or none; names or pseudonyms.")
    team = _("Who may collect, and who may look. Empty: you alone.")
    return f"""{_comment(nodes_)}# [[nodes]]
# hosts = "gpu[01-16]"
# address = "admin@{{name}}.cluster:22"
# group = "train"
# rack = "r1"
# cards = 8
# labels = {{ gen = "h100" }}

{_comment(schedulers)}# [[schedulers]]
# kind = "slurm"
# login = "admin@login1"
#
# [[schedulers]]
# kind = "kubernetes"
# context = "lab"
# namespaces = ["team-a"]

{_comment(groups)}# [groups]
# debug = "gpu[01-02]"
# most = "@train!gpu16"

{_comment(ssh)}# [ssh]
# user = "admin"
# config = "~/.ssh/config"
# patience = 15

{_comment(history)}# [history]
# ticks = "48h"
# minutes = "400d"
# budget = "20GB"

{_comment(privacy)}# [privacy]
# commands = "redacted"
# others = true
# users = "names"

{_comment(team)}# [team]
# collectors = ["alice"]
# members = ["wang", "li"]
# group = "lab-admins"
"""


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" if line else "#\n" for line in text.split("\n"))
