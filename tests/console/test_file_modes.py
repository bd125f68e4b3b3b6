"""Every file and folder that we write is its user's alone, whatever the umask says, and stands in docs/files.md."""

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=[0o000, 0o077], ids=["000", "077"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def run(home: Path, *words: str, given: str | None = None) -> "subprocess.Popen[str]":
    environ = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    for name, folder in (("CONFIG", "config"), ("DATA", "data"), ("STATE", "state")):
        environ[f"XDG_{name}_HOME"] = str(home / folder)
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "console", *words],
        cwd=home,
        env={**environ, "HOME": str(home), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if given is not None:
        said, complaints = child.communicate(given, timeout=60)
        assert child.returncode in (0, 5), (said, complaints)
    return child


def documented() -> list[re.Pattern[str]]:
    """The patterns of docs/files.md: what stands in code at the begin of a row of its table."""
    rows = re.findall(r"^\| `([^`]+)`", (ROOT / "docs" / "files.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 10
    return [
        re.compile(re.escape(row).replace(r"\*", "[^/]*").replace("LAB", "[^/]+").replace("PID", "[0-9]+"))
        for row in rows
    ]


def test_modes_and_names_of_everything_that_is_written(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    run(home, "secret", "set", "vpn", given="hunter2")
    collector = run(home, "--demo", "--nodes", "2", "--gpus", "2", "--interval", "0.5", "collect")
    try:
        lab = home / "data" / "quarterdeck" / "demo" / "2x2-seed7-speed1"
        end = time.monotonic() + 30
        while not (lab / "lab.sock").exists():
            assert time.monotonic() < end, collector.poll()
            assert collector.poll() is None
            time.sleep(0.05)
        run(home, "--demo", "--nodes", "2", "--gpus", "2", "get", "nodes", given="")
        run(home, "--demo", "--nodes", "2", "--gpus", "2", "forget", "wang", "--yes", given="")
        run(home, "doctor", "--bundle", str(home / "report.tar.gz"), given="")
        patterns, seen = documented(), 0
        for path in sorted(home.rglob("*")):
            mode = path.lstat().st_mode
            allowed = 0o700 if stat.S_ISDIR(mode) else 0o600
            assert stat.S_IMODE(mode) == allowed, f"{path} has mode {stat.S_IMODE(mode):o} under umask {umask:o}"
            if stat.S_ISDIR(mode) or path.name == "report.tar.gz":
                continue
            seen += 1
            name = f"{path.relative_to(home)}".replace("demo/2x2-seed7-speed1/", "").replace(
                "quarterdeck/demo", "quarterdeck"
            )
            assert any(pattern.fullmatch(name) for pattern in patterns), f"docs/files.md does not tell of {name}"
        assert seen >= 5
    finally:
        collector.terminate()
        collector.communicate(timeout=20)
