"""How often a real Slurm is asked: as often for five consoles as for none, counted at its tools."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from slurm_cluster import Cluster, until

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "bench"))

from terminal import Terminal, end  # noqa: E402 - pytest imports by path; this folder is no package

TOOLS = ("squeue", "scontrol", "sinfo", "sacct", "sacctmgr", "sprio", "sdiag", "sshare", "sstat", "scancel")
INTERVAL = 2.0
INTERVALS = 4
NOTES = """#!/bin/sh
printf '%s %s\\n' "{name} $1 $2 $3 $4 $5" "$(date +%s.%N)" >> '{file}'
exec '{tool}' "$@"
"""
LISTINGS = {"squeue -h -a -t all -O": "jobs", "scontrol -a -d -o show nodes": "nodes"}
"""What is asked for in each interval, by how its call begins."""


class Desk:
    """A collector whose Slurm tools note that they were called, and consoles that follow it."""

    def __init__(self, slurm: Cluster, root: Path, interval: float = INTERVAL) -> None:
        self.root, self._calls = root, root / "calls"
        self._calls.touch()
        tools = root / "tools"
        tools.mkdir()
        for name in TOOLS:
            tool = shutil.which(name, path=slurm.env["PATH"])
            (tools / name).write_text(NOTES.format(name=name, file=self._calls, tool=tool))
            (tools / name).chmod(0o755)
        (root / "config.toml").write_text(f'[[schedulers]]\nkind = "slurm"\ninterval = {interval:g}\n')
        self.environment = {
            **slurm.env,
            "PATH": f"{tools}:{slurm.env['PATH']}",
            **{f"XDG_{name}_HOME": str(root / name.lower()) for name in ("CONFIG", "DATA", "STATE")},
        }
        self.seats: list[Terminal] = []
        self.collector = subprocess.Popen(
            self.argv("collect"), env={**os.environ, **self.environment}, cwd=HERE.parents[2]
        )

    def argv(self, *verb: str) -> list[str]:
        data = ("--data", str(self.root / "data"), "--config", str(self.root / "config.toml"))
        return [sys.executable, "-P", "-m", "console", *data, *verb]

    def sit(self, shows: str) -> None:
        """Open a console on its jobs, and wait until it shows something."""
        seat = Terminal(self.argv(), 120, 30, self.environment)
        self.seats.append(seat)
        self._wait(seat, "gpus")
        seat.send(":jobs\r")
        self._wait(seat, shows)

    def _wait(self, seat: Terminal, shows: str) -> None:
        end = time.monotonic() + 40
        while shows not in seat.text:
            assert time.monotonic() < end, f"not on the screen: {shows!r}\n{seat.text}"
            seat.read(0.2)

    def verb(self, *words: str) -> str:
        """What a verb prints."""
        done = subprocess.run(
            self.argv(*words),
            env={**os.environ, **self.environment},
            cwd=HERE.parents[2],
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def lapse(self, seconds: float) -> Counter[str]:
        """What is asked while so many seconds pass; the consoles go on painting."""
        before = len(self.calls())
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for seat in self.seats:
                seat.read(0.01)
            time.sleep(min(0.05, left))
        return Counter(LISTINGS.get(call.rpartition(" ")[0], call) for call in self.calls()[before:])

    def calls(self) -> list[str]:
        """Every call so far, with its time."""
        return self._calls.read_text().splitlines()

    def close(self) -> None:
        for seat in self.seats:
            seat.close()
        end(self.collector)


@pytest.fixture
def desk(slurm: Cluster, tmp_path: Path) -> Iterator[Desk]:
    """A collector that notes its calls."""
    made = Desk(slurm, tmp_path)
    try:
        yield made
    finally:
        made.close()


def test_five_consoles_ask_no_more_than_none(slurm: Cluster, desk: Desk) -> None:
    slurm.reach(slurm.submit("-J", "counted", "--gres=gpu:2"), "RUNNING")
    until(lambda: sum(call.startswith("squeue -h") for call in desk.calls()) >= 2, "it lists")
    alone = desk.lapse(INTERVALS * INTERVAL)
    for _ in range(5):
        desk.sit("counted")
    followed = desk.lapse(INTERVALS * INTERVAL)
    for asked in (alone, followed):
        for what in LISTINGS.values():
            assert INTERVALS - 1 <= asked[what] <= INTERVALS + 1, (alone, followed)
    jobs = [float(call.rpartition(" ")[2]) for call in desk.calls() if call.startswith("squeue -h -a -t all -O")]
    pauses = [after - before for before, after in itertools.pairwise(jobs)]
    assert min(pauses) > INTERVAL / 2, "each waits for its interval, whoever has come meanwhile"
    rare = followed - Counter(dict.fromkeys(LISTINGS.values(), INTERVALS + 1))
    assert max(rare.values(), default=0) <= 3, rare


def test_what_was_done_is_listed_at_once_however_long_the_interval(slurm: Cluster, tmp_path: Path) -> None:
    job = slurm.submit("-J", "counted", "--gres=gpu:2")
    slurm.reach(job, "RUNNING")
    desk = Desk(slurm, tmp_path, 120)
    try:
        until(lambda: any(call.startswith("squeue -h") for call in desk.calls()), "it lists")
        until(lambda: f'"job": "{job}"' in desk.verb("get", "jobs", "-o", "json"), "it is listed")
        began = len(desk.calls())
        assert "confirmed" in desk.verb("cancel", job, "--yes")
        (one,) = json.loads(desk.verb("get", "jobs", "--filter", f"job={job}", "-o", "json"))["items"]
        assert one["state"] in ("cancelled", "completing"), "it runs no more, whether or not its node is clean"
        listings = [call for call in desk.calls()[began:] if call.startswith("squeue -h -a -t all -O")]
        assert len(listings) == 1, "once for the act, and no more for who looks"
    finally:
        desk.close()
