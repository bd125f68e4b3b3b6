"""The tests that share a costly thing go to one worker, and a worker can hand over whatever a test has printed."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from shares import LONGEST, TOGETHER, sayable, share, turn

ROOT = Path(__file__).parents[2]


def test_a_share_is_a_file_or_what_needs_the_same():
    assert share("tests/a/test_b.py::test_c[d::e]") == "tests/a/test_b.py"
    assert share("tests/backends/slurm/test_slurm_source.py::test_a") == "slurm"


@pytest.mark.parametrize("name", [*TOGETHER, *(name for name in LONGEST if "/" in name)])
def test_what_is_listed_is_there(name: str):
    assert (ROOT / name).exists()


def test_the_longest_begin_first_and_the_others_as_they_are():
    tests = ["tests/a/test_b.py::test_c", *(f"{name}::test_a" for name in LONGEST if "/" in name)]
    assert sorted(tests, key=turn) == [*tests[1:], tests[0]]


def test_what_is_no_utf8_can_be_handed_over():
    report = {"sections": [("log", "/data/\udcff")], "duration": 1.0, "longrepr": None}
    assert sayable(report) == {"sections": [("log", "/data/\\udcff")], "duration": 1.0, "longrepr": None}
