"""Who runs where in a simulated lab, who waits and who has ended: what its two schedulers know."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from backends.demo import kube_waiting, kubernetes, slurm, waiting
from backends.demo.kinds import KUBERNETES, PLAIN
from backends.demo.lanes import BRIEF, Group, Lane
from backends.demo.nodes import DAY, Node
from backends.demo.runs import Run
from backends.demo.stories import Scene, keys, stride
from backends.jobs import Job, JobState

_TOGETHER = 4
"""Nodes at most that one job takes."""
_LOOKED_AT = 8
"""Groups in which a job that failed is looked for, for others to depend on."""
_FULL = 64
"""Nodes up to which a whole day of ended jobs is listed; a larger lab lists as many of them, from a shorter time."""


class Spot(NamedTuple):
    """Where a job is: on a lane, or with those that only wait."""

    source: str
    job: Job
    lane: Lane | None = None
    run: Run | None = None


def source_of(node: Node) -> str:
    """The scheduler to which a node belongs."""
    return kubernetes.NAME if node.kind.partition in KUBERNETES else slurm.NAME


class Schedule:
    """The jobs of a lab.

    Args:
        scene: the stage with the stories played on it.
        brief: list what ended for five minutes alone, as who fills a past needs it.
    """

    def __init__(self, scene: Scene, brief: bool = False) -> None:
        self._scene = scene
        self.nodes = scene.nodes
        self._remembers = BRIEF if brief else DAY * min(1.0, _FULL / scene.shape.nodes)
        self.now = scene.origin
        """The latest moment that was asked for."""
        self.changes = 0
        """How often somebody has acted on a job."""
        self.groups = self._grouped()
        self._group_of = {node: group for group in self.groups for node, _slots in group.free}
        self._lanes: dict[int, list[Lane]] = {}
        self._staged: dict[int, list[Lane]] = {}
        for lane in scene.lanes:
            lane.remembers = self._remembers
            for node, _slots in lane.places:
                self._staged.setdefault(node, []).append(lane)
        self._tell = {slurm.NAME: slurm.teller(self.nodes), kubernetes.NAME: kubernetes.teller(self.nodes)}
        self.partitions = frozenset(node.kind.partition for node in self.nodes)
        self.sources = tuple(name for name in self._tell if any(source_of(node) == name for node in self.nodes))
        self.waiting = {slurm.NAME: self._wait(), kubernetes.NAME: self._wait_in_kubernetes()}

    def running(self, now: float) -> tuple[str, ...]:
        """Name the jobs that run; much cheaper than `jobs`, and equal as long as none starts or ends."""
        self.now = max(self.now, now)
        for group in self.groups:
            self._advance(group, now)
        return tuple(lane.run.number for group in self.groups for lane in group.lanes if lane.run is not None)

    def jobs(self, now: float, source: str | None = None) -> tuple[Job, ...]:
        """List the jobs of a scheduler, or of both: those that wait, run, and ended in the last day."""
        return tuple(job for name in self.sources if source in (None, name) for job in self._listed(now, name))

    def _listed(self, now: float, source: str) -> Iterator[Job]:
        for job in self._only_waiting(now, source):
            if job.submitted is None or job.submitted <= now:
                yield job
        for lane in self.lanes(now, source):
            yield from self._of(lane, now, source)

    def _of(self, lane: Lane, now: float, source: str) -> Iterator[Job]:
        jobs = lane.jobs(now, self._tell[source])
        return (job for job in jobs if kubernetes.listed(job, now)) if source == kubernetes.NAME else jobs

    def lanes(self, now: float, source: str) -> Iterator[Lane]:
        """Every lane of a scheduler of which something is known, gone to a moment."""
        for lane in self._scene.lanes:
            if source_of(self.nodes[lane.places[0][0]]) == source:
                lane.advance(now)
                yield lane
        for group in self.groups:
            if source_of(self.nodes[group.free[0][0]]) == source:
                self._advance(group, now)
                yield from group.known(now)

    def open_lanes(self, now: float, source: str) -> Iterator[Lane]:
        """The lanes of a scheduler on which a job can come next, gone to a moment."""
        for group in self.groups:
            if source_of(self.nodes[group.free[0][0]]) == source:
                self._advance(group, now)
                yield from group.lanes
        for lane in self._scene.lanes:
            lane.advance(now)
            if lane.run is None and source_of(self.nodes[lane.places[0][0]]) == source:
                yield lane

    def at(self, node: int, now: float) -> list[Lane]:
        """The lanes of a node, gone to a moment."""
        group = self._group_of.get(node)
        if group is not None:
            self._advance(group, now)
        for lane in self._staged.get(node, ()):
            lane.advance(now)
        return self._lanes.get(node) or self._staged.get(node, [])

    def tell(self, source: str, run: Run, state: JobState, lane: Lane) -> Job:
        """Say a run on the cards of a lane as its scheduler does."""
        return self._tell[source](run, state, lane.places)

    def find(self, source: str, job: str) -> Spot | None:
        """Look a job up by its id at the latest moment, or by Slurm's own number of an array's task."""
        for known in self._only_waiting(self.now, source):
            if job in (known.id, known.number):
                return Spot(source, known)
        labels = {job, job.rpartition("-")[2]} if source == kubernetes.NAME else {job}
        for lane in self.lanes(self.now, source):
            if any(run.number in labels or slurm.id_of(run) in labels for run in lane.runs()):
                found = (spot for spot in self._on(lane, source) if job in (spot.job.id, spot.job.number))
                spot = next(found, None)
                if spot is not None:
                    return spot
        return None

    def together(self, source: str, job: str) -> list[Spot]:
        """Everything that an id stands for: a job, all that is left of an array, all components of a larger job."""
        first = self.find(source, job)
        if first is not None and first.job.het is None and first.job.array != job:
            return [first]
        spots = list(self.spots(source))
        found = [spot for spot in spots if job in (spot.job.id, spot.job.number)]
        whole = {spot.job.het for spot in found if spot.job.het is not None} | {job}
        return found + [spot for spot in spots if spot not in found and whole & {spot.job.array, spot.job.het}]

    def spots(self, source: str) -> Iterator[Spot]:
        """Every job of a scheduler at the latest moment, with where it is."""
        for job in self._only_waiting(self.now, source):
            yield Spot(source, job)
        for lane in self.lanes(self.now, source):
            yield from self._on(lane, source)

    def _on(self, lane: Lane, source: str) -> Iterator[Spot]:
        there = {run.number: run for run in lane.runs()}
        for job in self._of(lane, self.now, source):
            run = there.get(job.number or job.id) or there.get(job.id.rpartition("-")[2])
            yield Spot(source, job, lane, run)

    def _only_waiting(self, now: float, source: str) -> Iterator[Job]:
        known = self.waiting[source]
        night = waiting.next_night(now)
        for job in list(known.values()):
            if job.state is JobState.CANCELLED and now - (job.ended or now) >= self._remembers:
                del known[job.id]
                continue
            if job.reason == "BeginTime" and job.eligible != night:
                known[job.id] = msgspec.structs.replace(job, eligible=night, expected=night)
            yield known[job.id]

    def _advance(self, group: Group, now: float) -> None:
        if not group.advance(now):
            return
        for node, _slots in group.free:
            on_it = [lane for lane in group.lanes if any(node == index for index, _own in lane.places)]
            self._lanes[node] = on_it + self._staged.get(node, [])

    def _grouped(self) -> list[Group]:
        """Put neighbours of one kind together; a node that a story changed stays by itself."""
        groups: list[list[Node]] = []
        open_group: list[Node] = []
        for node in self.nodes:
            if node.cards and len(node.busy) == len(node.cards):
                continue
            if node.busy or not node.kind.links:
                groups.append([node])
            elif open_group and open_group[0].kind is node.kind and len(open_group) < _TOGETHER:
                open_group.append(node)
            else:
                open_group = [node]
                groups.append(open_group)
        return [self._group(nodes) for nodes in groups]

    def _group(self, nodes: Sequence[Node]) -> Group:
        shape = self._scene.shape
        free = [(node.index, tuple(card.slot for card in node.cards if card.slot not in node.busy)) for node in nodes]
        numbering = (stride(shape), keys(shape))
        return Group(free, nodes[0].seed, numbering, nodes[0].kind is PLAIN, self._remembers)

    def _wait(self) -> dict[str, Job]:
        """Make the jobs that wait in Slurm for as long as anybody looks."""
        scene, own = self._scene, [node for node in self.nodes if node.cards and source_of(node) == slurm.NAME]
        if not own:
            return {}
        partitions = Counter(node.kind.partition for node in own)
        names = list(partitions)
        steady = [run for run in scene.runs if run.task.curve == "steady"]
        ground = waiting.Ground(
            shape=scene.shape,
            origin=scene.origin,
            keys=keys(scene.shape),
            partition=names[0],
            other=names[min(1, len(names) - 1)],
            largest=partitions.most_common(1)[0],
            trained=steady[0].number if steady else self._latest(JobState.COMPLETED),
            failed=self._latest(JobState.FAILED),
            away=next(((node.name, node.kind.partition) for node in own if node.down), None),
            array=self._array(),
        )
        return {job.id: job for job in waiting.waiting(ground)}

    def _array(self) -> waiting.Started | None:
        """The array of which a story has some tasks run."""
        tasks = [run for run in self._scene.runs if run.array is not None]
        there = next((story.node for story in self._scene.stories if story.title == "MIG node"), None)
        node = next((node for node in self.nodes if node.name == there), None)
        if not tasks or node is None:
            return None
        return waiting.Started(tasks[0].array or "", len(tasks), tasks[0].person, node.kind.partition)

    def _wait_in_kubernetes(self) -> dict[str, Job]:
        scene, own = self._scene, [node for node in self.nodes if source_of(node) == kubernetes.NAME]
        names = [node.name for node in own if not node.down]
        kind = slurm.gres(own[0]) if own else ""
        jobs = kube_waiting.waiting(scene.origin, scene.shape.seed, names, kind, scene.shape.gpus)
        return {job.id: job for job in jobs}

    def _latest(self, state: JobState) -> str:
        """The number of the job of Slurm that ended so last before the lab was opened."""
        found: list[Run] = []
        for group in self.groups[:_LOOKED_AT]:
            nodes = [self.nodes[node] for node, _slots in group.free]
            if source_of(nodes[0]) == slurm.NAME:
                twin = self._group(nodes)
                twin.advance(self._scene.origin)
                found += [run for lane in twin.known(self._scene.origin) for run in lane.past if run.outcome is state]
        return max(found, key=lambda run: run.ended).number if found else "4001"
