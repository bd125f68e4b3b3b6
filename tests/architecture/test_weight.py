"""What importing costs: a module that does not draw loads nothing that draws, and no heavy library comes by itself.

Every module of the tree is imported in a process of its group, and what it added to ``sys.modules`` is looked at.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRAWS = {"textual", "rich"}
HEAVY = {
    "asyncssh",
    "kubernetes",
    "sqlite_utils",
    "keyring",
    "plotext",
    "pynvml",
    "apprise",
    "httpx",
    "jinja2",
    "babel",
}
SQL = {"sqlite3"}
STRANGERS = {
    "backends": {"console", "widgets", "themes"},
    "themes": {"console", "widgets", "backends"},
    "widgets": {"console", "backends", "themes"},
}
FORBIDDEN = {
    "backends": DRAWS | HEAVY | SQL,
    "themes": DRAWS | HEAVY | SQL,
    "widgets": HEAVY | SQL,
    "console.language": DRAWS | HEAVY | SQL,
    "console.cli": DRAWS | HEAVY | SQL,
    "console.__main__": DRAWS | HEAVY | SQL,
    "console.model": DRAWS | HEAVY | SQL,
    "console.rules": DRAWS | HEAVY | SQL,
    "console.views": DRAWS | HEAVY | SQL,
    "console.services": DRAWS | HEAVY,
    "console.store": DRAWS | HEAVY,
    "console.panes": HEAVY,
    "console.screens": HEAVY,
}
"""For each module or package: what importing any module of it must not load."""
REPORT = """
import importlib, json, sys
forbidden, names = json.load(sys.stdin)
loaded = {}
for name in names:
    before = set(sys.modules)
    importlib.import_module(name)
    new = sorted({m.partition(".")[0] for m in set(sys.modules) - before} & set(forbidden))
    if new:
        loaded[name] = new
print(json.dumps(loaded))
"""


def modules(below: str) -> list[str]:
    """Name a package and every module below it, or the one module, by looking at the files."""
    path = ROOT.joinpath(*below.split("."))
    files = [path.with_suffix(".py")] if path.with_suffix(".py").is_file() else sorted(path.rglob("*.py"))
    dotted = (file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for file in files)
    return [name.removesuffix(".__init__") for name in dotted]


def loaded_by(names: list[str], forbidden: set[str]) -> dict[str, list[str]]:
    """Import modules one after the other in a new process; tell which of them first loaded something forbidden."""
    command = [sys.executable, "-c", REPORT]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        command,
        input=json.dumps([sorted(forbidden), names]),
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    answer: dict[str, list[str]] = json.loads(told.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize("group", FORBIDDEN)
def test_importing_it_loads_nothing_heavy(group: str):
    names = modules(group)
    assert names, f"there is no {group}: take it out of the table"
    assert loaded_by(names, FORBIDDEN[group] | STRANGERS.get(group, set())) == {}


def test_the_modules_are_found_by_looking():
    assert {"backends", "backends.records", "backends.ports", "backends.catalog"} <= set(modules("backends"))
    assert modules("console.language") == ["console.language"]


def test_something_heavy_is_noticed():
    assert loaded_by(["console.version", "textual.app"], DRAWS) == {"textual.app": ["rich", "textual"]}


def test_every_package_of_the_console_is_in_the_table():
    packages = {f"console.{path.parent.name}" for path in ROOT.glob("console/*/__init__.py")}
    assert packages <= set(FORBIDDEN)
