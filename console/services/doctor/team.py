"""The team: whether the people and the group that the configuration names exist here."""

import grp
import pwd
from collections.abc import Iterator

from console.language import _
from console.model.checks import Check, Outcome
from console.model.settings import Settings
from console.rules.admission import may_collect, may_follow
from console.services.people import myself
from console.store.folder import Folder


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
        yield _myself(settings)


def _myself(settings: Settings) -> Check:
    """What this process's user may do."""
    team, owner = settings.config.team, Folder(settings.folder).owner
    caller = myself(team.group)
    if may_collect(team, caller, owner):
        return Check("team", Outcome.GOOD, _("you may collect"))
    if may_follow(team, caller, owner if owner is not None else 0):
        return Check("team", Outcome.GOOD, _("you may follow, not collect"))
    return Check("team", Outcome.WRONG, _("you may neither collect nor follow"), _("Ask to be named in [team]."))


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
