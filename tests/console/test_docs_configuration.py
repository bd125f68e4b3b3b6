"""The page on configuration: its examples hold, it names every key, and the units for systemd are sound."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from console.model import config_nodes, config_schedulers
from console.model.config import Config
from console.model.configfile import COLOURS, parse, tables
from console.model.nodesets import MOST

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text("utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
UNITS = ROOT / "docs" / "systemd"


def example(number: int) -> Config:
    return parse(EXAMPLES[number].encode(), Path("/etc/quarterdeck/config.toml"), Path("/home/wang"))


def test_the_example_holds_and_names_every_key() -> None:
    found = example(0)
    assert len(found.nodes) == 17
    assert found.groups["most"] == tuple(f"gpu{number:02d}" for number in range(1, 16))
    written = set(re.findall(r"^(\w+) *=", EXAMPLES[0], re.MULTILINE))
    known = {key for _kind, readers in tables(Path("/")).values() for key in readers} | set(config_nodes.READERS)
    known |= set(config_schedulers.readers(Path("/")))
    assert known <= written
    assert written - known == set(found.groups)


def test_the_defaults_that_the_page_names_hold() -> None:
    ours, said = Config(), example(0)
    assert said.history == ours.history
    assert said.privacy == ours.privacy
    assert (said.ssh.at_once, said.ssh.at_once_per_jump) == (ours.ssh.at_once, ours.ssh.at_once_per_jump)
    assert " ".join(COLOURS) in EXAMPLES[0]
    assert f"{MOST:,} nodes" in PAGE


def test_the_example_of_a_team_holds() -> None:
    assert example(1).team.group == "lab-admins"


def unit(tmp_path: Path, name: str) -> Path:
    """A unit whose command is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = (UNITS / name).read_text("utf-8")
    path = tmp_path / name
    path.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE), "utf-8")
    return path


def analyzed(*arguments: str, tmp_path: Path) -> str:
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_COLORS": "0"}
    done = subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, env=environment, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_the_units_are_sound(tmp_path: Path) -> None:
    assert analyzed("verify", str(unit(tmp_path, "quarterdeck.service")), tmp_path=tmp_path) == ""
    assert analyzed("--user", "verify", str(unit(tmp_path, "quarterdeck-user.service")), tmp_path=tmp_path) == ""


def test_the_unit_of_the_lab_is_hardened(tmp_path: Path) -> None:
    path = unit(tmp_path, "quarterdeck.service")
    said = analyzed("security", "--offline=yes", "--no-pager", str(path), tmp_path=tmp_path)
    level = re.search(r"Overall exposure level for quarterdeck.service: (\d+\.\d+)", said)
    assert level is not None
    assert float(level[1]) <= 2.5


def test_the_units_start_what_there_is() -> None:
    for path in UNITS.glob("*.service"):
        assert re.search(r"^ExecStart=\S+/quarterdeck (--config \S+ )?collect$", path.read_text("utf-8"), re.MULTILINE)
        assert f"systemd/{path.name}" in PAGE
