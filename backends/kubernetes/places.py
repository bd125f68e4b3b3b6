"""Where workloads stand in their cluster queues, as Kueue itself counts; its service for that is optional."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from backends.jobs import Queue
from backends.kubernetes.client import Client
from backends.kubernetes.kinds import VISIBILITY
from backends.kubernetes.raw_queues import PendingList
from backends.kubernetes.words import Failure

MOST = 1000
"""Workloads of a queue whose places are asked for."""


def places(client: Client, version: str, queues: Sequence[Queue]) -> dict[tuple[str, str], int]:
    """Ask for the places of all that wait, by namespace and name of the workload, from 1.

    The place is that in the cluster queue: several local queues wait in one, and take turns there.

    Args:
        client: to ask.
        version: of the service.
        queues: cluster queues; or local ones, for who may not see those.

    Raises:
        Failure: the server does not answer.
    """
    found: dict[tuple[str, str], int] = {}
    for queue in queues:
        namespace, _, name = queue.name.rpartition("/")
        where = f"namespaces/{quote(namespace, safe='')}/localqueues" if namespace else "clusterqueues"
        path = f"/apis/{VISIBILITY}/{version}/{where}/{quote(name, safe='')}/pendingworkloads"
        try:
            told = msgspec.json.decode(client.get(path, [("limit", str(MOST))]), type=PendingList)
        except Failure as failure:
            if failure.status is None:
                raise
            continue  # not allowed, or its service is down: then nobody knows
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        for one in told.items or ():
            if one.metadata.name and one.in_cluster_queue is not None:
                found[(one.metadata.namespace or "default", one.metadata.name)] = one.in_cluster_queue + 1
    return found
