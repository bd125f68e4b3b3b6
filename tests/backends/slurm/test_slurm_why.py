"""``quarterdeck why`` as a person calls it, on a real Slurm: what keeps a job, who has it, since when, what helps."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from slurm_cluster import Cluster, until

Why = Callable[[str], list[str]]


@pytest.fixture
def why(slurm: Cluster, tmp_path: Path) -> Why:
    """Ask why a job waits; the lines without the words on their left."""
    config = tmp_path / "config.toml"
    config.write_text('[[schedulers]]\nkind = "slurm"\n')
    environment = {**slurm.env, "PYTHONUTF8": "1", "TZ": "UTC"}
    environment |= {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "STATE")}

    def ask(job: str) -> list[str]:
        command = [sys.executable, "-P", "-m", "console", "--lang", "en", "--config", str(config), "why", job]
        root = Path(__file__).parents[3]
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, cwd=root
        )
        assert done.returncode == 0, done.stderr
        return [line[11:] for line in done.stdout.splitlines()[1:]]

    return ask


def waits(slurm: Cluster, job: str, reason: str) -> None:
    """Wait for a job to wait for that."""
    until(lambda: reason in slurm.tool("squeue", "-h", "-j", job, "-o", "%r"), f"{job} waits for {reason}")


def test_a_node_that_it_names_is_drained(slurm: Cluster, why: Why) -> None:
    slurm.tool("scontrol", "update", "nodename=gpu02", "state=drain", "reason=ECC errors, RMA 4711")
    job = slurm.submit("-w", "gpu02", "--gres=gpu:1")
    waits(slurm, job, "ReqNodeNotAvail")
    told = why(job)
    assert told[0] == "needs gpu02, which is out of service: ECC errors, RMA 4711"
    assert told[1].startswith("gpu02 has been drained since 20")
    assert told[1].endswith(" UTC, by root: ECC errors, RMA 4711")
    assert told[2] == "It can start when gpu02 is back in service: scontrol update nodename=gpu02 state=resume"
    assert told[3].startswith("It could start elsewhere")
    assert "nodes: 1 needed, 0 free" in told
    slurm.tool("scontrol", "update", "nodename=gpu02", "state=resume")
    slurm.reach(job, "RUNNING")


def test_every_node_of_its_partition_is_drained(slurm: Cluster, why: Why) -> None:
    slurm.tool("scontrol", "update", "nodename=gpu04", "state=drain", "reason=new NIC")
    job, wide = slurm.submit("-p", "debug"), slurm.submit("-N4", "--gres=gpu:4")
    waits(slurm, job, "Nodes required for job are DOWN")
    waits(slurm, wide, "Nodes required for job are DOWN")
    told = why(job)
    assert told[0] == "the only node that it could use is out of service: gpu04"
    assert told[1].endswith(", by root: new NIC")
    assert not any("becomes free" in line for line in told)
    assert why(wide)[0] == "needs 4 nodes; of the 4 that it could use, 1 is out of service: gpu04"


def test_who_is_ahead_and_who_holds_it(slurm: Cluster, why: Why) -> None:
    fill = slurm.submit("-J", "fill", "-N4", "--gres=gpu:3", "-t60")
    slurm.reach(fill, "RUNNING")
    first, second = slurm.submit("-J", "first", "-N4", "--gres=gpu:4", "-t30"), slurm.submit("--gres=gpu:4", "-t60")
    waits(slurm, first, "Resources")
    waits(slurm, second, "Priority")
    told = why(first)
    assert told[:3] == [
        "needs 4 whole nodes, none is free",
        "It waits until what it needs becomes free.",
        "1 in gpu; nobody is ahead",
    ]
    assert any(line.startswith(f"{fill} ") and "12 GPUs  until" in line for line in told)
    told = why(second)
    assert told[:3] == [
        "needs 1 whole node, none is free",
        "Others go first: jobs before it in the queue wait for the same.",
        "2 in gpu; 1 job is ahead",
    ]
    assert any(line.startswith(f"{first} ") and line.endswith("pending  16 GPUs") for line in told)
    assert any(line.startswith("Up to 10000 points") for line in told), "the rules are waited for"


def test_what_waits_for_another_or_is_held(slurm: Cluster, why: Why) -> None:
    runs = slurm.submit("-J", "runs")
    slurm.reach(runs, "RUNNING")
    after, mine = slurm.submit(f"--dependency=afterok:{runs}"), slurm.submit("--hold")
    theirs = slurm.submit("--begin=now+1hour")
    slurm.tool("scontrol", "hold", theirs)
    waits(slurm, after, "Dependency")
    assert why(after)[0] == f"It waits until {runs} (runs) has ended well, which still runs."
    assert why(mine)[0] == "Its owner holds it back; it waits until it is released."
    assert why(theirs)[0] == "An administrator holds it back; only an administrator can release it."
