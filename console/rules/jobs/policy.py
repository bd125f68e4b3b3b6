"""The rules by which a scheduler orders and starts jobs, in sentences: for one job, and as a page of the lab."""

from collections.abc import Iterator, Mapping

from backends.jobs import Job, Policy, Qos, Queue, QueueState, Share
from console.language import N_, NN_
from console.model.judged_jobs import Why
from console.rules.jobs import standing
from console.rules.jobs.counted import counted
from console.rules.jobs.schedule import Schedule

_WEIGHTS: Mapping[str, str] = {
    "age": N_("Up to {points} points for waiting ({part} % of all)."),
    "fairshare": N_("Up to {points} points for an account that had less than its share ({part} % of all)."),
    "jobsize": N_("Up to {points} points for the size of the job ({part} % of all)."),
    "partition": N_("Up to {points} points for the partition ({part} % of all)."),
    "qos": N_("Up to {points} points for the quality of service ({part} % of all)."),
    "tres": N_("Up to {points} points for what the job asks for ({part} % of all)."),
    "assoc": N_("Up to {points} points for the account itself ({part} % of all)."),
}
_STATES: Mapping[QueueState, str] = {
    QueueState.DRAINING: N_("{queue} takes no new jobs; what it has goes on."),
    QueueState.STOPPED: N_("{queue} takes jobs and starts none."),
    QueueState.CLOSED: N_("{queue} neither takes nor starts jobs."),
}


def of_job(job: Job, policy: Policy | None, schedule: Schedule) -> tuple[Why, ...]:
    """Say the rules that concern a job, those that hold it up before the others."""
    found: list[Why] = []
    if policy is not None:
        qos = next((each for each in policy.qos if each.name == job.qos), None)
        if qos is not None:
            found += standing.of_qos(qos, job, schedule.running)
            found += _preemption(qos, policy)
        found += [_share(share) for share in policy.shares if _concerns(share, job)]
    queue = schedule.queues.get(job.partition or "")
    if queue is not None:
        found += _queue(queue, job)
    if policy is not None:
        found += _order(policy)
    return tuple(sorted(found, key=lambda why: why.code != "binding"))


def page(policy: Policy | None, queues: Mapping[str, Queue]) -> tuple[Why, ...]:
    """Say all rules of a scheduler."""
    found: list[Why] = []
    if policy is not None:
        found += _order(policy)
    for queue in queues.values():
        found += _queue(queue, None)
    if policy is not None:
        for qos in policy.qos:
            found += standing.limits_of(qos)
            found += _preemption(qos, policy)
        found += [_share(share) for share in policy.shares if share.user is None]
    return tuple(found)


def _order(policy: Policy) -> Iterator[Why]:
    if policy.scheduler:
        yield Why("scheduler", N_("Jobs are started by {scheduler}."), {"scheduler": policy.scheduler})
    weights = {name: weight for name, weight in policy.weights.items() if weight > 0 and name != "nice"}
    total = sum(weights.values())
    if not total:
        yield Why(
            "order", N_("Nothing is weighed: jobs go by their priority, and then in the order in which they came.")
        )
    for name, weight in sorted(weights.items(), key=lambda one: -one[1]):
        values = {"name": name, "points": f"{weight:.0f}", "part": f"{100 * weight / total:.0f}"}
        yield Why("weight", _WEIGHTS.get(name, N_("Up to {points} points for {name} ({part} % of all).")), values)
    if policy.age_most and "age" in weights:
        texts = NN_("Waiting longer than {days} day adds nothing.", "Waiting longer than {days} days adds nothing.")
        yield _in_days("age", texts, policy.age_most)
    if policy.half_life and "fairshare" in weights:
        texts = NN_("What was used counts half after {days} day.", "What was used counts half after {days} days.")
        yield _in_days("half_life", texts, policy.half_life)
    if policy.preemption and policy.preemption.casefold() not in ("none", "off", "preempt/none"):
        text = N_("Jobs that go first may put out others: {how}.")
        yield Why("preemption", text, {"how": policy.preemption})


def _in_days(code: str, texts: tuple[str, str], seconds: float) -> Why:
    days = f"{seconds / 86400:.1f}".removesuffix(".0")
    return counted(code, texts, 1 if days == "1" else 2, {"days": days})


