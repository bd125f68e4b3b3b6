"""The probe's life, host, processes, file systems and kernel events."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import backends.probe.text
from backends.probe import wire
from backends.probe.text import VERSION, text

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


@pytest.fixture
def holder() -> Any:
    """A process that lives as long as the test, with something to hide on its command line."""
    process = subprocess.Popen(
        [*SLEEP, "--model", "llama", "--hf-token", "hf_abcdefghijklmnop", "API_KEY=123", "a\x1b[31mb"],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def pythons() -> list[str]:
    found = [shutil.which(f"python3.{minor}") for minor in range(6, 16)]
    root = os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv")
    for minor in range(6, 16):
        found += [str(path) for path in sorted(Path(root).glob(f"versions/3.{minor}.*/bin/python"))[-1:]]
    able = {}
    for path in filter(None, found):
        script = "import sys, ctypes; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([path, "-c", script], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            able[done.stdout.strip()] = path
    return list(able.values())


def test_it_runs_on_every_python_of_this_machine(lab: Any) -> None:
    running = {python: lab.start("--once", python=python) for python in pythons()}
    for python, live in running.items():
        assert live.wait() == 0, python
        assert live.last(wire.Hello).protocol == (1, 1)
        assert [gpu.state for gpu in live.last(wire.Tick).gpus] == ["ok", "ok"], python
        assert live.all(wire.Fault) == [], python


def test_it_asks_for_no_more_than_python_3_6() -> None:
    program = Path(backends.probe.__file__).with_name("program.py")
    done = subprocess.run(
        [sys.executable, "-c", "import vermin; vermin.main()", "-t=3.6-", "--no-tips", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_it_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import os, sys; end = os._exit\n"
        "def show(code):\n"
        f"    open({str(tmp_path / 'modules')!r}, 'w').write(' '.join(sys.modules)); end(code)\n"
        "os._exit = show\n" + text()
    )
    subprocess.run([sys.executable, "-c", script, "--once"], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    modules = set((tmp_path / "modules").read_text().split())
    assert "ctypes" in modules
    assert not modules & {"asyncio", "typing", "subprocess", "argparse", "socket", "multiprocessing", "logging"}


def test_it_ends_while_the_driver_hangs(lab: Any) -> None:
    live = lab.start("--interval", "0.2")
    live.until(wire.Tick, lambda t: t.gpus)
    lab.fleet(hang_ms=600000)
    live.after(wire.Tick, bool)
    live.process.stdin.close()
    assert live.wait() == 0


def test_hello_comes_first_and_says_who(lab: Any) -> None:
    hello = lab.once().messages[0]
    assert (hello.probe, hello.cpus, hello.uid) == (VERSION, os.cpu_count(), os.getuid())
    assert hello.boot
    assert hello.memory > 0


def test_ticks_are_on_the_grid_and_the_interval_changes(lab: Any) -> None:
    live = lab.start("--interval", "30")
    live.until(wire.Tick)
    live.say("interval 0.2")
    ticks = [live.after(wire.Tick, bool) for _ in range(3)]
    assert all(tick.wall % 0.2 < 0.15 or tick.wall % 0.2 > 0.199 for tick in ticks)
    live.say("interval soon")
    assert "not a number of seconds" in live.until(wire.Fault).text


def test_the_end_of_input_ends_it(lab: Any) -> None:
    live = lab.start("--interval", "0.2")
    live.until(wire.Tick)
    live.process.stdin.close()
    assert live.wait() == 0


def test_silence_ends_it_and_a_line_puts_that_off(lab: Any) -> None:
    source = text().replace("HEARTBEAT = 60", "HEARTBEAT = 1")
    live = lab.start("--interval", "0.2", source=source)
    for _ in range(4):
        time.sleep(0.4)
        live.say("still here")
    assert live.process.poll() is None
    assert live.wait() == 0


def test_silence_ends_it_even_while_nobody_reads(lab: Any) -> None:
    source = text().replace("HEARTBEAT = 60", "HEARTBEAT = 1")
    lab.fleet(count=64)
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys;n=int(sys.stdin.buffer.readline());exec(compile(sys.stdin.buffer.read(n),'probe','exec'))",
            "--interval",
            "0.1",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "LD_LIBRARY_PATH": str(lab.library), "QUARTERDECK_MOCK_NVML": str(lab.folder / "fleet")},
    )
    assert process.stdin is not None
    process.stdin.write(b"%d\n" % len(source) + source.encode())
    process.stdin.flush()
    assert process.wait(20) == 0
    process.stdin.close()
    assert process.stdout is not None
    process.stdout.close()


def test_run_as_a_file_a_closed_output_ends_it() -> None:
    process = subprocess.Popen(
        [sys.executable, str(Path(backends.probe.__file__).with_name("program.py")), "--interval", "0.1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(20) == 0
    assert process.stdin is not None
    process.stdin.close()


def test_processes_are_described_once_and_used_often(lab: Any, holder: Any) -> None:
    lab.fleet({"gpu.1.process.0": f"{holder.pid} 1073741824 55", "gpu.0.process.0": f"{holder.pid} na 0"})
    source = text().replace("PROCESSES_EVERY = 4.0", "PROCESSES_EVERY = 0.4")
    live = lab.start("--interval", "0.2", source=source)
    first = live.until(wire.Processes)
    (process,) = first.new
    assert (process.pid, process.uid) == (holder.pid, os.getuid())
    assert process.start > 0
    assert abs(process.started - time.time()) < 120
    assert "--hf-token ***" in process.command
    assert "API_KEY=***" in process.command
    assert not {"\x1b"} & set(process.command)
    assert "hf_abc" not in process.command
    assert len(process.command) <= 200
    uses = {use.card: use for use in first.uses}
    assert (uses[1].memory, uses[1].util, uses[0].memory, uses[0].util) == (1 << 30, 55, None, 0)
    assert uses[1].resident > 1 << 20
    assert first.complete
    second = live.after(wire.Processes, lambda p: p.uses)
    assert second.new == []
    holder.kill()
    holder.wait()
    gone = live.until(wire.Processes, lambda p: not p.complete)
    assert gone.uses[0].start == 0
    assert [(line.pid, line.start, line.command) for line in gone.new] == [(holder.pid, 0, None)]


def test_an_xid_by_event_and_by_the_kernel_log_is_told_once(lab: Any) -> None:
    live = lab.start("--interval", "0.2")
    live.until(wire.Tick, lambda t: t.gpus)
    live.until(wire.Health, lambda h: h.kernel_log is None)
    time.sleep(0.5)  # the driver tells only what happens after somebody waits for it
    lab.fleet({"xid.0": "1 79"})
    at = int(time.monotonic() * 1e6)
    line = "NVRM: Xid (PCI:0000:11:00): 79, pid=77, GPU has fallen off the bus."
    with (lab.folder / "dev" / "kmsg").open("a") as log:
        log.write(
            f"6,900,{at},-;{line}\n SUBSYSTEM=pci\n12,901,{at},-;NVRM: Xid (PCI:0000:10:00): 31, a user wrote this\n"
        )
    event = live.until(wire.Happened)
    assert (event.kind, event.code, event.pci, event.text) == ("xid", 79, "0000:11:00.0", line)
    lab.fleet({"xid.0": "1 79", "xid.1": "0 48"})
    other = live.until(wire.Happened, lambda x: x.code == 48)
    assert (other.pci, other.origin, other.text) == ("0000:10:00.0", "nvml", None)
    assert len(live.all(wire.Happened)) == 2


def test_events_do_not_wait_for_the_next_tick(lab: Any) -> None:
    live = lab.start("--interval", "3600", source=text().replace("_EVERY = 10.0", "_EVERY = 3600.0"))
    live.until(wire.Mounts)
    live.until(wire.Health, lambda h: h.kernel_log is None)
    time.sleep(0.5)  # the driver tells only what happens after somebody waits for it
    lab.fleet({"xid.0": "1 79"})
    assert live.until(wire.Happened).code == 79
    with (lab.folder / "dev" / "kmsg").open("a") as log:
        log.write(f"6,900,{int(time.monotonic() * 1e6)},-;NVRM: Xid (PCI:0000:11:00): 48, pid=77, words\n")
    assert live.until(wire.Happened, lambda x: x.code == 48).text
    assert len(live.all(wire.Tick)) == 1


def test_the_history_of_the_kernel_log(lab: Any) -> None:
    (lab.folder / "dev" / "kmsg").write_text(
        "6,1,5000000,-;something else\n"
        "3,2,6000000,-;NVRM: Xid (PCI:0000:3b:00): 63, pid='<unknown>', Row remapper\n"
        "3,3,7000000,-;NVRM: GPU 0000:18:00.0: GPU has fallen off the bus.\n"
        "3,4,8000000,-;nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 28002, Non-fatal, Link 46\n"
    )
    events = lab.once().all(wire.Happened)
    assert [(x.kind, x.code, x.pci, x.origin) for x in events] == [
        ("xid", 63, "0000:3b:00.0", "kernel"),
        ("bus", None, "0000:18:00.0", "kernel"),
        ("sxid", 28002, "0000:c1:00.0", "kernel"),
    ]
    assert abs(events[0].mono - 6) < 0.5


def test_a_kernel_log_that_cannot_be_read_is_said(lab: Any) -> None:
    (lab.folder / "dev" / "kmsg").unlink()
    script(lab.folder, "journalctl", 'echo "No journal files were opened due to insufficient permissions." >&2; exit 1')
    problem = lab.once().last(wire.Health).kernel_log
    assert "/dev/kmsg: No such file or directory" in problem
    assert "insufficient permissions" in problem


def test_the_journal_stands_in_for_the_kernel_log(lab: Any) -> None:
    (lab.folder / "dev" / "kmsg").unlink()
    script(
        lab.folder,
        "journalctl",
        'echo "-- Logs begin --"\n'
        'echo "1700000000.500000 node kernel: NVRM: Xid (PCI:0000:3b:00): 79, pid=1, text"\n'
        'echo $$ > "$0.pid"; exec sleep 600',
    )
    live = lab.once()
    event = live.last(wire.Happened)
    assert (event.wall, event.code, event.origin) == (1700000000.5, 79, "kernel")
    assert live.last(wire.Health).kernel_log is None
    child = Path("/proc") / (lab.folder / "bin" / "journalctl.pid").read_text().strip() / "stat"
    for _ in range(100):
        if not child.exists() or ") Z " in child.read_text():
            return
        time.sleep(0.05)
    raise AssertionError("journalctl outlived the probe")


def script(folder: Path, name: str, body: str) -> None:
    (folder / "bin").mkdir(exist_ok=True)
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


MOUNTINFO = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 0:22 / /sys rw - sysfs sysfs rw
25 22 0:23 / /dev/shm rw - tmpfs tmpfs rw
30 22 0:40 / {home} rw,relatime - nfs4 server:/home\\040of\\040all rw
31 22 0:40 /sub {home}/bound rw - nfs4 server:/home rw
32 22 0:41 / {lustre} ro,relatime - lustre mds@tcp:/scratch ro
33 22 0:42 / {gone} rw - beegfs beegfs_nodev rw
34 22 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
"""


