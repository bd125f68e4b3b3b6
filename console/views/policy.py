"""What the page `policy` says: by which rules each scheduler orders and starts jobs, in words and in figures."""

from collections.abc import Iterator, Mapping, Sequence

from backends.jobs import Policy, Qos, Queue, Share
from console.language import _
from console.model.judged_jobs import Why
from console.views import job_figures, units
from console.views.job_figures import tell_why
from themes.glyphs import Glyphs
from widgets.models import Bar, Cell, Fact, Grid, Item, Paragraph, Section, Span

SHARES = 40
"""Accounts and users that are named."""


def sections(
    policies: Mapping[str, Policy],
    queues: Mapping[str, Sequence[Queue]],
    rules: Mapping[str, Sequence[Why]],
    glyphs: Glyphs,
    wall: float,
) -> list[Section]:
    """The whole page.

    Args:
        policies: what schedulers have told, by source.
        queues: their queues.
        rules: their rules in sentences.
        glyphs: the signs.
        wall: now, UTC.
    """
    found: list[Section] = []
    for source in dict.fromkeys((*policies, *queues)):
        policy = policies.get(source)
        said = tuple(Paragraph((Span(f"{glyphs.dot} ", "dim"), Span(tell_why(why)))) for why in rules.get(source, ()))
        none = (Paragraph(Span(_("Its rules are not known yet."), "dim")),)
        found.append(Section(_("How {source} orders and starts jobs").format(source=source), said or none))
        if policy is None:
            continue
        found.append(Section(_("{source}: itself").format(source=source), tuple(_facts(policy, wall))))
        if policy.weights:
            found.append(Section(_("{source}: what makes priority").format(source=source), tuple(_weights(policy))))
        if policy.qos:
            found.append(Section(_("{source}: qualities of service").format(source=source), (_qos(policy.qos),)))
        if policy.shares:
            found.append(Section(_("{source}: shares").format(source=source), tuple(_shares(policy.shares))))
    if not found:
        text = _("No scheduler has told its rules yet.")
        found.append(Section(_("Rules"), (Paragraph(Span(text, "dim")),)))
    return found


def _facts(policy: Policy, wall: float) -> Iterator[Item]:
    for label, value in (
        (_("version"), policy.version),
        (_("scheduler"), policy.scheduler),
        (_("preemption"), policy.preemption),
        (_("use counts half after"), job_figures.brief(policy.half_life) if policy.half_life is not None else None),
        (_("waiting counts up to"), job_figures.brief(policy.age_most) if policy.age_most is not None else None),
    ):
        if value:
            yield Fact(label, value)
    for name, value in sorted(policy.settings.items()):
        yield Fact(name, Span(value, "dim"))
    yield Fact(_("asked"), Span(_("{age} ago").format(age=units.age(max(0.0, wall - policy.at))), "dim"))


def _weights(policy: Policy) -> Iterator[Item]:
    whole = sum(weight for weight in policy.weights.values() if weight > 0)
    for name, weight in sorted(policy.weights.items(), key=lambda entry: -entry[1]):
        yield Bar(name, weight / whole if whole and weight >= 0 else None, f"{weight:,.0f}")


def _qos(several: Sequence[Qos]) -> Grid:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Span(qos.name, "accent"),
            units.number(qos.priority, mark="-"),
            " ".join(qos.preempts) or "-",
            "  ".join(f"{name} {value}" for name, value in sorted(qos.limits.items())) or "-",
        )
        for qos in sorted(several, key=lambda qos: -(qos.priority or 0.0))
    )
    return Grid((_("NAME"), _("PRIORITY"), _("PREEMPTS"), _("LIMITS")), rows, frozenset({1}))


def _shares(shares: Sequence[Share]) -> Iterator[Item]:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Span(share.account, "accent", None) if share.user is None else Span(f"  {share.account}", "dim"),
            share.user or "",
            _part(share.shares),
            Span(_part(share.used), "warning" if (share.used or 0.0) > (share.shares or 1.0) else ""),
            "-" if share.factor is None else f"{share.factor:.3f}",
        )
        for share in shares[:SHARES]
    )
    yield Grid((_("ACCOUNT"), _("USER"), _("SHARE"), _("USED"), _("FACTOR")), rows, frozenset({2, 3, 4}))
    if len(shares) > SHARES:
        yield Paragraph(Span(_("and {count} more").format(count=len(shares) - SHARES), "dim"))


def _part(value: float | None) -> str:
    return "-" if value is None else units.percent(100 * value)
