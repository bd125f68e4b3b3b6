"""The child that fills a simulated lab's past ends with its collector, however early that was killed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.demo import past
from console.model.settings import Demo
from console.rehearsal import Task, fill
from console.store.database import Database

NOW = 1_795_305_300.0


@pytest.mark.parametrize(
    ("parent", "goes_on"), [(None, True), (os.getppid(), True), (1 << 30, False)], ids=["any", "its own", "another"]
)
def test_it_fills_for_its_own_collector_alone(
    parent: int | None, goes_on: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WentOn(Exception):  # noqa: N818 - it is no error
        """It asked for more."""

    def said(*_of: object) -> Iterator[tuple[float, tuple[()]]]:
        yield NOW - 60.0, ()
        raise WentOn

    monkeypatch.setattr(past, "said", said)
    path = tmp_path / "lab.db"
    database = Database(path)
    task = Task(database.generation, Demo(2, 2), NOW, (NOW - 300.0, NOW), parent)
    try:
        if goes_on:
            with pytest.raises(WentOn):
                fill(path, task)
        else:
            fill(path, task)
    finally:
        database.close()
