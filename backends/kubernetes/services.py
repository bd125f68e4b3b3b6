"""The services behind a cluster: its API server and its database, and what runs in kube-system and its like."""

import re
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec

from backends.jobs import Service
from backends.kubernetes.client import Client
from backends.kubernetes.quantity import moment
from backends.kubernetes.raw import Page
from backends.kubernetes.raw_owners import RawScaled, ScaleStatus
from backends.kubernetes.words import Failure
from backends.record import N_, Trouble

PLACES = ("kube-system", "kueue-system", "volcano-system", "gpu-operator", "nvidia-device-plugin")
"""Namespaces whose deployments are services of the platform."""
_LINE = re.compile(r"^\[(?P<mark>[+-])\](?P<name>\S+) (?P<said>.*)$", re.MULTILINE)
_DEPLOYMENTS = msgspec.json.Decoder(Page[RawScaled])
SERVER = "kube-apiserver"


class Since:
    """Remembers since when each service has been as it is."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bool | None, float]] = {}

    def mark(self, services: Iterable[Service], at: float) -> tuple[Service, ...]:
        """Say of each since when it has been so, as far as we have watched."""
        found = []
        for one in services:
            known = self._known.get(one.name)
            if known is None or known[0] is not one.up:
                known = self._known[one.name] = (one.up, at)
            found.append(msgspec.structs.replace(one, since=one.since if one.since is not None else known[1]))
        return tuple(found)


def server(client: Client, version: str | None, clock: Callable[[], float] = time.monotonic) -> list[Service]:
    """Ask the API server how it is, and its database through it, where that may be seen.

    Raises:
        Failure: it does not answer at all.
    """
    began = clock()
    trouble: Trouble | None = None
    body = b""
    up: bool | None = True
    try:
        body = client.get("/readyz", [("verbose", "true")], seconds=10.0, accept="text/plain, */*")
    except Failure as failure:
        if failure.status is None:
            raise
        if failure.status >= 500:
            up, trouble = False, failure.trouble
            body = failure.body
        elif failure.status not in (401, 403, 404):
            trouble = failure.trouble
    took = clock() - began
    said = [Service(SERVER, client.where, up, took, trouble=trouble, said=version)]
    checks = {one["name"]: (one["mark"] == "+", one["said"]) for one in _LINE.finditer(body.decode("utf-8", "replace"))}
    if "etcd" in checks:
        well, words = checks["etcd"]
        said.append(Service("etcd", client.where, well, said=words[:200]))
    return said


def deployed(client: Client, places: Sequence[str] = PLACES) -> list[Service]:
    """The deployments of the platform's own namespaces, each with its replicas; what may not be seen is left out.

    Raises:
        Failure: the server does not answer.
    """
    found = []
    for place in places:
        try:
            body = client.get(f"/apis/apps/v1/namespaces/{place}/deployments", [("limit", "100")], seconds=20.0)
            page = _DEPLOYMENTS.decode(body)
        except Failure as failure:
            if failure.status in (403, 404):
                continue
            raise
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        found += [one for raw in page.items or () if (one := _service(raw)) is not None]
    return found


def _service(raw: RawScaled) -> Service | None:
    name, status = raw.metadata.name, raw.status or ScaleStatus()
    wanted = raw.spec.replicas if raw.spec is not None and raw.spec.replicas is not None else 1
    if not name or wanted == 0:
        return None
    ready = status.ready_replicas or 0
    available = next((one for one in status.conditions or () if one.type == "Available"), None)
    trouble = None
    if ready < wanted:
        values = {"ready": str(ready), "wanted": str(wanted), "said": (available.message if available else "") or ""}
        trouble = Trouble(N_("{ready} of {wanted} replicas are ready. {said}"), "", values)
    since = moment(available.last_transition_time) if available is not None else None
    return Service(name, raw.metadata.namespace, ready > 0, since=since, trouble=trouble, replicas=ready)


def missing(kinds: Sequence[str]) -> Service:
    """Say that some kinds of objects may not be listed, so that what rests on them is unknown."""
    text = N_("The right to list {kinds} is missing; what rests on that is unknown.")
    hint = N_("Whoever gives rights in this cluster must add it to your role.")
    return Service("rights", None, None, trouble=Trouble(text, hint, {"kinds": ", ".join(kinds)}))
