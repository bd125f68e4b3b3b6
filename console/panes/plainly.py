"""Jobs and queues as their schedulers list them, with nothing joined to them but their use and progress."""

from collections.abc import Sequence

from console.model.fleet import Fleet
from console.model.judged import JudgedNode
from console.model.judged_jobs import Explanation, JudgedJob, JudgedQueue


class Plainly:
    """Judges nothing."""

    def jobs(self, fleet: Fleet, _nodes: Sequence[JudgedNode], mono: float, _wall: float) -> list[JudgedJob]:
        """Every job."""
        found: list[JudgedJob] = []
        for source, listing in fleet.jobs.items():
            uses = {use.id: use for use in fleet.uses[source].uses} if source in fleet.uses else {}
            told = {one.id: one for one in fleet.progress[source].jobs} if source in fleet.progress else {}
            old = listing.interval is not None and mono - listing.mono > 3 * listing.interval
            found += [
                JudgedJob(source, job, uses.get(job.id), told.get(job.id), stale=old) for job in listing.by_id.values()
            ]
        return found

    def queues(self, fleet: Fleet, _nodes: Sequence[JudgedNode], _mono: float, _wall: float) -> list[JudgedQueue]:
        """Every queue."""
        return [JudgedQueue(source, queue) for source, said in fleet.queues.items() for queue in said.queues]

    def explain(
        self, _fleet: Fleet, _nodes: Sequence[JudgedNode], job: JudgedJob, _mono: float, _wall: float
    ) -> Explanation:
        """Nothing but the job."""
        return Explanation(job)
