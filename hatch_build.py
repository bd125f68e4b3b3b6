"""The build's own step: compile the gettext catalogues (``.po`` → ``.mo``), which are not in git.

Hatchling runs it for wheels and editable installs; ``python hatch_build.py`` does the same by hand.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALE = Path("console", "locale")


def compile_catalogues(root: Path) -> list[Path]:
    """Compile every catalogue below ``root`` that is missing or older than its source; return all of them."""
    compiled = []
    for source in sorted((root / LOCALE).glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            binary = io.BytesIO()
            with source.open("rb") as text:
                write_mo(binary, read_po(text))
            target.write_bytes(binary.getvalue())
        compiled.append(target)
    return compiled


class CatalogueHook(BuildHookInterface[Any]):
    """Put the compiled catalogues into what is built, although git ignores them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Compile before the files are gathered."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        build_data["artifacts"] += [f"/{path.relative_to(root).as_posix()}" for path in compile_catalogues(root)]


if __name__ == "__main__":
    compile_catalogues(Path(__file__).parent)
