"""Pure parts of the probe program: whose process, what to hide, addresses, mounts, disks, events."""

import ctypes
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

HEX = "0123456789abcdef" * 4
UID = "3d5b2f1e-90ab-4cde-8f01-23456789abcd"
UNDERSCORED = UID.replace("-", "_")
STATIC = "a1b2c3d4e5f60718293a4b5c6d7e8f90"

SLURM = [
    ("4:memory:/slurm/uid_1000/job_123/step_0/task_1\n1:name=systemd:/system.slice/slurmd.service", "123", "0", None),
    ("8:devices:/slurm_gpu-07/uid_1000/job_124/step_batch", "124", "batch", None),
    ("8:devices:/slurm/uid_0/job_9/step_extern/task_0", "9", "extern", None),
    ("0::/system.slice/slurmstepd.scope/job_125/step_3/user/task_0", "125", "3", None),
    ("0::/system.slice/slurmstepd.scope/job_126/step_interactive/user/task_special", "126", "interactive", None),
    ("0::/system.slice/gpu-07_slurmstepd.scope/job_127/step_batch/user/task_special", "127", "batch", None),
    ("0::/lab.slice/slurmstepd.scope/job_128", "128", None, None),
    ("0::/system.slice/slurmstepd.scope/s5K1KKYAYG5D00/step_0/user/task_0", None, "0", "s5K1KKYAYG5D00"),
    ("0::/system.slice/slurmstepd.scope/s5K1KKYAYG5DI0/step_0", None, None, None),  # I is no letter of a SLUID
    ("0::/user.slice/job_5/step_1", None, None, None),
]

CONTAINERS = [
    (f"5:cpu:/kubepods/burstable/pod{UID}/{HEX}", UID, HEX),
    (f"0::/kubepods/besteffort/pod{UID}/{HEX}", UID, HEX),
    (f"0::/kubepods/pod{UID}/{HEX}", UID, HEX),
    (f"0::/kubepods/burstable/pod{STATIC}/{HEX}", STATIC, HEX),
    (
        f"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{UNDERSCORED}.slice/cri-containerd-{HEX}.scope",
        UID,
        HEX,
    ),
    (f"0::/kubepods.slice/kubepods-pod{UNDERSCORED}.slice/crio-{HEX}.scope", UID, HEX),
    (f"0::/kubepods.slice/kubepods-pod{UNDERSCORED}.slice/docker-{HEX}.scope", UID, HEX),
    (f"0::/system.slice/kubepods-besteffort-pod{UNDERSCORED}.slice:cri-containerd:{HEX}", UID, HEX),
    (
        f"0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod{UNDERSCORED}.slice/cri-containerd-{HEX}.scope",
        UID,
        HEX,
    ),
    (f"4:memory:/docker/{HEX}", None, HEX),
    (f"0::/system.slice/docker-{HEX}.scope", None, HEX),
    (f"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{HEX}.scope/container", None, HEX),
    (f"0::/machine.slice/libpod-{HEX}.scope", None, HEX),
    ("0::/user.slice/user-1000.slice/session-2.scope", None, None),
]


@pytest.mark.parametrize(("cgroup", "job", "step", "sluid"), SLURM)
def test_slurm_layouts(program: Any, cgroup: str, job: str | None, step: str | None, sluid: str | None) -> None:
    assert program.owner_of(cgroup + "\n") == (job, step, sluid, None, None)


