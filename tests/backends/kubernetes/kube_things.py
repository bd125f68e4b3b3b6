"""Objects as a real API server has them, for tests and benches: pods, what makes them, nodes, queues."""

import itertools
import time

from kube_store import stamp

_UIDS = itertools.count(1)
T0 = 1_700_000_000.0


def uid(number=None):
    return f"{(number or next(_UIDS)):08x}-1111-4222-8333-444455556666"


def meta(name, namespace="lab", owner=None, **more):
    found = {"name": name, "uid": uid(), "creationTimestamp": stamp(time.time() - 600), **more}
    if namespace is not None:
        found["namespace"] = namespace
    if owner is not None:
        api, kind, thing = owner
        found["ownerReferences"] = [
            {
                "apiVersion": api,
                "kind": kind,
                "name": thing["metadata"]["name"],
                "uid": thing["metadata"]["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    return found


def container(name="main", gpus=0, resource="nvidia.com/gpu", cpu="4", memory="16Gi", **more):
    limits = {"cpu": cpu, "memory": memory}
    if gpus:
        limits[resource] = str(gpus)
    return {"name": name, "image": "lab/train:1", "resources": {"limits": limits, "requests": dict(limits)}, **more}


def pod(
    name,
    namespace="lab",
    phase="Running",
    node="n1",
    gpus=0,
    owner=None,
    labels=None,
    annotations=None,
    waiting=None,
    terminated=None,
    last=None,
    conditions=None,
    restarts=0,
    spec=None,
    status=None,
    **more,
):
    state = {"running": {"startedAt": stamp(time.time() - 300)}} if phase == "Running" else {}
    if waiting:
        state = {"waiting": {"reason": waiting[0], "message": waiting[1]}}
    if terminated:
        state = {
            "terminated": {
                "reason": terminated[0],
                "exitCode": terminated[1],
                "startedAt": stamp(time.time() - 300),
                "finishedAt": stamp(time.time() - 60),
            }
        }
    statuses = [
        {
            "name": "main",
            "ready": phase == "Running" and not waiting,
            "restartCount": restarts,
            "state": state,
            **({"lastState": {"terminated": {"reason": last[0], "exitCode": last[1]}}} if last else {}),
        }
    ]
    found = {
        "metadata": meta(name, namespace, owner, labels=labels or {}, annotations=annotations or {}, **more),
        "spec": {"containers": [container(gpus=gpus)], "serviceAccountName": "default", "priority": 0, **(spec or {})},
        "status": {"phase": phase, "conditions": conditions or [], **(status or {})},
    }
    if node is not None:
        found["spec"]["nodeName"] = node
        found["status"]["containerStatuses"] = statuses
        found["status"]["startTime"] = stamp(time.time() - 310)
    return found


def unschedulable(name, message="0/2 nodes are available: 2 Insufficient nvidia.com/gpu.", **more):
    said = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]
    return pod(name, phase="Pending", node=None, conditions=said, **more)


def job(name, namespace="lab", parallelism=1, gpus=0, suspend=False, conditions=None, status=None, spec=None, **more):
    return {
        "metadata": meta(name, namespace, **more),
        "spec": {
            "parallelism": parallelism,
            "completions": parallelism,
            "suspend": suspend,
            "backoffLimit": 3,
            "template": {"metadata": {"creationTimestamp": None}, "spec": {"containers": [container(gpus=gpus)]}},
            **(spec or {}),
        },
        "status": {"conditions": conditions, **(status or {})},
    }


def deployment(name, namespace="lab", replicas=1, ready=1, gpus=0, **more):
    return {
        "metadata": meta(name, namespace, **more),
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [container(gpus=gpus)]}}},
        "status": {
            "replicas": replicas,
            "readyReplicas": ready,
            "conditions": [
                {
                    "type": "Available",
                    "status": "True" if ready else "False",
                    "lastTransitionTime": stamp(T0),
                    "message": "Deployment has minimum availability."
                    if ready
                    else "Deployment does not have minimum availability.",
                }
            ],
        },
    }


def node(name, gpus=8, unschedulable=False, ready="True", taints=None, labels=None, conditions=None):
    return {
        "metadata": meta(
            name,
            None,
            labels={"kubernetes.io/hostname": name, "nvidia.com/gpu.product": "NVIDIA-H100", **(labels or {})},
        ),
        "spec": {**({"unschedulable": True} if unschedulable else {}), **({"taints": taints} if taints else {})},
        "status": {
            "capacity": {"cpu": "128", "memory": "1Ti", "nvidia.com/gpu": str(gpus)},
            "allocatable": {"cpu": "127500m", "memory": "1000Gi", "nvidia.com/gpu": str(gpus), "pods": "110"},
            "conditions": [
                {
                    "type": "Ready",
                    "status": ready,
                    "reason": "KubeletReady" if ready == "True" else "KubeletNotReady",
                    "message": "kubelet is posting ready status" if ready == "True" else "PLEG is not healthy",
                    "lastTransitionTime": stamp(T0),
                },
                *(conditions or []),
            ],
            "nodeInfo": {"kubeletVersion": "v1.36.2"},
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": name}],
        },
    }


def event(about, kind, reason, message, at=None, namespace="lab"):
    return {
        "metadata": meta(f"{about['metadata']['name']}.{next(_UIDS):x}", namespace),
        "involvedObject": {
            "kind": kind,
            "namespace": namespace,
            "name": about["metadata"]["name"],
            "uid": about["metadata"]["uid"],
        },
        "reason": reason,
        "message": message,
        "type": "Warning",
        "count": 3,
        "lastTimestamp": stamp(at if at is not None else time.time() - 5),
    }


def workload(name, owner, queue="main", conditions=None, gpus=0, count=1, active=None, namespace="lab", **spec):
    return {
        "metadata": meta(name, namespace, owner),
        "spec": {
            "queueName": queue,
            "priority": 100,
            "priorityClassRef": {"name": "high"},
            "podSets": [{"name": "main", "count": count, "template": {"spec": {"containers": [container(gpus=gpus)]}}}],
            **({} if active is None else {"active": active}),
            **spec,
        },
        "status": {"conditions": conditions or []},
    }


def cluster_queue(name, cohort="all", quota=16, used=8, stop="None"):
    return {
        "metadata": meta(name, None),
        "spec": {
            "cohortName": cohort,
            "queueingStrategy": "BestEffortFIFO",
            "stopPolicy": stop,
            "preemption": {"withinClusterQueue": "LowerPriority", "reclaimWithinCohort": "Any"},
            "resourceGroups": [
                {
                    "coveredResources": ["nvidia.com/gpu"],
                    "flavors": [
                        {
                            "name": "h100",
                            "resources": [{"name": "nvidia.com/gpu", "nominalQuota": quota, "borrowingLimit": "4"}],
                        }
                    ],
                }
            ],
        },
        "status": {
            "pendingWorkloads": 1,
            "conditions": [{"type": "Active", "status": "True", "reason": "Ready"}],
            "flavorsUsage": [
                {"name": "h100", "resources": [{"name": "nvidia.com/gpu", "total": str(used), "borrowed": "0"}]}
            ],
        },
    }


def local_queue(name, cluster, namespace="lab"):
    return {
        "metadata": meta(name, namespace),
        "spec": {"clusterQueue": cluster},
        "status": {"conditions": [{"type": "Active", "status": "True"}], "flavorsUsage": []},
    }


def of(thing, kind, api="batch/v1"):
    """An owner reference to a thing, for `meta`."""
    return api, kind, thing
