"""The licences of what the lock files bring: writes ``NOTICE`` from the metadata of what is installed.

``--check`` writes nothing and says what is wrong. A package that is locked for another platform or Python only, and so
is not installed here, keeps the line that it has.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """\
Quarterdeck
Copyright The Quarterdeck founders

Licensed under the Apache License, Version 2.0; see LICENSE.

Nothing below is part of this distribution. It is installed beside it, each under its own licence, which comes with it.
Written from the metadata of the packages by `make lock`.
"""
TO_RUN = "Needed to run (requirements.lock)"
TO_WORK = "Needed only to work on it (requirements-dev.lock)"
SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0",
    "LGPLv2+": "LGPL-2.1-or-later",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def locked(lock: Path) -> set[str]:
    """Name the packages of a lock file."""
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock.read_text(encoding="utf-8"), re.MULTILINE))


def licence(package: str) -> str | None:
    """Name the licence of an installed package as SPDX does, where it can be told; None where it is not installed.

    Raises:
        LookupError: its metadata name none.
    """
    try:
        facts = metadata(package)
    except PackageNotFoundError:
        return None
    classified = [c.rpartition(" :: ")[2] for c in facts.get_all("Classifier", []) if c.startswith("License ::")]
    # some packages put the whole text into License
    short: list[str] = [text for text in facts.get_all("License", []) if len(text.splitlines()) == 1]
    for said in [*facts.get_all("License-Expression", []), *short, *classified[-1:]]:
        return SPDX.get(str(said), str(said))
    raise LookupError(f"the metadata of {package} name no licence; look it up and say so here")


def listed(notice: str) -> dict[str, str]:
    """Read the packages and licences of a notice."""
    return dict(re.findall(r"^  ([a-z0-9][a-z0-9._-]*) +(\S.*)$", notice, re.MULTILINE))


def written(root: Path) -> str:
    """Write the notice for the lock files below ``root``."""
    path = root / "NOTICE"
    before = listed(path.read_text(encoding="utf-8")) if path.exists() else {}
    run = locked(root / "requirements.lock")
    parts = [HEAD]
    for title, names in ((TO_RUN, run), (TO_WORK, locked(root / "requirements-dev.lock") - run)):
        lines = (f"  {name:<24} {licence(name) or before.get(name, 'unknown')}" for name in sorted(names))
        parts.append("\n".join([title, *lines]) + "\n")
    return "\n".join(parts)


def main() -> int:
    """Write, or check."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; fail when NOTICE is stale")
    now = written(ROOT)
    if not arguments.parse_args().check:
        (ROOT / "NOTICE").write_text(now, encoding="utf-8")
    elif (ROOT / "NOTICE").read_text(encoding="utf-8") != now:
        sys.stderr.write("NOTICE does not name what the lock files bring; run: make lock\n")
        return 1
    return 1 if "unknown" in listed(now).values() else 0


if __name__ == "__main__":
    sys.exit(main())
