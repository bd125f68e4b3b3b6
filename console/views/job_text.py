"""Everything about one job as text, for verbs: what the scheduler says, its script, its events and where it writes."""

from collections.abc import Iterable

from backends.jobs import JobDetail
from console.language import _
from console.views import units
from console.views.cells import fitted, harmless, harmless_lines


def text(detail: JobDetail, source: str) -> str:
    """A job, section by section; what could not be read is left out.

    Args:
        detail: it.
        source: the scheduler that told it.
    """
    parts = [f"{harmless(source)}/{harmless(detail.id)}", harmless_lines(detail.raw.rstrip("\n"))]
    facts = ((_("command"), detail.command), (_("folder"), detail.folder), (_("writes"), " ".join(detail.outputs)))
    parts += _section("", [f"{fitted(name, 10)} {harmless(value)}" for name, value in facts if value])
    factors = sorted(detail.factors.items(), key=lambda each: -each[1])
    parts += _section(_("priority"), [f"{value:>12.0f}  {harmless(name)}" for name, value in factors])
    parts += _section(
        _("events"),
        [
            harmless(f"{units.clock(event.at)}  {event.kind}  {event.subject or ''}  {event.text}")
            for event in detail.events
        ],
    )
    environment = sorted((detail.environment or {}).items())
    parts += _section(_("environment"), [harmless(f"{name}={value}") for name, value in environment])
    if detail.script:
        parts += _section(_("script"), [harmless_lines(detail.script.rstrip("\n"))])
    return "\n".join(parts) + "\n"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return ["", *([f"{title}:"] if title else []), *found] if found else []
