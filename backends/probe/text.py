"""The probe program as text, which is how it is sent to a node; it is never imported."""

import functools
import re
from importlib import resources


@functools.cache
def text() -> str:
    """The source of the program, as it is to be sent: its length in UTF-8 bytes on a line, then the text."""
    return resources.files("backends.probe").joinpath("program.py").read_text(encoding="utf-8")


def _version() -> str:
    found = re.search(r'(?m)^VERSION = "([^"]+)"$', text())
    if found is None:
        raise ValueError("backends/probe/program.py does not say its VERSION")
    return found.group(1)


VERSION = _version()
"""What the program calls its own version in its first line."""
