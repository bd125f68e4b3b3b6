"""Every way in which somebody installs it gives a `quarterdeck` that starts, and owns its four names alone."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from console.version import __version__

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("online")]
BIN = Path(sys.executable).parent
PACKAGES = ("console", "widgets", "backends", "themes")
OWNERS = "import json, importlib.metadata as m; print(json.dumps(m.packages_distributions()))"
OURS = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")


def run(*command: str | Path, cwd: Path, **extra: str) -> str:
    """Run a step away from this tree and its environment; return what it printed."""
    env = {name: value for name, value in os.environ.items() if name not in OURS} | extra
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed(what: Path, home: Path, *options: str) -> Path:
    """Install into an empty environment with pip, as the documentation of Python tells; return its bin folder."""
    run(sys.executable, "-m", "venv", "--without-pip", home / "env", cwd=home)
    python = home / "env" / "bin" / "python"
    run(BIN / "uv", "pip", "install", "--quiet", "--python", python, *options, what, cwd=home)
    return python.parent


def starts(program: Path, cwd: Path) -> bool:
    return __version__ in run(program, "--version", cwd=cwd)


@pytest.mark.parametrize("made", ["wheel", "sdist", "wheel_of_sdist"])
def test_a_distribution_is_installed(made: str, tmp_path: Path, request: pytest.FixtureRequest):
    where = installed(request.getfixturevalue(made), tmp_path)
    assert starts(where / "quarterdeck", tmp_path)
    assert __version__ in run(where / "python", "-m", "console", "--version", cwd=tmp_path)
    owners = json.loads(run(where / "python", "-c", OWNERS, cwd=tmp_path))
    assert {name: owners[name] for name in PACKAGES} == {name: ["quarterdeck"] for name in PACKAGES}


def test_an_editable_install_sees_a_new_file_at_once(tree: Path, tmp_path: Path):
    where = installed(tree, tmp_path, "--editable")
    assert starts(where / "quarterdeck", tmp_path)
    new = tree / "widgets" / "brand_new.py"
    new.write_text("HERE = 1\n")
    try:
        run(where / "python", "-c", "import widgets.brand_new", cwd=tmp_path)
    finally:
        new.unlink()
    assert (tree / "console" / "locale" / "zh_CN" / "LC_MESSAGES" / "quarterdeck.mo").is_file()


def test_uv_installs_it_as_a_tool(wheel: Path, tmp_path: Path):
    folders = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    run(BIN / "uv", "tool", "install", "--quiet", "--python", sys.executable, wheel, cwd=tmp_path, **folders)
    assert starts(tmp_path / "bin" / "quarterdeck", tmp_path)


def test_pipx_installs_it(wheel: Path, tmp_path: Path):
    folders = {"PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    run(BIN / "pipx", "install", "--quiet", "--python", sys.executable, wheel, cwd=tmp_path, **folders)
    assert starts(tmp_path / "bin" / "quarterdeck", tmp_path)


def test_the_wheels_are_the_same(wheel: Path, wheel_of_sdist: Path):
    with zipfile.ZipFile(wheel) as direct, zipfile.ZipFile(wheel_of_sdist) as through:
        assert set(direct.namelist()) == set(through.namelist())
