"""The collector: whether one runs, and of which version."""

from console.language import _
from console.model.checks import Check, Outcome
from console.model.settings import Settings
from console.services.follower import glance
from console.store.folder import Folder
from console.version import __version__


async def check(settings: Settings) -> Check:
    """Ask the collector who it is."""
    asked = await glance(Folder(settings.folder).socket)
    if asked is None:
        return Check("collector", Outcome.NOTE, _("not running; the console starts one when it opens"))
    welcome, _look = asked
    text = _("process {pid}, version {version}, protocol {protocol}").format(
        pid=welcome.pid, version=welcome.version, protocol=welcome.protocol
    )
    same = welcome.version == __version__
    hint = "" if same else _("It is of another version than this program; end it, and the console starts a new one.")
    return Check("collector", Outcome.GOOD if same else Outcome.NOTE, text, hint)
