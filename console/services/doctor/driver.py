"""This machine's driver and the probe: asked through the library itself, and looked at by the probe."""

from collections.abc import AsyncIterator

from backends.local.once import NvmlFacts, absent, nvml_facts
from backends.record import Trouble
from backends.records import ReaderState
from console.language import N_, _
from console.model.checks import Check, Outcome
from console.model.fleet import Node
from console.services.follower import Glance
from console.views.words import fill

FEWER = N_("{found} of the {expected} GPUs that the configuration names are there")
FEWER_HINT = N_("Look at lspci and the kernel log there; if a card was taken out, correct cards in the configuration.")


async def checks(look: AsyncIterator[Glance], expected: int | None = None) -> AsyncIterator[Check]:
    """Yield what is to be said of this machine's cards.

    Args:
        look: gives one look at this machine, taken by the probe.
        expected: cards that must be here, as the configuration says; None where it does not.
    """
    yield _nvml(await nvml_facts())
    async for glanced in look:
        for node in glanced.fleet.nodes.values():
            if node.link is not None and node.link.source != "local":
                continue  # the other nodes are looked at over SSH
            yield _probe(node, expected)
            log = node.health.kernel_log if node.health is not None else None
            if log is not None:
                hint = _("Join the group systemd-journal or adm to see Xid codes from before the probe began.")
                text = _("Xid history unreadable: {reason}").format(reason=log)
                yield Check("probe.kernel_log", Outcome.NOTE, text, hint)


def _nvml(facts: NvmlFacts | Trouble) -> Check:
    if isinstance(facts, NvmlFacts):
        names = ", ".join(sorted({name or "?" for name in facts.names}))
        said = f"{facts.driver or '?'}, CUDA {facts.cuda or '?'}, NVML {facts.nvml or '?'}"
        count = facts.count if facts.count is not None else "?"
        return Check("driver.nvml", Outcome.GOOD, f"{said}; {count} × {names}")
    outcome = Outcome.NOTE if absent(facts) else Outcome.WRONG
    return Check("driver.nvml", outcome, fill(_(facts.text), facts.values), _(facts.hint) if facts.hint else "")


def _probe(node: Node, expected: int | None) -> Check:
    cards = len(node.facts.cards) if node.facts is not None else 0
    reader = node.sample.reader if node.sample is not None else ReaderState.FAILED
    detail = (node.sample.reader_detail if node.sample is not None else None) or ""
    bad = reader in (ReaderState.FAILED, ReaderState.STALLED)
    text = _("{node}: GPUs {cards}, reader {reader} {detail}")
    said = text.format(cards=cards, node=node.name, reader=_(str(reader)), detail=detail)
    if not bad and cards < (expected or 0):
        missing = fill(_(FEWER), {"found": str(cards), "expected": str(expected)})
        return Check("probe", Outcome.WRONG, f"{node.name}: {missing}", _(FEWER_HINT))
    return Check("probe", Outcome.WRONG if bad else Outcome.GOOD, said.strip())