def test_a_hung_mount_is_asked_by_one_child_and_recovers(lab: Any) -> None:
    home, lustre = lab.folder / "home", lab.folder / "lustre"
    home.mkdir()
    lustre.mkdir()
    gone = lab.folder / "gone"
    (lab.folder / "proc" / "self").mkdir(parents=True)
    (lab.folder / "proc/self/mountinfo").write_text(MOUNTINFO.format(home=home, lustre=lustre, gone=gone))
    fifo = lab.folder / "hold" / str(home).replace("/", "%")
    os.mkfifo(fifo)
    source = (
        text().replace("MOUNTS_EVERY = 10.0", "MOUNTS_EVERY = 0.3").replace("STATFS_LIMIT = 5.0", "STATFS_LIMIT = 0.5")
    )
    live = lab.start("--interval", "0.2", source=source)
    rows = {row.mount: row for row in live.until(wire.Mounts).mounts}
    assert list(rows) == ["/", "/dev/shm", *sorted([str(home), str(gone), str(lustre)], key=lambda p: (len(p), p))]
    assert (rows[str(home)].state, rows[str(home)].device, rows[str(home)].kind) == (
        "hung",
        "server:/home of all",
        "nfs4",
    )
    assert (rows[str(lustre)].state, rows[str(lustre)].read_only, rows[str(gone)].state) == ("ok", True, "error")
    since = rows[str(home)].since
    third = [live.after(wire.Mounts, bool) for _ in range(3)][-1]
    assert [row.since for row in third.mounts if row.mount == str(home)] == [since]
    children = subprocess.run(
        ["pgrep", "-P", str(live.process.pid)], capture_output=True, text=True, check=False
    ).stdout
    assert len(children.split()) == 2, "one stuck child, one that works"
    with fifo.open("wb"):
        live.after(wire.Mounts, lambda m: all(row.state != "hung" for row in m.mounts))


