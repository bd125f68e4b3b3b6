"""The stores of secrets: which one is used here, and why the others are not."""

from backends.secrets.chain import Chain
from console.language import _
from console.model.checks import Check, Outcome
from console.views.words import say


async def check(stores: Chain) -> Check:
    """Name the first store that can be used; one that refuses an open file is wrong, one that is missing is normal."""
    standings = await stores.standings()
    used = next((standing for standing in standings if standing.trouble is None), None)
    refused = [standing for standing in standings if standing.refuses]
    others = "; ".join(f"{each.described}: {say(each.trouble)}" for each in standings if each.trouble is not None)
    if refused:
        return Check("secrets", Outcome.WRONG, "; ".join(say(each.trouble) for each in refused if each.trouble), others)
    if used is None:
        return Check("secrets", Outcome.NOTE, _("no store of secrets can be used; people are asked"), others)
    return Check("secrets", Outcome.GOOD, _("in use: {store}").format(store=used.described), others)
