"""The import contracts hold, and each of them is seen to break when a wrong import is put into a copy of the tree."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("console", "widgets", "backends", "themes")
WRONG = {
    "Nothing outside console imports console": ("widgets", "import console.version"),
    "The three libraries have never heard of each other": ("widgets", "import backends.records"),
    "Inside console, imports go down": ("console/model", "import console.services"),
    "Textual is known to what is drawn, and to nothing else": ("console/services", "import textual"),
    "What is pure does no I/O": ("console/views", "import sqlite3"),
}
"""For each contract: where a wrong import is put, and which."""


def contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


def lint_imports(tree: Path) -> tuple[int, str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache"]
    env = {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    return tmp_path


def test_the_contracts_hold():
    status, said = lint_imports(ROOT)
    assert status == 0, said
    assert f"{len(contracts())} kept, 0 broken" in said


def test_every_contract_has_a_wrong_import_to_break_it():
    assert set(contracts()) == set(WRONG)


@pytest.mark.parametrize("contract", WRONG)
def test_a_wrong_import_breaks_the_contract(contract: str, tree: Path):
    folder, statement = WRONG[contract]
    (tree / folder / "wrong.py").write_text(statement + "\n")
    status, said = lint_imports(tree)
    assert status == 1, said
    assert f"{contract} BROKEN" in said
