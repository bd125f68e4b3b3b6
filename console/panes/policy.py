"""The page `policy`: by which rules each scheduler orders and starts jobs."""

from collections.abc import Sequence

from console.language import N_, _
from console.panes.page import Page
from console.panes.pane import Card
from console.rules.jobs import policy as rules
from console.views import policy as view
from widgets.models import Section


class Policy(Page):
    """What can be said of all schedulers' rules."""

    def sections(self) -> Sequence[Section]:
        """A part for each scheduler."""
        scene, fleet = self.scene, self.scene.fleet
        queues = {source: said.queues for source, said in fleet.queues.items()}
        said = {
            source: rules.page(fleet.policies.get(source), {queue.name: queue for queue in queues.get(source, ())})
            for source in dict.fromkeys((*fleet.policies, *queues))
        }
        return view.sections(fleet.policies, queues, said, scene.glyphs, scene.wall)

    def subject(self) -> object | None:
        """The records themselves."""
        return dict(self.scene.fleet.policies) or None

    def jumps(self) -> Sequence[tuple[str, str]]:
        """Queues."""
        return [("view:queues", _("queues")), ("view:jobs", _("jobs"))]


CARD = Card("policy", N_("policy"), ("rules-of-schedulers", "fairshare", "策略", "规则"), Policy)
