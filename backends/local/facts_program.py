"""Prints what NVML says of this machine as one JSON object; run as a script in a child process, for NVML may hang.

Nothing here is ever called in our own process: importing it imports no NVML.
"""

import json
import sys
from collections.abc import Callable


def facts() -> dict[str, object]:
    """Ask NVML; if it cannot be used that is told under ``error``, with the name of its kind."""
    import pynvml  # type: ignore[import-untyped] # has no types

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return {"error": str(error), "kind": type(error).__name__}
    said: dict[str, object] = {"names": []}
    for key, call in (
        ("driver", pynvml.nvmlSystemGetDriverVersion),
        ("nvml", pynvml.nvmlSystemGetNVMLVersion),
        ("cuda", pynvml.nvmlSystemGetCudaDriverVersion_v2),
        ("count", pynvml.nvmlDeviceGetCount),
    ):
        said[key] = _ask(call)
    count = said["count"]
    if isinstance(count, int):
        said["names"] = [_name(index) for index in range(count)]
    return said


def _name(index: int) -> object:
    import pynvml

    return _ask(lambda: pynvml.nvmlDeviceGetName(pynvml.nvmlDeviceGetHandleByIndex(index)))


def _ask(call: Callable[[], object]) -> object:
    import pynvml

    try:
        answer = call()
    except pynvml.NVMLError:
        return None
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts()))
