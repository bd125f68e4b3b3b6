"""One namespace read anew for a person: its families, under the names that the source gives them too."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from backends.jobs import Job
from backends.kubernetes import kinds
from backends.kubernetes.client import Client
from backends.kubernetes.families import Family, World, families, ids
from backends.kubernetes.fold import job_of, newest
from backends.kubernetes.listing import listed
from backends.kubernetes.places import places
from backends.kubernetes.words import Failure

_READ = (*kinds.OF_JOBS, kinds.LOCAL_QUEUES, kinds.CLUSTER_QUEUES, kinds.VOLCANO_QUEUES)
_PLURALS = {"vcjob": "jobs", "NetworkPolicy": "networkpolicies"}


class Namespace(msgspec.Struct, frozen=True):
    """What is in one namespace."""

    name: str
    by_id: Mapping[str, Family]
    jobs: Mapping[str, Job]


def read(client: Client, versions: Mapping[str, str], name: str) -> Namespace:
    """List everything of a namespace that jobs are made of; kinds that may not be seen are left out, but not pods.

    Raises:
        Failure: the server does not answer, or shows no pods there.
    """
    known: dict[str, list[Any]] = {}
    for kind in kinds.present(versions):
        if kind not in _READ:
            continue
        path = kind.path(versions, quote(name, safe="") if kind.namespaced else None)
        try:
            known[kind.key] = list(listed(client, kind, path)[0].values())
        except Failure as failure:
            if failure.status not in (403, 404) or kind is kinds.PODS:
                raise
    names_taken = [*known.get("clusterqueues", []), *known.get("queues", [])]
    visible = versions.get(kinds.VISIBILITY)
    waits = any(not one.admitted for one in known.get("workloads", []))
    world = World(
        known.get("pods", []),
        [one for key in ("jobs", "deployments", "statefulsets", "vcjobs") for one in known.get(key, [])],
        known.get("workloads", []),
        known.get("podgroups", []),
        known.get("events", []),
        places(client, visible, known.get("localqueues", [])) if visible is not None and waits else {},
        frozenset(one.name for one in names_taken),
    )
    found = families(world)
    names = ids(found)
    warnings = newest(world.said)
    return Namespace(
        name,
        {names[key]: family for key, family in found.items()},
        {names[key]: job_of(family, names[key], world, warnings) for key, family in found.items()},
    )


class Place(msgspec.Struct, frozen=True):
    """Where an object lies in the API, and what a right to it is called."""

    group: str
    plural: str
    namespace: str
    name: str
    version: str

    @property
    def path(self) -> str:
        """Of the object itself."""
        root = f"/apis/{quote(self.group, safe='')}/{self.version}" if self.group else f"/api/{self.version}"
        return f"{root}/namespaces/{quote(self.namespace, safe='')}/{self.plural}/{quote(self.name, safe='')}"


def place_of(family: Family) -> Place | None:
    """Where that lies which made a family; None where it is only pods with a common mark."""
    namespace, kind, name = family.key
    if not family.api:
        return None
    group, _, version = family.api.rpartition("/")
    plural = _PLURALS.get(kind) or f"{kind.lower()}s"
    return Place(group, quote(plural, safe=""), namespace, name, quote(version, safe=""))


def pod_place(namespace: str, name: str) -> Place:
    """Where a pod lies."""
    return Place("", "pods", namespace, name, "v1")


def body_of(value: object) -> str:
    """The body of a request, as it is shown and sent."""
    return json.dumps(value, sort_keys=True)