SMI = """
case "$*" in
*--help-query-gpu*)
  printf '"index"\\nIndex.\\n"uuid" or "gpu_uuid"\\n"pci.bus_id" or "gpu_bus_id"\\n"name"\\n"driver_version"\\n'
  printf '"memory.total"\\n"memory.used"\\n"utilization.gpu"\\n"temperature.gpu"\\n"power.draw"\\n"fan.speed"\\n'
  printf '"pstate"\\n"clocks_throttle_reasons.active"\\n"retired_pages.pending"\\n"mig.mode.current"\\n' ;;
*--query-gpu=*) echo "$*" > "$0.args"
  while :; do
    A="NVIDIA A100, 550.163.01, 81920, Disabled"
    echo "0, GPU-a, 00000000:3B:00.0, $A, 87, 1024, 60, 251.50, 0x0000000000000004, P0, [N/A], No"
    L="[GPU is lost]"
    echo "1, GPU-b, 00000000:5E:00.0, NVIDIA A100, 550.163.01, $L, $L, $L, $L, $L, $L, $L, $L, $L, $L"
    U="[Unknown Error]"
    echo "2, GPU-c, 00000000:86:00.0, $A, $U, $U, 33, 60.00, 0x0, P0, [Not Supported], Yes"
    sleep 0.5
  done ;;
*--query-compute-apps=*) while :; do echo "2026/01/01 00:00:00.000, GPU-a, PID, 512"; sleep 1; done ;;
esac
"""


