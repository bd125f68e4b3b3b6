"""Builds the stand-in for libnvidia-ml.so.1 and writes the files that say what its fleet is like."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).with_name("mock.c")
LIBRARY = "libnvidia-ml.so.1"


def compiler() -> str | None:
    """The C compiler of this machine, or None."""
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def build(folder: Path, *defines: str) -> Path:
    """Compile the library into a folder, which is then what LD_LIBRARY_PATH needs.

    Args:
        folder: Where to put it; made where it is missing.
        defines: ``OLD_DRIVER`` leaves out what old drivers lack; ``LONG_ROWS`` is a driver of 535.43 to 535.86.

    Raises:
        FileNotFoundError: There is no C compiler.
    """
    cc = compiler()
    if cc is None:
        raise FileNotFoundError("no C compiler (cc, gcc, clang) on the PATH")
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / LIBRARY
    flags = [f"-D{name}" for name in defines]
    warnings = ["-Wall", "-Wextra", "-Wno-format-truncation"]
    subprocess.run(
        [cc, "-O1", "-shared", "-fPIC", "-pthread", *warnings, *flags, "-o", str(library), str(SOURCE)], check=True
    )
    return library


def fleet_file(path: Path, values: Mapping[str, object] | None = None, /, **cards: object) -> Path:
    """Write the state of the stand-in in one step, so that it never reads half of it.

    Args:
        path: The file that QUARTERDECK_MOCK_NVML names.
        values: Keys as in mock.c, for example ``{"gpu.3.lost": 1}``.
        cards: ``count`` and other keys without a dot; ``util=90`` that is no key of the library means ``gpu.*.util``.
    """
    lines = []
    for name, value in cards.items():
        own = name in {"count", "driver", "nvml", "cuda", "init", "missing", "hang_ms"}
        lines.append(f"{name if own else 'gpu.*.' + name} = {value}")
    lines += [f"{name} = {value}" for name, value in (values or {}).items()]
    draft = path.with_name(path.name + ".new")
    draft.write_text("\n".join(lines) + "\n")
    return draft.replace(path)


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "mock-nvml")
    print(build(target))
    print(f"LD_LIBRARY_PATH={target} QUARTERDECK_MOCK_NVML={fleet_file(target / 'fleet', count=8, util=90)}")
