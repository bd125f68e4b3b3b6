"""Values, ids, node lists and cards as the tools spell them: the known spellings, and anything else at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.slurm.gres import Cards, cards_of, ranges, tres_of
from backends.slurm.hostlist import nodes_of
from backends.slurm.ids import count_of, name_of, typed
from backends.slurm.output_path import expanded, filled
from backends.slurm.values import exit_pair, minutes, moment, number, pairs, real, size, span, wait_status


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1-00:00:00", 86400.0),
        ("00:30:00", 1800.0),
        ("10:00", 600.0),
        ("0:05", 5.0),
        ("2-12", 2 * 86400 + 12 * 3600.0),
        ("15", 900.0),
        ("00:00.002", 0.0),
        ("UNLIMITED", None),
        ("INVALID", None),
        ("NOT_SET", None),
        ("Partition_Limit", None),
        ("", None),
    ],
)
def test_spans(said: str, seconds: float | None):
    assert span(said) == seconds


@pytest.mark.parametrize(
    ("said", "utc"),
    [
        ("1970-01-02T00:00:00", 86400.0),
        ("2026-11-21T19:09:26", 1795288166.0),
        ("Unknown", None),
        ("N/A", None),
        ("None", None),
        ("2026-13-21T19:09:26", None),
        ("21 Nov 2026 19:09:2", None),
    ],
)
def test_moments(said: str, utc: float | None):
    assert moment(said) == utc


@pytest.mark.parametrize(
    ("said", "count"),
    [("4000M", 4000 << 20), ("62.50G", int(62.5 * 2**30)), ("500", 500 << 20), ("4Gn", 4 << 30), ("16?", None)],
)
def test_sizes(said: str, count: int | None):
    assert size(said) == count


def test_how_jobs_ended():
    assert wait_status("768") == (3, None)
    assert wait_status("15") == (0, 15)
    assert wait_status("9") == (0, 9)
    assert exit_pair("3:0") == (3, None)
    assert exit_pair("0:125") == (0, 125)
    assert exit_pair("") == (None, None)


def test_a_limit_is_never_shorter_than_asked():
    assert [minutes(seconds) for seconds in (1, 60, 61, 125, 86400)] == ["1", "1", "2", "3", "1440"]


@pytest.mark.parametrize(
    ("said", "id_", "array", "tasks", "count", "het"),
    [
        ("17", "17", None, None, 1, None),
        ("4_0", "4_0", "4", None, 1, None),
        ("4_[2-9%2]", "4", "4", "2-9%2", 8, None),
        ("4_[2-9,14%4]", "4", "4", "2-9,14%4", 9, None),
        ("16_[1-898:3]", "16", "16", "1-898:3", 300, None),
        ("16_[1,4,7,...]", "16", "16", "1,4,7,...", 3, None),
        ("16_[1,4,7,...", "16", "16", "1,4,7,...", 3, None),
        ("18+1", "18+1", None, None, 1, "18"),
    ],
)
def test_ids(said: str, id_: str, array: str | None, tasks: str | None, count: int, het: str | None):
    name = name_of(said)
    assert name is not None
    assert (name.id, name.array, name.tasks, name.count, name.het) == (id_, array, tasks, count, het)
    assert typed(name.id)


@pytest.mark.parametrize("said", ["", "x", "1;rm", "-1", "4_", "4_[1", "1 2", "1\n2", "٣", "all", "--me"])
def test_what_is_no_id_is_never_handed_to_a_tool(said: str):
    assert not typed(said)


@pytest.mark.parametrize(
    ("said", "cards"),
    [
        ("gres:gpu:4", Cards(4)),
        ("gres/gpu:4", Cards(4)),
        ("gres:gpu:a100:2", Cards(2, "a100")),
        ("gres/gpu:a100:2", Cards(2, "a100")),
        ("gres:gpu", Cards(1)),
        ("gres/gpu:h100", Cards(1, "h100")),
        ("gpu:a100:4", Cards(4, "a100")),
        ("gpu:a100:2(IDX:0-1)", Cards(2, "a100", (0, 1))),
        ("gpu:a100:3(IDX:0-1,3)", Cards(3, "a100", (0, 1, 3))),
        ("gpu:a100:0(IDX:N/A)", Cards(0, "a100", ())),
        ("gpu:a100:4(S:0-1)", Cards(4, "a100")),
        ("gpu:3090:8", Cards(8, "3090")),
        ("gpu:1g.10gb:3(IDX:0-2)", Cards(3, "1g.10gb", None)),
        ("gpu:nvidia_a100_3g.20gb:1(IDX:4)", Cards(1, "nvidia_a100_3g.20gb", None)),
        ("gpu:a100:2(IDX:0-1),gpu:1g.10gb:0(IDX:N/A)", Cards(2, None, (0, 1))),
        ("gpu:a100:2(IDX:0-1),gpu:v100:1(IDX:2)", Cards(3, None, (0, 1, 2))),
        ("gpu:a100:1(IDX:0),nic:2(IDX:0-1),shard:gpu:4", Cards(1, "a100", (0,))),
        ("cpu=4,mem=4000M,node=1,billing=4,gres/gpu=2", Cards(2)),
        ("cpu=4,gres/gpu=8,gres/gpu:a100=8", Cards(8, "a100")),
        ("cpu=4,gres/gpu:a100=6,gres/gpu:v100=2", Cards(8)),
        ("N/A", Cards(0, None, ())),
        ("gres/gpumem=20G,gres/gpuutil=50", Cards(0, None, ())),
    ],
)
def test_cards(said: str, cards: Cards):
    found = cards_of(said)
    assert (found.count, found.kind) == (cards.count, cards.kind)
    if "IDX" in said:
        assert found.slots == cards.slots


def test_trackable_resources():
    tres = tres_of("cpu=4,mem=2000M,node=2,billing=4,gres/gpu=8")
    assert (tres.cpus, tres.memory, tres.nodes, tres.cards) == (4, 2000 << 20, 2, Cards(8))
    assert tres_of("cpu=1,mem=500M,node=1").cards is None
    assert tres_of("").cpus is None


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("gpu01", ["gpu01"]),
        ("gpu[02-03]", ["gpu02", "gpu03"]),
        ("node[001-003,12]", ["node001", "node002", "node003", "node12"]),
        ("a,b[1-2],c", ["a", "b1", "b2", "c"]),
        ("rack[1-2]n[08-10]", [f"rack{rack}n{node}" for rack in (1, 2) for node in ("08", "09", "10")]),
        ("n[9-11]-ib", ["n9-ib", "n10-ib", "n11-ib"]),
        ("(null)", []),
        ("None assigned", []),
        ("", []),
        ("n[1-999999999]", ["n[1-999999999]"]),
        ("n[3-1]", ["n[3-1]"]),
        ("n[a-b]", ["n[a-b]"]),
    ],
)
def test_node_lists(said: str, names: list[str]):
    assert list(nodes_of(said)) == names


@given(st.lists(st.integers(0, 999), min_size=1, max_size=30, unique=True))
def test_node_lists_agree_with_clustershell(numbers: list[int]):
    from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet

    names = [f"gpu{number:03}" for number in sorted(numbers)]
    folded = str(NodeSet.fromlist(names, resolver=RESOLVER_NOGROUP))
    assert list(nodes_of(folded)) == names


@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(text: str):
    for read in (span, moment, size, number, real, wait_status, exit_pair, name_of, nodes_of, pairs, ranges, count_of):
        read(text)
    cards = cards_of(text)
    assert cards.count >= 0
    tres_of(text)
    filled({"StdOut": text, "WorkDir": text, "JobName": text})


@given(st.text(alphabet=",-:%0123456789[]_+", max_size=40))
def test_any_id_is_read_without_an_error(text: str):
    name = name_of(text)
    assert name is None or (typed(name.id) or len(name.id) > 18)
    assert count_of(text) >= 1


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("/o/%x-%j.out", "/o/train-13.out"),
        ("/o/%A_%a.out", "/o/4_0.out"),
        ("/o/%5j", "/o/00013"),
        ("/o/%u/%N", "/o/alice/gpu02"),
        ("%%j", "/tmp/%j"),
        ("out.log", "/tmp/out.log"),
        ("/o/\\%j", "/o/\\%j"),
    ],
)
def test_paths_with_patterns(path: str, whole: str):
    said = {
        "JobId": "13", "ArrayJobId": "4", "ArrayTaskId": "0", "JobName": "train", "UserId": "alice(1000)",
        "NodeList": "gpu[02-03]", "WorkDir": "/tmp", "StdOut": path, "StdErr": "",
    }  # fmt: skip
    assert filled(said) == (whole, whole)


@given(st.text(max_size=40))
def test_what_is_no_pattern_stays_as_it_is(path: str):
    values = dict.fromkeys("AaJjNnstux", "") | {"%": "%"}
    if not re.search(r"%\d*[%AaJjNnstux]", path):
        assert expanded(path, values) == path
