"""The fields that we read exist: compared with the official client's models, which are made from the API's schema."""

import importlib

import kube_things as things
import msgspec
import pytest

from backends.kubernetes import raw, raw_owners, raw_queues

MODELS = [
    (raw.Reference, "V1OwnerReference"),
    (raw.Meta, "V1ObjectMeta"),
    (raw.Condition, "V1PodCondition"),
    (raw.Resources, "V1ResourceRequirements"),
    (raw.Container, "V1Container"),
    (raw.PodSpec, "V1PodSpec"),
    (raw.Waiting, "V1ContainerStateWaiting"),
    (raw.Running, "V1ContainerStateRunning"),
    (raw.Terminated, "V1ContainerStateTerminated"),
    (raw.ContainerState, "V1ContainerState"),
    (raw.ContainerStatus, "V1ContainerStatus"),
    (raw.PodStatus, "V1PodStatus"),
    (raw.RawPod, "V1Pod"),
    (raw.Template, "V1PodTemplateSpec"),
    (raw.ListMeta, "V1ListMeta"),
    (raw_owners.JobSpec, "V1JobSpec"),
    (raw_owners.JobStatus, "V1JobStatus"),
    (raw_owners.ScaleSpec, "V1DeploymentSpec"),
    (raw_owners.ScaleSpec, "V1StatefulSetSpec"),
    (raw_owners.ScaleStatus, "V1DeploymentStatus"),
    (raw_owners.ScaleStatus, "V1StatefulSetStatus"),
    (raw_owners.RawEvent, "CoreV1Event"),
    (raw_owners.Involved, "V1ObjectReference"),
    (raw_queues.QuotaStatus, "V1ResourceQuotaStatus"),
    (raw_queues.RawClass, "V1PriorityClass"),
    (raw_queues.Taint, "V1Taint"),
    (raw_queues.NodeSpec, "V1NodeSpec"),
    (raw_queues.NodeStatus, "V1NodeStatus"),
    (raw_queues.NodeInfo, "V1NodeSystemInfo"),
    (raw_queues.Address, "V1NodeAddress"),
    (raw_queues.Group, "V1APIGroup"),
    (raw_queues.Version, "VersionInfo"),
]


def model(name):
    return getattr(importlib.import_module("kubernetes.client"), name)


def known(name):
    """The fields of a model, as JSON spells them."""
    return {field.serialization_alias or key for key, field in model(name).model_fields.items()}


@pytest.mark.parametrize(("struct", "name"), MODELS, ids=lambda one: getattr(one, "__name__", one))
def test_our_fields_are_the_servers(struct, name):
    ours = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert ours <= known(name)


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("Pod", things.pod("p", gpus=8, waiting=("CrashLoopBackOff", "x"), last=("OOMKilled", 137))),
        ("Pod", things.unschedulable("p")),
        ("Job", things.job("j")),
        ("Deployment", things.deployment("d")),
        ("Node", things.node("n", unschedulable=True, taints=[{"key": "k", "effect": "NoSchedule"}])),
    ],
)
def test_the_things_of_the_stand_in_are_the_servers(name, thing):
    assert set(thing["metadata"]) <= known("V1ObjectMeta")
    assert set(thing["spec"]) <= known(f"V1{name}Spec")
    assert set(thing["status"]) <= known(f"V1{name}Status")
