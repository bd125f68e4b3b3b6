"""The objects of a stand-in cluster: versions, a history to watch, budgets, rights, logs, and faults on demand.

It knows what the tests need to be true of a real API server, and keeps to what was seen of one
(research/kubernetes.md §3 and §6). Not a test.
"""

import copy
import itertools
import threading
import time
from dataclasses import dataclass, field

GROUPS = {
    "": ("v1", {"pods", "events", "resourcequotas", "nodes", "namespaces"}),
    "batch": ("v1", {"jobs"}),
    "apps": ("v1", {"deployments", "statefulsets", "replicasets"}),
    "scheduling.k8s.io": ("v1", {"priorityclasses"}),
}
KUEUE = {
    "kueue.x-k8s.io": ("v1beta2", {"workloads", "clusterqueues", "localqueues"}),
    "visibility.kueue.x-k8s.io": ("v1beta2", set()),
}
VOLCANO = {
    "scheduling.volcano.sh": ("v1beta1", {"queues", "podgroups"}),
    "batch.volcano.sh": ("v1alpha1", {"jobs"}),
}
TRAINING = {"kubeflow.org": ("v1", {"pytorchjobs"})}


class Refused(Exception):  # noqa: N818 - an answer, not a mistake in the program
    """An answer that is no success."""

    def __init__(self, code, reason, message, headers=None, details=None):
        super().__init__(message)
        self.code = code
        self.headers = headers or {}
        self.status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "code": code,
            **({"details": details} if details else {}),
        }


@dataclass
class Fault:
    """What goes wrong with requests whose path holds `path`, so many times."""

    path: str
    kind: str
    """``cut`` a stream, ``status`` (value), ``busy`` (429, value seconds), ``slow`` (value seconds a piece),
    ``garbage`` a line or a body, ``plain`` 404, ``odd`` first item, ``hang``, ``expire`` continued pages."""
    value: object = None
    times: int = 1
    watch: bool | None = None
    """Only watches, or only what is none; None is both."""


@dataclass
class Budget:
    """How many pods of a label must stay."""

    namespace: str
    name: str
    selector: dict
    needs: int


@dataclass
class Log:
    """What a container has written."""

    text: bytes = b""
    over: bool = False


@dataclass
class Change:
    """One change, as watches see it."""

    version: int
    group: str
    plural: str
    how: str
    thing: dict
    before: dict | None


