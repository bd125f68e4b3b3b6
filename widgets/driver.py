"""What goes to the terminal, said in fewer bytes: between two runs of colour only what differs is said again."""

import re
import sys
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

_RESET = "\x1b[0m"
_PLAIN = re.compile(r"\x1b\[38;2;([0-9;]+);48;2;([0-9;]+)m([^\x1b]*)")
"""A run in two colours, without any other attribute."""


def lean(data: str) -> str:
    """Return what draws the same picture in fewer bytes.

    Every run of text comes with both of its colours and is followed by a reset. Between two runs in plain colours the
    reset changes nothing that the next does not set, and a colour that stays need not be named again; everything else
    is passed on as it is. A heatmap needs about half of the bytes.
    """
    first, *rest = data.split(_RESET)
    said = [first]
    known = _PLAIN.fullmatch(first)
    ink, ground = known.group(1, 2) if known else (None, None)
    for part in rest:
        run = _PLAIN.fullmatch(part)
        if run is None:
            said += (_RESET, part)
            ink = ground = None
            continue
        new_ink, new_ground, text = run.groups()
        if new_ground != ground:
            said.append(part)
        else:
            said.append(text if new_ink == ink else f"\x1b[38;2;{new_ink}m{text}")
        if ground is None:
            said.insert(-1, _RESET)
        ink, ground = new_ink, new_ground
    return "".join(said)


class Driver(LinuxDriver):
    """Textual's own, in fewer bytes: they matter over SSH."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if sys.__stdout__ is not None and not (self._file is not None and self._file.isatty()):
            self._file = sys.__stdout__  # standard error goes elsewhere (``2>log``); the picture must not

    def write(self, data: str) -> None:
        """Write to the terminal."""
        super().write(lean(data))
