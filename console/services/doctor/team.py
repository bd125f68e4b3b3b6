"""The team: whether the people and the group that the configuration names exist here."""

import grp
import os
import pwd
from collections.abc import Iterator

from console.language import _
from console.model.checks import Check, Outcome
from console.model.settings import Settings


def checks(settings: Settings) -> Iterator[Check]:
    """Yield what is to be said of the team."""
    team = settings.config.team
    if not (team.collectors or team.members or team.group):
        yield Check("team", Outcome.GOOD, _("one person's lab; only its user may follow"))
        return
    unknown = [name for name in (*team.collectors, *team.members) if not _user(name)]
    if unknown:
        text = _("this machine knows nobody called {names}").format(names=", ".join(unknown))
        yield Check("team", Outcome.WRONG, text, _("Correct [team] in the configuration file."))
    if team.group is not None and not _group(team.group):
        text = _("this machine has no group {name}").format(name=team.group)
        yield Check("team", Outcome.WRONG, text, _("Correct [team] in the configuration file."))
    if not unknown and (team.group is None or _group(team.group)):
        mine = _("you may collect") if _may_collect(team.collectors) else _("you may follow, not collect")
        yield Check("team", Outcome.GOOD, mine)


def _may_collect(collectors: tuple[str, ...]) -> bool:
    """Whether this process's user is among them; an empty list leaves it to who owns the folder."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    return not collectors or name in collectors


def _user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