@pytest.mark.parametrize(("cgroup", "pod", "container"), CONTAINERS)
def test_container_layouts(program: Any, cgroup: str, pod: str | None, container: str | None) -> None:
    assert program.owner_of("1:name=systemd:/init.scope\n" + cgroup + "\n") == (None, None, None, pod, container)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["train.py", "--token=abc"], "train.py --token=***"),
        (["train.py", "--password", "hunter2", "--lr", "1"], "train.py --password *** --lr 1"),
        (["x", "--api-key", "k", "--hf_token=k"], "x --api-key *** --hf_token=***"),
        (["WANDB_API_KEY=abc", "python"], "WANDB_API_KEY=*** python"),
        (["sh", "-c", "export AWS_SECRET_ACCESS_KEY=a/b+c; run --password p -v"], None),
        (["x", "sk-abcdefghijk", "hf_abcdefghijk", "ghp_abcdefghijk"], "x *** *** ***"),
        (["curl", "https://u:p@host/x", "-H", "Authorization: Bearer abcdefghijk"], None),
        (["x", "--tokenizer", "llama", "--max-tokens=4096", "--lr=1"], "x --tokenizer llama --max-tokens=4096 --lr=1"),
        (['{"password": "a b", "n": 1}'], None),
        (["x", "--accessToken", "t", "--clientSecret=s"], "x --accessToken *** --clientSecret=***"),
        (["a\x1b[31m\nb\u202e"], "a [31m b"),
        (["srun", "--export=HF_TOKEN=abcdefghijk,A=1"], "srun --export=HF_TOKEN=***,A=1"),
        (["curl", "http://host/p?token=abcdefghijk&n=1"], "curl http://host/p?token=***&n=1"),
        (["x", "https://u:" + "p" * 2000 + "@host"], "x https://***"),
        (["x", "k " * 480 + "--token " + "y" * 400], "x " + ("k " * 99).strip()),
    ],
)
def test_command_lines_are_redacted(program: Any, words: list[str], shown: str | None) -> None:
    got = program.redact(words)
    assert not [bad for bad in ("a/b+c", " p -v", "u:p@", "abcdefghijk", "hunter2", "a b") if bad in got]
    if shown is not None:
        assert got == shown


HOSTILE = [
    "a" * 800 + " " * 800,
    "a" * 1600,
    "a-eyJ" * 320,
    "eyJ" + "a" * 800 + "-eyJ" * 200,
    ("a" + " " * 39) * 40,
    '"a' * 800,
    "a=" * 800,
    "--a " * 400,
    "bearer " * 230,
    "a://" * 400,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_command_line_keeps_the_interpreter_busy(program: Any, text: str) -> None:
    begun = time.thread_time()
    program.redact_text(text)
    program.redact([text])
    program.redact(text.split())
    assert time.thread_time() - begun < 0.25  # CPU; what a regex takes that is quadratic or worse is more than this


def test_only_the_beginning_of_a_command_line_is_looked_at(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(program, "redact_text", lambda text: seen.append(text) or text)
    program.redact(["x" * 300] * 2000)
    assert sum(map(len, seen)) <= 1001


def test_a_command_line_has_at_most_200_characters(program: Any) -> None:
    assert len(program.redact(["x" * 500, "--token", "y"])) == 200


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("00000000:3B:00.0", "0000:3b:00.0"),
        ("0000:3b:00", "0000:3b:00.0"),
        ("3b:00", "0000:3b:00.0"),
        ("0001:C1:00.1", "0001:c1:00.1"),
        ("00010000:3B:00.0", "10000:3b:00.0"),
        ("[GPU is lost]", None),
        ("", None),
    ],
)
def test_pci_addresses(program: Any, given: str, address: str | None) -> None:
    assert program.pci_address(given) == address


def test_the_driver_and_the_kernel_log_tell_of_one_event_once(program: Any) -> None:
    happenings = program.Happenings(threading.Event())
    happenings.add(["xid", 79, "0000:3b:00.0", None, "nvml", 100.0])
    happenings.add(["xid", 79, "0000:3b:00.0", "words", "kernel", 101.0])
    happenings.add(["xid", 79, "0000:3b:00.0", "again", "kernel", 102.0])
    happenings.add(["xid", 79, "0000:3b:00.0", None, "nvml", 110.0])
    assert [(row[4], row[6], row[7]) for row in happenings.take()] == [
        (79, "words", "kernel"),
        (79, "again", "kernel"),
        (79, None, "nvml"),
    ]


def test_a_flood_of_events_is_bounded(program: Any) -> None:
    happenings = program.Happenings(threading.Event())
    for number in range(5000):
        happenings.add(["xid", 13, "0000:3b:00.0", f"line {number}", "kernel", float(number)])
    assert len(happenings.take()) == 64
    assert len(happenings.waiting) == 192


def test_an_event_wakes_the_writer_and_is_due_with_its_words(program: Any) -> None:
    wake = threading.Event()
    happenings = program.Happenings(wake)
    assert happenings.due() == float("inf")
    happenings.patience = 60.0
    happenings.add(["xid", 79, "0000:3b:00.0", None, "nvml", 100.0])
    assert wake.is_set()
    assert happenings.take() == []
    assert 0 < happenings.due() <= 60
    happenings.add(["xid", 48, "0000:3b:00.0", "other", "kernel", 100.0])
    assert happenings.due() == 0
    assert [row[6] for row in happenings.take()] == ["other"]
    happenings.add(["xid", 79, "0000:3b:00.0", "words", "kernel", 101.0])
    assert happenings.due() == 0
    assert [row[6] for row in happenings.take()] == ["words"]