def test_nvidia_smi_stands_in_for_the_library(lab: Any) -> None:
    script(lab.folder, "nvidia-smi", SMI.replace("PID", str(os.getpid())))
    lab.library = None
    source = (
        text()
        .replace("libnvidia-ml.so.1", "libnvidia-ml.so.none")
        .replace("PROCESSES_EVERY = 4.0", "PROCESSES_EVERY = 0.4")
    )
    live = lab.start("--interval", "0.5", source=source)
    cards = live.until(wire.Cards, lambda c: len(c.cards) == 3)
    assert (cards.reader, cards.driver) == ("nvidia-smi", "550.163.01")
    assert (cards.cards[0].pci, cards.cards[0].memory, cards.cards[0].unsupported) == (
        "0000:3b:00.0",
        81920 << 20,
        ["fan"],
    )
    first, lost, third = live.until(wire.Tick, lambda t: len(t.gpus) == 3).gpus
    assert (first.state, first.util, first.memory_used, first.power, first.throttle) == ("ok", 87, 1 << 30, 251.5, 4)
    assert (lost.state, lost.error) == ("lost", 15)
    assert (third.state, third.util, third.temperature, third.pstate) == ("ok", None, 33, 0)
    health = live.until(wire.Health, lambda h: h.cards)
    assert (health.cards[0].retired_pending, health.cards[2].retired_pending) == (False, True)
    uses = live.until(wire.Processes, lambda p: p.uses).uses
    assert [(use.pid, use.card, use.memory) for use in uses] == [(os.getpid(), 0, 512 << 20)]
    asked = (lab.folder / "bin" / "nvidia-smi.args").read_text()
    assert "clocks_throttle_reasons.active" in asked
    assert "clocks_event_reasons" not in asked


def test_the_words_of_a_nvidia_smi_that_fails_are_passed_on(lab: Any) -> None:
    lab.bus("0000:3b:00.0")
    words = "NVIDIA-SMI has failed because it could not talk to the driver"
    script(
        lab.folder,
        "nvidia-smi",
        f"""case "$*" in *--help-query-gpu*) echo '"index"' ;; *) echo '{words}'; exit 9 ;; esac""",
    )
    lab.library = None
    live = lab.start("--interval", "0.3", source=text().replace("libnvidia-ml.so.1", "libnvidia-ml.so.none"))
    tick = live.until(wire.Tick, lambda t: t.reader == "failed")
    assert tick.reader_detail == f"nvidia-smi ended: {words}"
    assert live.until(wire.Cards).bus == ["0000:3b:00.0"]
