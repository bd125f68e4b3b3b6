"""The schedulers of the configuration: whether each answers, and which services behind it do; each is asked once."""

from collections.abc import Iterator

from backends.jobs import Service
from console.language import _, ngettext
from console.model.checks import Check, Outcome
from console.model.config import Config
from console.model.fleet import Fleet
from console.views.words import fill


def checks(config: Config, fleet: Fleet) -> Iterator[Check]:
    """Yield what is to be said of each scheduler.

    Args:
        config: of the lab.
        fleet: as one look at the lab found it.
    """
    for scheduler in config.schedulers:
        name = f"scheduler.{scheduler.name}"
        status = fleet.sources.get(scheduler.name)
        listing = fleet.jobs.get(scheduler.name)
        if status is not None and status.trouble is not None:
            trouble = status.trouble
            hint = fill(_(trouble.hint), trouble.values) if trouble.hint else ""
            yield Check(name, Outcome.WRONG, fill(_(trouble.text), trouble.values), hint)
        elif listing is None:
            yield Check(name, Outcome.WRONG, _("It has not listed its jobs within the time of one look."))
        else:
            count = len(listing.by_id)
            said = ngettext("it lists {count} job", "it lists {count} jobs", count).format(count=count)
            policy = fleet.policies.get(scheduler.name)
            version = f", {policy.version}" if policy is not None and policy.version else ""
            yield Check(name, Outcome.GOOD, f"{scheduler.kind}{version}: {said}")
        services = fleet.services.get(scheduler.name)
        for service in services.services if services is not None else ():
            yield _service(name, service)


def _service(scheduler: str, service: Service) -> Check:
    name = f"{scheduler}.{service.name}"
    if service.up:
        took = _("answers in {time} s").format(time=f"{service.answered:.2f}") if service.answered is not None else "-"
        return Check(name, Outcome.GOOD, took)
    if service.up is None:
        return Check(name, Outcome.NOTE, _("not known"))
    trouble = service.trouble
    said = fill(_(trouble.text), trouble.values) if trouble is not None else service.said or _("down")
    return Check(name, Outcome.WRONG, said, fill(_(trouble.hint), trouble.values) if trouble and trouble.hint else "")
