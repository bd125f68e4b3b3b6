"""The patterns that come with the program."""

import pytest

from console.rules.progress.lines import Reader
from console.rules.progress.pattern import Known
from console.rules.progress.pattern_file import OURS, parse


@pytest.fixture(scope="session")
def known() -> Known:
    return parse(OURS.read_bytes(), str(OURS))


@pytest.fixture(scope="session")
def reader(known: Known) -> Reader:
    return Reader(known)
