"""The probe program as text, which is how it is sent to a node; it is never imported."""

import ast
import functools
from importlib import resources


@functools.cache
def text() -> str:
    """The source of the program, as it is to be sent."""
    return resources.files("backends.probe").joinpath("program.py").read_text(encoding="utf-8")


def _version() -> str:
    for statement in ast.parse(text()).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id == "VERSION":
                return str(statement.value.value)
    raise ValueError("backends/probe/program.py does not say its VERSION")


VERSION = _version()
"""What the program calls its own version in its first line."""
