"""The stand-in must satisfy the real pynvml: it runs in a child, because the library is chosen at the start."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def asked(library: Path, fleet: Path, questions: str) -> object:
    """What pynvml answers: ``questions`` is an expression over ``p`` (pynvml), ``h`` (handles) and ``e`` (try)."""
    script = f"""
import json, pynvml as p
def e(f, *a):
    try:
        return f(*a)
    except p.NVMLError as error:
        return "error %d" % error.value
p.nvmlInit()
h = [e(p.nvmlDeviceGetHandleByIndex, i) for i in range(p.nvmlDeviceGetCount())]
print(json.dumps({questions}))
"""
    environ = {**os.environ, "LD_LIBRARY_PATH": str(library), "QUARTERDECK_MOCK_NVML": str(fleet)}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_pynvml_sees_defaults_overrides_and_errors(library: Path, fleet_file: Any, tmp_path: Path) -> None:
    fleet = fleet_file(
        tmp_path / "fleet",
        {"gpu.3.util": 5, "gpu.2.lost": 1, "gpu.1.temperature": "!999", "gpu.4.handle": "!15"},
        count=6,
        util=90,
        memory_used=1 << 30,
    )
    got = asked(
        library,
        fleet,
        """[
            len(h), e(lambda: p.nvmlDeviceGetUtilizationRates(h[0]).gpu),
            e(lambda: p.nvmlDeviceGetUtilizationRates(h[3]).gpu),
            e(lambda: p.nvmlDeviceGetUtilizationRates(h[2]).gpu), e(p.nvmlDeviceGetTemperatureV, h[1], 0), h[4],
            e(lambda: p.nvmlDeviceGetMemoryInfo(h[0], version=p.nvmlMemory_v2).used),
            p.nvmlDeviceGetUUID(h[5]), p.nvmlDeviceGetPciInfo(h[5]).busId,
        ]""",
    )
    uuid = "GPU-5ba1a5ba-0000-4000-8000-000000000005"
    assert got == [6, 90, 5, "error 15", "error 999", "error 15", 1 << 30, uuid, "00000000:15:00.0"]


def test_pynvml_reads_processes_mig_fields_links_and_fabric(library: Path, fleet_file: Any, tmp_path: Path) -> None:
    fleet = fleet_file(
        tmp_path / "fleet",
        {
            "gpu.0.process.0": "4242 1073741824 55",
            "gpu.0.process.1": "4243 na 0",
            "gpu.1.mig": 1,
            "gpu.1.mig.0": "1 0 20401094656 1048576 1g.20gb",
            "gpu.1.process.0": "77 1048576 0 1 0",
            "gpu.0.recovery": 2,
            "gpu.0.link.4.crc": 7,
            "gpu.0.remap_pending": 1,
        },
        count=2,
    )
    got = asked(
        library,
        fleet,
        """[
            [(x.pid, x.usedGpuMemory) for x in p.nvmlDeviceGetComputeRunningProcesses(h[0])],
            [(x.pid, x.smUtil) for x in p.nvmlDeviceGetProcessUtilization(h[0], 0)],
            p.nvmlDeviceGetName(p.nvmlDeviceGetMigDeviceHandleByIndex(h[1], 0)),
            [x.gpuInstanceId for x in p.nvmlDeviceGetComputeRunningProcesses(h[1])],
            p.nvmlDeviceGetFieldValues(h[0], [230])[0].value.uiVal,
            p.nvmlDeviceGetFieldValues(h[0], [(163, 4)])[0].value.ullVal,
            p.nvmlDeviceGetRemappedRows(h[0]), e(p.nvmlDeviceGetRemappedRows, h[1]),
            p.nvmlDeviceGetNvLinkState(h[0], 17), e(p.nvmlDeviceGetNvLinkState, h[0], 18),
        ]""",
    )
    assert got == [
        [[4242, 1 << 30], [4243, None]],
        [[4242, 55]],
        "NVIDIA H100 80GB HBM3 MIG 1g.20gb",
        [1],
        2,
        7,
        [0, 0, 1, 0],
        "error 3",
        1,
        "error 2",
    ]


def test_an_old_driver_lacks_the_newer_names(old_library: Path) -> None:
    names = ("nvmlInit_v2", "nvmlDeviceGetMemoryInfo_v2")
    script = f"import ctypes; l = ctypes.CDLL('libnvidia-ml.so.1'); print([hasattr(l, n) for n in {names}])"
    environ = {**os.environ, "LD_LIBRARY_PATH": str(old_library)}
    assert subprocess.check_output([sys.executable, "-c", script], env=environ, text=True).strip() == "[True, False]"