@dataclass
class Store:
    """A cluster."""

    groups: dict = field(default_factory=lambda: dict(GROUPS))
    token: str = "let-me-in"
    history: int = 1000
    """Changes that are remembered; a watch from before gets a 410."""

    def __post_init__(self):
        self.changed = threading.Condition()
        self.things = {}
        self.changes = []
        self.version = 100
        self.forgotten = 0
        """Watches from before this version get a 410."""
        self.logs = {}
        self.budgets = []
        self.denied = set()
        """(verb, plural or plural/sub, namespace or None or '*')."""
        self.faults = []
        self.asked = []
        """(method, path, query, body) of every request, in order."""
        self.waiting = {}
        """Pending workloads of each cluster queue, for the visibility service."""
        self.checks = {"ping": True, "etcd": True, "log": True}
        self.uids = itertools.count(1)
        self.over = False

    # ---- objects

    def find(self, group, plural, namespace, name):
        try:
            return self.things[group, plural][namespace, name]
        except KeyError:
            what = f"{plural}.{group}" if group else plural
            raise Refused(404, "NotFound", f'{what} "{name}" not found') from None

    def put(self, plural, thing, group=""):
        """Create or replace an object; gives it a uid and a version."""
        with self.changed:
            meta = thing.setdefault("metadata", {})
            kept = self.things.setdefault((group, plural), {})
            key = meta.get("namespace"), meta["name"]
            before = kept.get(key)
            meta.setdefault(
                "uid", before["metadata"]["uid"] if before else f"0000{next(self.uids):04d}-0000-4000-8000-000000000000"
            )
            meta.setdefault("creationTimestamp", stamp(time.time()))
            self.version += 1
            meta["resourceVersion"] = str(self.version)
            kept[key] = thing
            self.note(group, plural, "MODIFIED" if before else "ADDED", thing, before)
            return thing

    def fill(self, plural, things, group=""):
        """Have many objects from the beginning; no watch hears of it."""
        kept = self.things.setdefault((group, plural), {})
        for thing in things:
            thing["metadata"]["resourceVersion"] = str(self.version)
            kept[thing["metadata"].get("namespace"), thing["metadata"]["name"]] = thing

    def patch(self, group, plural, namespace, name, change):
        """Merge, as RFC 7386 says."""
        with self.changed:
            thing = copy.deepcopy(self.find(group, plural, namespace, name))
            self.put(plural, merged(thing, change), group)
            return thing

    def same(self, group, plural, namespace, name, uid, code):
        """Refuse as a real server does where the object has another uid than the one that is named."""
        has = self.find(group, plural, namespace, name)["metadata"]["uid"]
        if uid is None or uid == has:
            return
        if code == 409:
            said = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {has}"
            raise Refused(409, "Conflict", f'Operation cannot be fulfilled on {plural} "{name}": {said}')
        said = f'{plural} "{name}" is invalid: metadata.uid: Invalid value: "{uid}": field is immutable'
        raise Refused(422, "Invalid", said)

    def steps(self, group, plural, namespace, name, body):
        """RFC 6902, as far as it is used: tests, and what is added; returns what is to be merged."""
        thing, change = self.find(group, plural, namespace, name), {}
        for step in body:
            *way, last = step["path"].strip("/").split("/")
            there, into = thing, change
            for part in way:
                there, into = there[part], into.setdefault(part, {})
            if step["op"] == "test" and there.get(last) != step["value"]:
                raise Refused(422, "Invalid", "the server rejected our request due to an error in our request")
            if step["op"] == "add":
                into[last] = step["value"]
        return {key: value for key, value in change.items() if value}

    def remove(self, group, plural, namespace, name, policy=None):
        """Delete; what it owns goes with it unless it is orphaned, as jobs orphan theirs when nothing is said."""
        with self.changed:
            thing = self.find(group, plural, namespace, name)
            del self.things[group, plural][namespace, name]
            self.version += 1
            thing = copy.deepcopy(thing)
            thing["metadata"]["resourceVersion"] = str(self.version)
            self.note(group, plural, "DELETED", thing, thing)
            uid = thing["metadata"]["uid"]
            orphan = policy == "Orphan" or (policy is None and (group, plural) == ("batch", "jobs"))
            for (its_group, its_plural), kept in list(self.things.items()):
                for (its_namespace, its_name), one in list(kept.items()):
                    owners = one["metadata"].get("ownerReferences") or []
                    if any(owner.get("uid") == uid for owner in owners):
                        if orphan:
                            one = copy.deepcopy(one)
                            one["metadata"]["ownerReferences"] = []
                            self.put(its_plural, one, its_group)
                        else:
                            self.remove(its_group, its_plural, its_namespace, its_name, policy)
            return thing

    def note(self, group, plural, how, thing, before):
        self.changes.append(Change(self.version, group, plural, how, copy.deepcopy(thing), copy.deepcopy(before)))
        while len(self.changes) > self.history:
            self.forgotten = max(self.forgotten, self.changes.pop(0).version)
        self.changed.notify_all()

    def forget(self):
        """Forget the history, as a compaction does: every watch that must begin anew gets a 410."""
        with self.changed:
            self.version += 1
            self.changes.clear()
            self.forgotten = self.version
            self.changed.notify_all()

    # ---- rights, budgets, logs, faults

    def deny(self, verb, what, namespace="*"):
        self.denied.add((verb, what, namespace))

    def allows(self, verb, what, namespace):
        return not any((verb, what, space) in self.denied for space in ("*", namespace))

    def check(self, verb, group, what, namespace):
        """Refuse what is denied, in the words of the real one."""
        if not self.allows(verb, what, namespace):
            where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
            text = f'User "eve" cannot {verb} resource "{what}" in API group "{group}" {where}'
            raise Refused(403, "Forbidden", f"{what.partition('/')[0]} is forbidden: {text}")

    def evict(self, namespace, name, body):
        with self.changed:
            pod = self.find("", "pods", namespace, name)
            wanted = (body.get("deleteOptions") or {}).get("preconditions", {}).get("uid")
            if wanted and wanted != pod["metadata"]["uid"]:
                raise Refused(409, "Conflict", "the UID in the precondition does not match")
            for budget in self.budgets:
                labels = pod["metadata"].get("labels") or {}
                if budget.namespace == namespace and budget.selector.items() <= labels.items():
                    have = sum(
                        budget.selector.items() <= (one["metadata"].get("labels") or {}).items()
                        for (space, _), one in self.things["", "pods"].items()
                        if space == namespace
                    )
                    if have <= budget.needs:
                        said = (
                            f"The disruption budget {budget.name} needs {budget.needs} healthy pods "
                            f"and has {have} currently"
                        )
                        raise Refused(
                            429,
                            "TooManyRequests",
                            "Cannot evict pod as it would violate the pod's disruption budget.",
                            details={"causes": [{"reason": "DisruptionBudget", "message": said}]},
                        )
            return self.remove("", "pods", namespace, name)

    def write(self, namespace, pod, container, text, over=False):
        """Have a container write something, and end."""
        with self.changed:
            log = self.logs.setdefault((namespace, pod, container), Log())
            log.text += text
            log.over = over
            self.changed.notify_all()

    def break_(self, path, kind, value=None, times=1, watch=None):
        with self.changed:
            self.faults.append(Fault(path, kind, value, times, watch))

    def fault(self, path, watch):
        """Take the next fault for a path."""
        with self.changed:
            for one in self.faults:
                same = one.path in path and one.path.endswith("#stream") is path.endswith("#stream")
                if same and one.times > 0 and one.watch in (None, watch):
                    one.times -= 1
                    return one
        return None

    def count(self, method, part):
        """How many requests of a method had a path with this in it."""
        return sum(1 for asked in self.asked if asked[0] == method and part in asked[1])


def merged(thing, change):
    """RFC 7386."""
    if not isinstance(change, dict):
        return change
    if not isinstance(thing, dict):
        thing = {}
    for key, value in change.items():
        if value is None:
            thing.pop(key, None)
        else:
            thing[key] = merged(thing.get(key), value)
    return thing


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
