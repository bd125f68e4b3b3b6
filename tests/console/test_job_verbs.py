"""Verbs that act on jobs and read them, as a person calls them, on a simulated lab with a collector of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.services.follower import glance

Called = subprocess.CompletedProcess[str]
Calling = Callable[..., Called]


@pytest.fixture(scope="module")
def verb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calling]:
    """Call a verb on a small simulated lab; its collector ends with the tests."""
    home = tmp_path_factory.mktemp("acts")
    environment = {
        **os.environ,
        **{f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE")},
        "PYTHONUTF8": "1",
    }
    root = Path(__file__).parents[2]

    def call(*words: str, lang: str = "en") -> Called:
        command = [sys.executable, "-P", "-m", "console", "--lang", lang, "--demo", *words]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, timeout=60, cwd=root
        )

    yield call
    for path in (home / "data").rglob("lab.sock"):
        asked = asyncio.run(glance(path))
        if asked is not None:
            os.kill(asked[0].pid, signal.SIGTERM)


def jobs(verb: Calling, expression: str) -> list[dict[str, object]]:
    """The jobs that pass; a collector that is only looked at shows what was done with its next listing."""
    found = verb("get", "jobs", "--filter", expression, "-o", "json")
    items: list[dict[str, object]] = json.loads(found.stdout)["items"]
    return items


def test_a_dry_run_says_exactly_what_would_be_sent(verb: Calling) -> None:
    assert verb("describe", "job", "no-such-job").returncode == 1  # and now its collector runs
    (one, *_) = jobs(verb, "state=running & source=slurm & gpus=8")
    told = verb("cancel", str(one["job"]), "--dry-run")
    assert told.returncode == 0, told.stderr
    assert f"runs     scancel {one['job']}\n" in told.stdout
    assert "nothing was sent" in told.stdout
    assert jobs(verb, f"job={one['job']} & state=running"), "it still runs"


def test_nothing_is_sent_where_nobody_says_yes(verb: Calling) -> None:
    (one, *_) = jobs(verb, "state=running & source=slurm & gpus=8")
    asked = verb("cancel", str(one["job"]))
    assert (asked.returncode, "--yes" in asked.stderr) == (2, True)


def test_it_is_confirmed_by_what_the_scheduler_lists(verb: Calling) -> None:
    (one, *_) = jobs(verb, "state=running & source=slurm & gpus=8")
    done = verb("cancel", str(one["job"]), "--yes", "--reason", "a test")
    assert (done.returncode, done.stdout.splitlines()[-1].split()[:3]) == (
        0,
        [str(one["job"]), "confirmed", "cancelled"],
    )
    again = verb("cancel", str(one["job"]), "--yes")
    assert (again.returncode, "It has ended: cancelled." in again.stdout) == (1, True)


def test_what_is_denied_says_so(verb: Calling) -> None:
    (one, *_) = jobs(verb, "name=nightly-regression")
    denied = verb("cancel", str(one["job"]), "--yes")
    assert (denied.returncode, "denied" in denied.stdout) == (4, True)


def test_a_filter_means_no_more_than_passes_it(verb: Calling) -> None:
    running = {job["array"] for job in jobs(verb, "array~. & state=running & source=slurm")}
    rest = next(job for job in jobs(verb, "tasks~% & state=pending") if job["job"] in running)
    part = verb("cancel", "--filter", f"job={rest['job']} & state=pending", "--yes")
    assert part.returncode == 1
    assert "only a part" in part.stderr
    both = verb("hold", "--filter", "user=li & state=pending & reason!=JobHeldUser", "--dry-run")
    assert both.returncode == 0, both.stderr
    assert verb("cancel").returncode == 1


def test_the_document_of_a_job_names_its_values(verb: Calling) -> None:
    (one, *_) = jobs(verb, "state=running & source=slurm & gpus=8")
    found = json.loads(verb("describe", "job", str(one["job"]), "-o", "json").stdout)
    assert (found["source"], found["id"], found["job"]["state"]) == ("slurm", one["job"], "running")
    assert sum(len(held["slots"]) for held in found["job"]["held"]) == 8
    assert {"at", "kind", "text", "subject", "count"} == set(found["events"][0])
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
    part = page[page.index("## describe job") :]
    assert all(f"`{key}`" in part for key in found)


def test_why_and_the_log_answer_in_both_languages(verb: Calling) -> None:
    (one, *_) = jobs(verb, "state=pending & reason=Priority")
    assert "ahead" in verb("why", str(one["job"])).stdout
    assert "原因" in verb("why", str(one["job"]), lang="zh").stdout
    (runs, *_) = jobs(verb, "state=running & source=slurm & gpus>0")
    logs = verb("logs", str(runs["job"]), "--back", "2000")
    assert (logs.returncode, bool(logs.stdout.strip())) == (0, True)


def test_why_of_a_heterogeneous_job_explains_its_first_part_that_waits(verb: Calling) -> None:
    parts = [str(one["job"]) for one in jobs(verb, "state=pending & source=slurm") if "+" in str(one["job"])]
    told = verb("why", parts[0].partition("+")[0])
    assert told.returncode == 0
    assert told.stdout.startswith(f"slurm/{parts[0]} ")


def test_why_of_a_job_that_waits_for_a_limit_names_nobody_who_holds_cards(verb: Calling) -> None:
    (one, *_) = jobs(verb, "state=pending & reason=PartitionTimeLimit")
    told = verb("why", str(one["job"])).stdout
    assert "place" in told
    assert "held by" not in told
    assert "short" not in told


def test_why_names_the_node_that_is_out_of_service(verb: Calling) -> None:
    (one, *_) = jobs(verb, "state=pending & reason=ReqNodeNotAvail")
    told = verb("why", str(one["job"])).stdout.splitlines()
    assert told[1].startswith("why        needs gpu-")
    assert ", which is out of service: " in told[1]
    assert any("It can start when gpu-" in line for line in told)
