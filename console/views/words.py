"""Templates from below, said in the reader's language."""

import re
from typing import Protocol

from console.language import N_, _, ngettext
from console.model.judged import Point
from console.model.judged_jobs import Why
from console.views import units

_NAMED = re.compile(r"\{(\w+)\}")


class Template(Protocol):
    """Text with {names} and what fills them."""

    @property
    def text(self) -> str:
        """A message id."""

    @property
    def values(self) -> dict[str, str]:
        """What fills the names; hostile text."""


def say(template: Template) -> str:
    """Translate a template and fill it; a name that is not given stays as it is."""
    if isinstance(template, Why) and template.plural:
        return fill(ngettext(template.text, template.plural, template.count), template.values)
    return fill(_(template.text), template.values)


def tell(point: Point) -> str:
    """Say a point of health; its time in the reader's zone."""
    said = say(point)
    return said if point.since is None else fill(said, {"since": units.clock(point.since)})


def fill(text: str, values: dict[str, str]) -> str:
    """Fill {names} by plain replacement: values come from the world and are no format strings."""
    return _NAMED.sub(lambda found: values.get(found[1], found[0]), text)


STATES = (
    *(N_("ok"), N_("warning"), N_("critical"), N_("lost"), N_("broken"), N_("silent"), N_("stale"), N_("down")),
    *(N_("unknown"), N_("starting"), N_("stalled"), N_("absent"), N_("failed"), N_("hung"), N_("error")),
)
"""The words of states, so that the catalogues know them; they are translated by ``_(str(state))``."""
