"""What a sample of the probe costs beside a mock driver of 8 cards and 30 processes: CPU, memory, bytes.

Run as ``python tests/bench/probe.py [--interval 1] [--samples 30]``. CPU is that of all its threads and children, from
the scheduler's nanoseconds. Where gpustat is installed (or named with ``--gpustat``), one ``gpustat --json`` beside the
same driver is what it is compared with.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from backends.probe.text import text  # noqa: E402 - the tree is found first

BOOTSTRAP = "import sys;n=int(sys.stdin.buffer.readline());exec(compile(sys.stdin.buffer.read(n),'probe','exec'))"


def mock() -> ModuleType:
    """The builder of the mock driver."""
    spec = importlib.util.spec_from_file_location("mock_build", ROOT / "tests" / "nvml" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cpu_ms(pid: int) -> float:
    """CPU of all threads of a process and of its children, in milliseconds."""
    total = 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0]) / 1e6
        for child in (task / "children").read_text().split():
            total += cpu_ms(int(child))
    return total


def resident_mb(pid: int) -> float:
    """Resident memory in MB (10^6 bytes)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


def run(python: str, environ: dict[str, str], interval: float, samples: int) -> dict[str, float]:
    """Let the probe take samples and return what one costs; the first three, with imports and caches, are apart."""
    process = subprocess.Popen(
        [python, "-c", BOOTSTRAP, "--interval", str(interval)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environ,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    source = text().encode()
    process.stdin.write(b"%d\n" % len(source) + source)
    process.stdin.flush()
    ticks, size, begun = 0, 0, 0.0
    for line in process.stdout:
        if line.startswith(b'["s"'):
            ticks += 1
            process.stdin.write(b"beat\n")
            process.stdin.flush()
            if ticks == 3:
                begun, size = cpu_ms(process.pid), 0
            if ticks == 3 + samples:
                break
        size += len(line)
    result = {
        "start": begun,
        "sample": (cpu_ms(process.pid) - begun) / samples,
        "memory": resident_mb(process.pid),
        "bytes": size / samples,
    }
    process.stdin.close()
    process.stdout.close()
    process.wait(20)
    return result


def once(command: list[str], environ: dict[str, str]) -> float:
    """CPU of one run of a command, the least of three, in milliseconds."""
    costs = []
    for _ in range(3):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environ)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{command[0]} failed with {child.returncode}")
        costs.append((usage.ru_utime + usage.ru_stime) * 1000)
    return min(costs)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interval", type=float, default=1.0)
    parser.add_argument("--samples", type=int, default=30)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that runs the probe")
    parser.add_argument("--gpustat", default=shutil.which("gpustat"), help="the gpustat to compare with")
    options = parser.parse_args()
    build = mock()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build.build(folder)
        holders = [subprocess.Popen(["sleep", "3600"]) for _ in range(30)]
        try:
            values = {f"gpu.{i % 8}.process.{i // 8}": f"{p.pid} 1073741824 {i}" for i, p in enumerate(holders)}
            build.fleet_file(folder / "fleet", values, count=8, util=90, memory_used=1 << 34)
            environ = {
                **os.environ,
                "LD_LIBRARY_PATH": str(folder),
                "QUARTERDECK_MOCK_NVML": str(folder / "fleet"),
            }
            got = run(options.python, environ, options.interval, options.samples)
            print(f"probe, 8 cards, 30 processes, {options.samples} samples of {options.interval:g} s")
            print(f"  CPU a sample    {got['sample']:7.2f} ms   (to reach: 6)")
            print(f"  CPU of the start{got['start']:7.1f} ms")
            print(f"  memory          {got['memory']:7.1f} MB   (to reach: 20)")
            print(f"  bytes a sample  {got['bytes']:7.0f}")
            if options.gpustat is None:
                print("  gpustat is not installed: no ratio")
                return
            other = once([options.gpustat, "--json"], environ)
            print(f"  gpustat --json  {other:7.1f} ms   ratio 1/{other / got['sample']:.0f} (to reach: 1/40)")
        finally:
            for holder in holders:
                holder.kill()
                holder.wait()


if __name__ == "__main__":
    main()
