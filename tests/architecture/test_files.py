"""What every source file keeps to: its length, an ``__init__`` that only says what it is, tasks that are held."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("console", "widgets", "backends", "themes")
LONGEST = 400
MAY_BE_LONGER = {
    "backends/probe/program.py": "it is sent to a node as one file",
    "backends/records.py": "it is the vocabulary, and is read from top to bottom",
    "backends/jobs.py": "so is this, of schedulers",
}
SOURCES = sorted(path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def parsed(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text(encoding="utf-8"), source)


def thrown_away(tree: ast.AST) -> list[int]:
    """Tell the lines on which a task is started and nobody holds it (asyncio does not); a TaskGroup holds its own."""
    starts = ("create_task", "ensure_future")
    groups = {
        item.optional_vars.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if isinstance(item.optional_vars, ast.Name) and "TaskGroup" in ast.unparse(item.context_expr)
    }
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            callee, _, name = ast.unparse(node.value.func).rpartition(".")
            if name in starts and callee not in groups:
                lines.append(node.lineno)
    return lines


@pytest.mark.parametrize("source", SOURCES)
def test_a_file_holds_one_thing(source: str):
    lines = len((ROOT / source).read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST or source in MAY_BE_LONGER, f"{source} has {lines} lines: cut it in two"


@pytest.mark.parametrize("source", SOURCES)
def test_tasks_are_held(source: str):
    assert thrown_away(parsed(source)) == []


@pytest.mark.parametrize("source", SOURCES)
def test_a_module_says_what_it_is(source: str):
    assert ast.get_docstring(parsed(source)), f"{source} opens with no docstring"


@pytest.mark.parametrize("source", [source for source in SOURCES if source.endswith("__init__.py")])
def test_an_init_holds_a_docstring_only(source: str):
    assert len(parsed(source).body) == 1


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("asyncio.create_task(f())", [1]),
        ("loop.create_task(f())", [1]),
        ("create_task(f())", [1]),
        ("asyncio.get_running_loop().create_task(f())", [1]),
        ("task = asyncio.create_task(f())", []),
        ("tasks.add(asyncio.create_task(f()))", []),
        ("async def g():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(f())", []),
    ],
)
def test_a_task_that_is_thrown_away_is_noticed(lines: str, found: list[int]):
    assert thrown_away(ast.parse(lines)) == found


def test_the_setup_script_can_be_read_by_an_old_python():
    """A Python 3.6 must get as far as the line that says that it is too old."""
    ast.parse((ROOT / ".ci" / "setup.py").read_text(encoding="utf-8"), feature_version=(3, 6))
