"""What a node says of itself when it is examined: one JSON line after a mark. It only looks, and runs on Python 3.6."""

import ctypes
import glob
import json
import os
import sys
import time

MARK = "quarterdeck-examined "


def look():
    # type: () -> dict[str, object]
    """Gather everything; what cannot be seen is False or None."""
    said = {"python": "%d.%d.%d" % sys.version_info[:3], "time": time.time()}  # type: dict[str, object]
    said["driver"] = first_line("/proc/driver/nvidia/version")
    said["cards"] = sum(first_line(name) == "0x10de" and is_display(name) for name in glob.glob(PCI))
    said["library"] = loads("libnvidia-ml.so.1")
    said["kernel_log"] = any(map(opens, ["/dev/kmsg", *glob.glob(JOURNAL), *glob.glob("/run" + JOURNAL[4:])]))
    said["others"] = os.path.isdir("/proc/1")
    return said


JOURNAL = "/var/log/journal/*/system.journal"
PCI = "/sys/bus/pci/devices/*/vendor"


def first_line(path):
    # type: (str) -> str | None
    """Read the first line of a file."""
    try:
        with open(path) as file:
            return file.readline(300).strip()
    except (OSError, ValueError):
        return None


def is_display(vendor):
    # type: (str) -> bool
    """Say whether a PCI device is a display or 3D controller."""
    return (first_line(os.path.join(os.path.dirname(vendor), "class")) or "").startswith("0x03")


def loads(library):
    # type: (str) -> bool
    """Say whether a library is there; it is not called, so a driver that hangs does not matter."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def opens(path):
    # type: (str) -> bool
    """Say whether a file may be opened for reading."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.stdout.write(MARK + json.dumps(look()) + "\n")