def test_a_stale_handle_and_a_missing_mount(program: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert program.statfs(str(tmp_path / "gone")) == ["error"]

    def stale(_: str) -> None:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(program.os, "statvfs", stale)
    assert program.statfs("/") == ["stale"]


def test_whole_disks_and_interfaces_that_lead_out(program: Any, tmp_path: Path) -> None:
    program.PROC, program.SYS = str(tmp_path / "proc"), str(tmp_path / "sys")
    for name in ("nvme0n1", "sda", "loop0", "dm-0", "md127", "sr0", "zram0", "nvme0c0n1"):
        (tmp_path / "sys/block" / name).mkdir(parents=True)
    (tmp_path / "sys/class/net/enp1s0/device").mkdir(parents=True)
    (tmp_path / "sys/class/net/enp1s0/speed").write_text("100000\n")
    (tmp_path / "sys/class/net/enp1s0/operstate").write_text("up\n")
    (tmp_path / "sys/class/net/bond0/bonding").mkdir(parents=True)
    (tmp_path / "sys/class/net/bond0/operstate").write_text("down\n")
    (tmp_path / "proc/net").mkdir(parents=True)
    names = ("nvme0n1", "nvme0n1p1", "sda", "sda1", "loop0", "dm-0", "md127", "sr0", "zram0", "nvme0c0n1")
    lines = [f"   8       0 {name} 10 0 200 5 20 0 400 6 0 77 11 0 0 0 0" for name in names]
    (tmp_path / "proc/diskstats").write_text("\n".join(lines) + "\n")
    nets = ("lo", "enp1s0", "docker0", "veth12ab", "br-1234", "bond0", "ib0", "cali123", "cni0", "eth0.100", "virbr0")
    rows = [f"{name}: 1000 10 1 2 0 0 0 0 3000 30 4 5 0 0 0 0" for name in nets]
    (tmp_path / "proc/net/dev").write_text("Inter-|\n face |\n" + "\n".join(rows) + "\n")
    host = program.Host()
    host.survey()
    assert host.disks() == [["nvme0n1", 200 * 512, 400 * 512, 77], ["sda", 200 * 512, 400 * 512, 77]]
    assert host.nets() == [
        ["enp1s0", 1000, 3000, 5, 7, 100000, True],
        ["bond0", 1000, 3000, 5, 7, None, False],
        ["ib0", 1000, 3000, 5, 7],
    ]


def test_a_host_whose_proc_says_nothing_is_all_unknown(program: Any, tmp_path: Path) -> None:
    program.PROC, program.SYS = str(tmp_path), str(tmp_path)
    assert program.Host().row() == []


def test_slurm_by_environment_where_the_control_group_tells_nothing(program: Any, tmp_path: Path) -> None:
    program.PROC = str(tmp_path)
    process = tmp_path / "77"
    process.mkdir()
    fields = " ".join(
        [
            "S",
            "1",
            "1",
            "1",
            "0",
            "-1",
            "0",
            "0",
            "0",
            "0",
            "0",
            "300",
            "40",
            "0",
            "0",
            "20",
            "0",
            "4",
            "0",
            "5000",
            "1",
            "25",
        ]
    )
    (process / "stat").write_text(f"77 (a) b (c) {fields} 0 0\n")
    (process / "status").write_text("Name:\tx\nUid:\t0\t0\t0\t0\n")
    (process / "cmdline").write_bytes(b"python\0train.py\0")
    (process / "cgroup").write_text("0::/user.slice/session-2.scope\n")
    (process / "environ").write_bytes(b"A=1\0SLURM_JOB_ID=4711\0SLURM_STEP_ID=2\0")
    (tmp_path / "stat").write_text("cpu  1 2 3 4 5\nbtime 1700000000\n")
    people = program.People(program.Faults(), program.threading.Event())
    _, known, uses, complete = people.look(1.0, [(0, None, 77, 4096, 12.5)], True)
    assert complete
    assert known[77, 5000][:8] == [77, 5000, 0, "root", "python train.py", "4711", "2", None]
    assert known[77, 5000][10] == 1700000000 + 5000 / people.ticks
    assert uses == [[77, 5000, 0, None, 4096, 12.5, 340, 25 * people.page]]


def test_a_file_in_proc_is_read_beyond_its_first_page(program: Any) -> None:
    assert len(program.read("/proc/self/smaps", 16384)) == 16384
    assert program.read("/proc/self/nothing") is None


def test_a_card_outside_our_job_or_container_is_hidden_not_lost(program: Any, tmp_path: Path) -> None:
    program.PROC, program.SYS, program.DEV = (str(tmp_path / name) for name in ("proc", "sys", "dev"))
    roster = program.Roster()
    for minor, pci in enumerate(("0000:10:00.0", "0000:11:00.0", "0000:12:00.0")):
        device = tmp_path / "sys/bus/pci/devices" / pci
        device.mkdir(parents=True)
        (device / "vendor").write_text("0x10de\n")
        (device / "class").write_text("0x030200\n")
        facts = tmp_path / "proc/driver/nvidia/gpus" / pci
        facts.mkdir(parents=True)
        (facts / "information").write_text(f"Model: \t NVIDIA A100\nDevice Minor: \t {minor}\n")
    audio = tmp_path / "sys/bus/pci/devices/0000:10:00.1"
    audio.mkdir()
    (audio / "vendor").write_text("0x10de\n")
    (audio / "class").write_text("0x040300\n")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/nvidia1").write_text("")
    roster.card("0000:12:00.0", "GPU-c")
    roster.scan()
    assert roster.bus == ["0000:10:00.0", "0000:11:00.0", "0000:12:00.0"]
    assert roster.missing() == ["0000:11:00.0"]


def test_a_fault_is_told_once_and_their_number_is_bounded(program: Any) -> None:
    faults = program.Faults()
    for number in range(500):
        faults.add("host", ValueError("the same"))
        faults.add("mounts", f"cause {number}")
    assert len(faults.told) == 100
    assert len(faults.waiting) == 32


LAYOUTS = {
    "PciInfo": (68, {"legacy": 0, "ids": 16, "address": 36}),
    "Utilization": (8, {"gpu": 0, "memory": 4}),
    "Memory1": (24, {"total": 0, "free": 8, "used": 16}),
    "Memory2": (40, {"version": 0, "total": 8, "reserved": 16, "free": 24, "used": 32}),
    "Temperature": (12, {"version": 0, "sensor": 4, "value": 8}),
    "Field": (40, {"id": 0, "scope": 4, "at": 8, "latency": 16, "kind": 24, "code": 28, "value": 32}),
    "Fabric1": (28, {"cluster": 0, "status": 16, "clique": 20, "state": 24}),
    "Fabric2": (36, {"version": 0, "cluster": 4, "status": 20, "clique": 24, "state": 28, "health": 32}),
    "Violation": (16, {"reference": 0, "time": 8}),
    "Process1": (16, {"pid": 0, "memory": 8}),
    "Process2": (24, {"pid": 0, "memory": 8, "gpu_instance": 16, "compute_instance": 20}),
    "Process3": (32, {"pid": 0, "memory": 8, "gpu_instance": 16, "compute_instance": 20, "protected": 24}),
    "ProcessUse": (32, {"pid": 0, "at": 8, "sm": 16, "memory": 20, "encoder": 24, "decoder": 28}),
    "EventData": (32, {"device": 0, "kind": 8, "data": 16, "gpu_instance": 24, "compute_instance": 28}),
}
"""Size and offsets by the public header, on 64-bit Linux."""


@pytest.mark.parametrize("name", LAYOUTS)
def test_structures_are_laid_out_as_the_driver_writes_them(program: Any, name: str) -> None:
    structure = getattr(program, name)
    offsets = {field: getattr(structure, field).offset for field, *_ in structure._fields_}
    assert (ctypes.sizeof(structure), offsets) == LAYOUTS[name]
    if name.startswith("Fabric"):
        assert structure.state.size == 1


def test_a_child_that_never_ends_a_line_costs_no_more_than_256_kib(program: Any) -> None:
    up, into = os.pipe()
    child = program.Child(0, -1, up)
    for _ in range(40):
        os.write(into, b"x" * 32768)
        assert child.lines(1) == []
    assert len(child.rest) == 262144
    os.write(into, b"y\nz")
    (line,) = child.lines(1)
    assert (line[-2:], child.rest) == (b"xy", b"z")
    os.close(into)
    os.close(up)