def _concerns(share: Share, job: Job) -> bool:
    return job.project is not None and share.account == job.project and share.user in (None, job.user)


def _share(share: Share) -> Why:
    """How the use of an account, or of a person in it, stands to what they may have."""
    whole = share.user is None
    values = {"who": share.user or share.account, "account": share.account}
    if share.factor is not None:
        values["factor"] = f"{share.factor:.2f}"
    if share.shares is None or share.used is None:
        if share.factor is None:
            return Why("share", N_("{who} has no share of its own."), values)
        return Why("share", N_("The fair share of {who} is {factor}; 1 goes first, 0 last."), values)
    values |= {"shares": f"{100 * share.shares:.1f}", "used": f"{100 * share.used:.1f}"}
    code = "share"
    if abs(share.used - share.shares) > 0.05 * share.shares:
        code = "share_over" if share.used > share.shares else "share_under"
    return Why(code, _SHARES[code, whole], values)


_SHARES: Mapping[tuple[str, bool], str] = {
    ("share_over", True): N_(
        "The account {account} had {used} % of the use with {shares} % of the shares: others go first."
    ),
    ("share_under", True): N_(
        "The account {account} had {used} % of the use with {shares} % of the shares: it goes before others."
    ),
    ("share", True): N_("The account {account} had its share: {used} % of the use with {shares} % of the shares."),
    ("share_over", False): N_(
        "{who} in {account} had {used} % of the use with {shares} % of the shares: others go first."
    ),
    ("share_under", False): N_(
        "{who} in {account} had {used} % of the use with {shares} % of the shares, and goes before others."
    ),
    ("share", False): N_("{who} in {account} had the due share: {used} % of the use with {shares} % of the shares."),
}


def _preemption(qos: Qos, policy: Policy) -> Iterator[Why]:
    if qos.preempts:
        text = N_("Jobs with {qos} may put out those with {others}.")
        yield Why("preempts", text, {"qos": qos.name, "others": ", ".join(qos.preempts)})
    above = [other.name for other in policy.qos if qos.name in other.preempts]
    if above:
        text = N_("Jobs with {qos} may be put out by those with {others}.")
        yield Why("preempted_by", text, {"qos": qos.name, "others": ", ".join(above)})


def _queue(queue: Queue, job: Job | None) -> Iterator[Why]:
    values = {"queue": queue.name}
    stopped = _STATES.get(queue.state)
    if stopped is not None:
        yield Why("binding" if job is not None else "queue", stopped, values)
    if queue.limit is not None:
        over = job is not None and job.limit is not None and job.limit > queue.limit
        text = N_("Jobs in {queue} may run for {limit} at most.")
        yield Why("binding" if over else "queue_limit", text, {**values, "limit": _span(queue.limit)})
    if queue.default_limit is not None and (job is None or job.limit is None):
        text = N_("Jobs in {queue} that ask for no time get {limit}.")
        yield Why("queue_default", text, {**values, "limit": _span(queue.default_limit)})
    if queue.priority is not None:
        yield Why("queue_tier", N_("{queue} has the tier {tier}; a higher one goes first."),
                  {**values, "tier": str(queue.priority)})  # fmt: skip
    if queue.allowed:
        text = N_("Only these may use {queue}: {names}.")
        yield Why("queue_allowed", text, {**values, "names": ", ".join(queue.allowed)})
    if queue.denied:
        text = N_("These may not use {queue}: {names}.")
        yield Why("queue_denied", text, {**values, "names": ", ".join(queue.denied)})
    if queue.preemption and queue.preemption.casefold() not in ("off", "none", "never"):
        yield Why("queue_preemption", N_("Preemption in {queue}: {how}."), {**values, "how": queue.preemption})
    for quota in queue.quotas:
        if quota.limit is not None:
            full = job is not None and quota.used is not None and quota.used >= quota.limit
            text = N_("{queue} may hand out {limit} of {resource}, and has handed out {used}.")
            used = "?" if quota.used is None else f"{quota.used:g}"
            more = {"limit": f"{quota.limit:g}", "resource": quota.resource, "used": used}
            yield Why("binding" if full else "quota", text, {**values, **more})


def _span(seconds: float) -> str:
    """In units that need no translation."""
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f}".removesuffix(".0") + " h"
