"""The page on JSON names every key that the documents have, and no other."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from backends.jobs import Held, Job, JobState, Pod, Queue, QueueState, Quota, Service, Services
from backends.records import Card, CardHealth, Link, NodeProcesses, Part, PartSample, Process, ProcessUse
from backends.records import GpuSample as Gpu
from console.model.checks import Check, Outcome
from console.model.fleet import Node
from console.model.judged import JudgedCard, JudgedNode, Point, Status
from console.model.judged_jobs import JudgedJob, JudgedQueue, Told, Why
from console.model.severity import Severity
from console.rules import health
from console.views import export
from console.views.listing import LISTINGS, Seen

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")


def documented(head: str) -> list[str]:
    """The keys of the first table behind a line that begins so."""
    rest = PAGE[PAGE.index(f"\n{head}") :]
    table = re.search(r"\n\| key .*?(?=\n\n|\Z)", rest, re.DOTALL)
    assert table is not None
    rows = table[0].strip().splitlines()[2:]
    return [key for row in rows for key in re.findall(r"`([a-z0-9_]+)`", row.split("|")[1])]


@pytest.fixture
def items() -> dict[str, dict[str, object]]:
    """One item of each kind, with something in each of its lists."""
    card = Card(0, "GPU-1", parts=(Part(0),))
    use = ProcessUse(0)
    processes = NodeProcesses("n", 0.0, 0.0, (Process(1, uses=(use,)),))
    point = Point(Severity.CRITICAL, "lost", "The GPU is lost: it was here and is no longer found.")
    sample = Gpu(0, parts=(PartSample(0, 1),))
    judged = JudgedCard(card, sample, CardHealth(0, links=(Link(0),)), Status.LOST, (point,), None)
    node = JudgedNode(Node("n", processes=processes), Status.OK, (), (judged,), stale=False)
    why = Why("priority", "Others go first.")
    job = Job("1", held=(Held("n"),), pods=(Pod("p", "u"),))
    judged_job = JudgedJob("slurm", job, why=(why,), points=(point,))
    queue = JudgedQueue("slurm", Queue("q", quotas=(Quota("gpu"),)))
    services = Services("slurm", 0.0, 0.0, (Service("slurmctld"),))
    seen = Seen(0.0, 0.0, [node], [judged_job], [queue], [services])
    found = {}
    for kind, listing in LISTINGS.items():
        made = listing()
        text = export.document(kind, 0.0, [], made.rows(seen), made.columns)
        (found[kind],) = json.loads(text)["items"]
    return found


@pytest.mark.parametrize("kind", list(LISTINGS))
def test_every_key_of_an_item_is_named_in_its_order(items: dict[str, dict[str, object]], kind: str) -> None:
    page = "queues" if kind == "partitions" else kind  # they are queues of one kind
    assert documented(f"## {page}") == list(items[kind])


@pytest.mark.parametrize(
    ("head", "key"),
    [("Each of `problems`", "problems"), ("Each of `parts`", "parts"), ("Each of `processes`", "processes")],
)
def test_every_key_of_a_list_is_named(items: dict[str, dict[str, object]], head: str, key: str) -> None:
    (one,) = items["gpus"][key]  # type: ignore[misc]
    assert sorted(documented(head)) == sorted(one)


@pytest.mark.parametrize(
    ("kind", "key"), [("jobs", "whys"), ("jobs", "problems"), ("jobs", "held"), ("jobs", "pods"), ("queues", "quotas")]
)
def test_every_key_of_a_list_of_schedulers_is_named(items: dict[str, dict[str, object]], kind: str, key: str) -> None:
    (one,) = items[kind][key]  # type: ignore[misc]
    part = PAGE[PAGE.index(f"\n## {kind}") :]
    line = next(line for line in part.splitlines() if line.startswith(f"| `{key}`"))
    assert set(one) <= set(re.findall(r"`([a-z_]+)`", line))


def test_every_key_of_health_is_named(items: dict[str, dict[str, object]]) -> None:
    found = items["gpus"]["health"]
    assert isinstance(found, dict)
    assert sorted(documented("`health`")) == sorted(found)
    line = next(line for line in PAGE.splitlines() if line.startswith("| `links`"))
    assert set(found["links"][0]) <= set(re.findall(r"`([a-z_]+)`", line))


def test_every_key_of_the_document_is_named() -> None:
    document = json.loads(export.document("gpus", 0.0, [], [], ()))
    assert documented("## The document") == list(document)


def test_every_state_and_every_outcome_is_named() -> None:
    words = set(re.findall(r"`([a-z0-9]+)`", PAGE))
    assert {str(status) for status in (*Status, *JobState, *QueueState, *Told)} <= words | {
        "out_of_memory",
        "node_fail",
    }
    assert {"out_of_memory", "node_fail"} <= set(re.findall(r"`([a-z_]+)`", PAGE))
    assert {str(outcome) for outcome in Outcome} <= words
    assert set(msgspec.structs.asdict(Check("", Outcome.GOOD, ""))) <= words


def test_every_code_of_a_problem_is_named() -> None:
    source = Path(health.__file__).read_text("utf-8")
    codes = set(re.findall(r'(?:Severity\.\w+|severity), "([a-z]+)"', source))
    assert {"lost", "skew", "nvlink", "remap"} <= codes
    words = PAGE[PAGE.index("## Words") :]
    assert codes - set(re.findall(r"`([a-z]+)`", words)) == set()
