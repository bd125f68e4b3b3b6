"""Amounts, times, lines and texts: whatever the world says is understood, or unknown, and never an accident."""

import contextlib
import json
import math

import kube_things as things
import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.kubernetes import makers, nodes, pods
from backends.kubernetes.families import World
from backends.kubernetes.fold import Folder
from backends.kubernetes.logs import Output, output_of
from backends.kubernetes.plain import HIDDEN, program, shown
from backends.kubernetes.quantity import is_card, moment, number
from backends.kubernetes.raw import RawPod
from backends.kubernetes.raw_owners import RawJob
from backends.kubernetes.raw_queues import RawNode
from backends.kubernetes.watch import LONGEST, lines
from backends.kubernetes.words import Failure, refused, status_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [("8", 8), (8, 8), ("500m", 0.5), ("1.5Gi", 1.5 * 2**30), ("1e3", 1000), ("2k", 2000), ("12P", 12e15), ("0", 0)],
)
def test_amounts(text, value):
    assert number(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "Gi", "x", "12E", "1e999", "--1", "1 2", None])
def test_what_is_no_amount_is_unknown(text):
    assert number(text) is None


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_unknown(text):
    value = number(text)
    assert value is None or math.isfinite(value)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_unknown(text):
    value = moment(text)
    assert value is None or math.isfinite(value)


def test_times():
    assert moment("1970-01-01T00:01:00Z") == 60
    assert moment("1970-01-01T00:01:00.500000Z") == 60.5
    assert moment("1970-01-01T08:01:00+08:00") == 60


def test_cards():
    names = ["nvidia.com/gpu", "nvidia.com/mig-1g.10gb.shared", "amd.com/gpu", "huawei.com/Ascend310"]
    assert all(map(is_card, names))
    assert not any(map(is_card, ["cpu", "nvidia.com/gpumem", "example.com/gpu", "rdma/hca.shared"]))


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=6), st.data())
def test_lines_do_not_depend_on_how_they_are_cut(whole, data):
    text = b"".join(line + b"\n" for line in whole)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert list(lines(iter(pieces), "here", "/x")) == [line for line in whole if line.strip()]


def test_a_line_without_an_end_is_refused():
    endless = (b"x" * (1 << 20) for _ in range(LONGEST // (1 << 20) + 2))
    with pytest.raises(Failure, match="not Kubernetes"):
        list(lines(endless, "here", "/x"))


@settings(deadline=None)
@given(JSON)
def test_an_object_is_shown_as_yaml_that_says_the_same(value):
    clean = json.loads(json.dumps(value).replace("managedFields", "other").replace('"value"', '"other"'))
    text = shown(clean)
    if all(part.isprintable() for part in text.split("\n")):  # YAML itself refuses control characters
        assert yaml.safe_load(text) == clean


def test_secrets_are_not_shown():
    env = [{"name": "API_KEY", "value": "sk-1"}, {"name": "X", "value": "1"}]
    text = shown({"metadata": {"managedFields": [1], "annotations": {}}, "spec": {"containers": [{"env": env}]}})
    assert "sk-1" not in text
    assert HIDDEN in text
    assert "managedFields" not in text
    assert program({"containers": [{"env": env}]}).environment == {"API_KEY": HIDDEN, "X": "1"}


@given(JSON)
def test_a_program_is_read_from_anything(value):
    program(value)
    program({"containers": [value]})
    program({"containers": [{"command": value, "args": value, "env": value}]})


@given(st.binary(max_size=200))
def test_a_refusal_of_any_form_has_words(body):
    failure = refused(500, body, "here", "/x")
    text = failure.trouble.text.format(**failure.trouble.values)
    assert text.isprintable()
    assert status_of(body).message is None or status_of(body).message.isprintable() or body.lstrip().startswith(b"{")


def test_a_budget_speaks_for_itself():
    said = "The disruption budget web needs 3 healthy pods and has 3 currently"
    body = {
        "code": 429,
        "message": "Cannot evict pod",
        "details": {"causes": [{"reason": "DisruptionBudget", "message": said}]},
    }
    assert refused(429, json.dumps(body).encode(), "here", "/x").said == said


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("p/c", Output("n", "p", "c")),
        ("p/c/previous", Output("n", "p", "c", True)),
        ("p/c/x", None),
        ("p", None),
        ("/c", None),
        ("p/", None),
    ],
)
def test_outputs(name, output):
    assert output_of("n", name) == output


def test_names_cannot_leave_their_place():
    assert Output("../x", "a/b?c", "d").path == "/api/v1/namespaces/..%2Fx/pods/a%2Fb%3Fc/log"


@given(JSON, JSON, JSON)
def test_odd_objects_are_refused_by_the_decoder_or_made_small(meta, spec, status):
    body = json.dumps({"metadata": meta, "spec": spec, "status": status})
    for raw, make in ((RawPod, pods.seen), (RawJob, makers.batch_job)):
        try:
            thing = msgspec.json.decode(body, type=raw)
        except msgspec.ValidationError:
            continue
        make(thing)


NUMBERS = st.integers(-(2**80), 2**80) | st.integers(-5, 5)
AMOUNTS = NUMBERS | st.sampled_from(["1E", "900P", "-3", "x", "", "1e300", "0.5", "8"])


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, NUMBERS, NUMBERS), min_size=1, max_size=3), NUMBERS)
def test_whatever_numbers_a_server_says_can_be_sent_on(told, parallelism):
    seen, made = [], []
    for number_, (cards, memory, restarts, code) in enumerate(told):
        thing = things.job(f"j{number_}", parallelism=parallelism, status={"failed": restarts})
        pod = things.pod(f"p{number_}", owner=things.of(thing, "Job"), terminated=("Error", code), restarts=restarts)
        limits = {"nvidia.com/gpu": cards, "memory": memory, "cpu": memory}
        for spec in (pod["spec"], thing["spec"]["template"]["spec"]):
            spec["containers"] = [{"name": "main", "resources": {"limits": limits}}] * 3
        for raw, make, found, value in ((RawPod, pods.seen, seen, pod), (RawJob, makers.batch_job, made, thing)):
            with contextlib.suppress(msgspec.ValidationError):
                found.append(make(msgspec.json.decode(json.dumps(value), type=raw)))
    jobs = Folder().fold(World(seen, made), 0.0)
    node = nodes.node(msgspec.json.decode(json.dumps(things.node("n1", gpus=told[0][0])), type=RawNode))
    msgspec.json.encode([jobs, nodes.capacities([node], seen)])
    msgspec.msgpack.encode([jobs, nodes.capacities([node], seen)])
