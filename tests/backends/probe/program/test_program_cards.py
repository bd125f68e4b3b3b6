"""The probe's cards beside the mock driver: values, what is not supported, lost, broken, hung, MIG, old drivers."""

from pathlib import Path
from typing import Any

import pytest

from backends.probe import wire
from backends.probe.text import text


def states(tick: Any) -> list[str]:
    return [gpu.state for gpu in tick.gpus]


def test_once_says_everything_once_and_two_ticks(lab: Any) -> None:
    lab.fleet(util=90, memory_used=1 << 30, temperature=61, power=350.5, throttle=4, memory_temperature=77)
    live = lab.once()
    kinds = [type(message).__name__ for message in live.messages]
    assert kinds[0] == "Hello"
    assert kinds[-2:] == ["Tick", "Tick"]
    assert set(kinds) == {"Hello", "Cards", "Health", "Processes", "Mounts", "Tick"}
    assert live.last(wire.Cards).reader == "nvml"
    card = live.last(wire.Cards).cards[1]
    assert (card.pci, card.name, card.memory) == ("0000:11:00.0", "NVIDIA H100 80GB HBM3", 85520809984)
    assert (card.power_limit, card.clock_max, card.pcie_width, card.mig, card.unsupported) == (700, 1980, 16, False, [])
    tick = live.last(wire.Tick)
    assert (tick.reader, len(tick.gpus)) == ("ok", 2)
    gpu = tick.gpus[1]
    assert (gpu.util, gpu.memory_used, gpu.temperature, gpu.memory_temperature) == (90, 1 << 30, 61, 77)
    assert (gpu.power, gpu.throttle, gpu.clock, gpu.pstate, gpu.fan) == (350.5, 4, 1980, 0, 30)
    assert tick.host.total > 0
    assert tick.host.memory_total > 0
    first, second = live.all(wire.Tick)
    assert second.mono - first.mono >= 0.3


def test_slow_group(lab: Any) -> None:
    lab.fleet(
        {
            "gpu.0.link.3.crc": 9,
            "gpu.0.link.4.up": 0,
            "gpu.1.links": 0,
            "gpu.1.fabric": "!3",
        },
        ecc_uncorrected=2,
        remap_pending=1,
        recovery=4,
        pcie_width=8,
        pcie_replays=12,
        pcie_sent=1 << 40,
        throttled_hardware=5_000_000_000,
        retired_double=3,
        persistence=0,
    )
    live = lab.once()
    row, other = live.last(wire.Health).cards
    assert (row.ecc_corrected, row.ecc_uncorrected, row.remap_pending, row.remap_failed) == (0, 2, True, False)
    assert (row.recovery, row.pcie_width, row.pcie_replays, row.pcie_sent) == (4, 8, 12, 1 << 40)
    assert (row.throttled_hardware, row.retired_double, row.retired_pending) == (5_000_000_000, 3, False)
    assert (row.fabric, row.fabric_status, row.persistence, len(row.links)) == (3, 0, False, 18)
    assert (row.links[3].crc, row.links[3].up, row.links[4].up, row.links[4].crc) == (9, True, False, 0)
    assert (other.links, other.fabric) == ([], None)
    assert live.last(wire.Cards).cards[1].unsupported == ["fabric", "fabric_status", "links"]


def test_what_is_not_supported_is_told_apart_from_what_failed(lab: Any) -> None:
    lab.fleet({"gpu.0.fan": "!3", "gpu.0.memory_temperature": "!3", "gpu.1.power": "!999"})
    live = lab.once()
    first, second = live.last(wire.Cards).cards
    assert first.unsupported == ["fan", "memory_temperature"]
    assert second.unsupported == []
    gpus = live.last(wire.Tick).gpus
    assert (gpus[0].fan, gpus[0].memory_temperature, gpus[0].power) == (None, None, 70)
    assert (gpus[1].fan, gpus[1].power, gpus[1].state) == (30, None, "ok")


def test_a_card_is_lost_and_comes_back(lab: Any) -> None:
    lab.fleet(count=3)
    live = lab.start("--interval", "0.2")
    live.until(wire.Tick, lambda t: states(t) == ["ok", "ok", "ok"])
    lab.fleet({"gpu.1.lost": 1}, count=3)
    tick = live.until(wire.Tick, lambda t: states(t) == ["ok", "lost", "ok"])
    assert tick.gpus[1].error == 15
    lab.fleet({"gpu.2.broken": 999}, count=3)
    tick = live.after(wire.Tick, lambda t: states(t) == ["ok", "ok", "broken"])
    assert tick.gpus[2].error == 999
    assert [card.pci for card in live.last(wire.Cards).cards] == ["0000:10:00.0", "0000:11:00.0", "0000:12:00.0"]


@pytest.mark.parametrize(
    ("key", "state", "error"), [("lost", "lost", 15), ("handle", "lost", 15), ("broken", "broken", 999)]
)
def test_a_card_that_never_answered_is_listed_by_its_place_on_the_bus(
    lab: Any, key: str, state: str, error: int
) -> None:
    lab.bus("0000:10:00.0", "0000:11:00.0", "0000:12:00.0")
    lab.fleet({f"gpu.1.{key}": {"lost": 1, "handle": "!15", "broken": 999}[key]}, count=3)
    live = lab.once()
    cards = live.last(wire.Cards)
    lost = next(i for i, card in enumerate(cards.cards) if card.pci == "0000:11:00.0")
    assert len(cards.cards) == 3
    assert cards.cards[lost].uuid is None
    assert cards.bus == ["0000:10:00.0", "0000:11:00.0", "0000:12:00.0"]
    gpus = live.last(wire.Tick).gpus
    assert (gpus[lost].state, gpus[lost].error) == (state, error)
    assert sorted(gpu.state for gpu in gpus) == sorted(["ok", "ok", state])


def test_a_card_without_driver_is_lost_unless_it_is_kept_from_us(lab: Any) -> None:
    lab.bus("0000:10:00.0", "0000:11:00.0", "0000:40:00.0", "0000:41:00.0")
    (lab.folder / "vfio-pci").mkdir()
    (lab.folder / "sys/bus/pci/devices/0000:41:00.0/driver").symlink_to(lab.folder / "vfio-pci")
    live = lab.once()
    assert [card.pci for card in live.last(wire.Cards).cards] == ["0000:10:00.0", "0000:11:00.0", "0000:40:00.0"]
    assert states(live.last(wire.Tick)) == ["ok", "ok", "lost"]


def test_a_card_that_vanishes_from_the_count_stays_listed(lab: Any) -> None:
    lab.fleet(count=3)
    live = lab.start("--interval", "0.2", source=text().replace("WAIT = 1000", "WAIT = 100"))
    live.until(wire.Tick, lambda t: states(t) == ["ok"] * 3)
    lab.fleet(count=2)
    tick = live.until(wire.Tick, lambda t: states(t) == ["ok", "ok", "lost"])
    assert tick.reader == "ok"
    assert live.last(wire.Cards).cards[2].uuid == "GPU-5ba1a5ba-0000-4000-8000-000000000002"
    lab.fleet(count=3)
    live.after(wire.Tick, lambda t: states(t) == ["ok"] * 3)


def test_a_library_that_prints_does_not_talk_into_the_wire(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDECK_MOCK_CHATTY", "1")
    live = lab.start("--interval", "0.25")
    live.complains = b"the driver says hello\n"
    live.until(wire.Tick, lambda t: states(t) == ["ok", "ok"])  # every line of it is decoded, or this fails


def test_a_hung_driver_leaves_the_host_running_and_comes_back_by_itself(lab: Any) -> None:
    live = lab.start("--interval", "0.25", source=text().replace("STALL = 3.0", "STALL = 1.0"))
    live.until(wire.Tick, lambda t: states(t) == ["ok", "ok"])
    lab.fleet({"gpu.1.hang_ms": 600000})
    stalled = live.until(wire.Tick, lambda t: t.reader == "stalled")
    assert stalled.reader_detail.startswith("nvmlDeviceGet")
    assert stalled.gpus == []
    assert stalled.mono - stalled.reader_since > 0.9
    later = live.after(wire.Tick, lambda t: t.mono > stalled.mono + 0.5)
    assert (later.reader, later.reader_since) == ("stalled", stalled.reader_since)
    assert later.host.total >= stalled.host.total
    assert later.host.uptime > stalled.host.uptime
    lab.fleet(util=33)
    back = live.after(wire.Tick, lambda t: t.reader == "ok")
    assert live.after(wire.Tick, lambda t: t.gpus and t.gpus[1].util == 33).reader == "ok"
    assert back.reader_detail is None
    assert back.reader_since > later.mono, "it answers since then, not since before it hung"


def test_a_driver_that_hangs_at_the_start_does_not_stop_the_hello(lab: Any) -> None:
    lab.fleet({"hang_ms": 600000})
    lab.bus("0000:10:00.0")
    live = lab.start("--interval", "0.2")
    live.until(wire.Hello)
    live.until(wire.Cards, lambda c: c.bus == ["0000:10:00.0"] and c.reader is None)
    live.until(wire.Tick, lambda t: t.mono > live.last(wire.Hello).mono + 0.5)
    assert {tick.reader for tick in live.all(wire.Tick)} == {"starting"}
    lab.fleet()
    live.until(wire.Tick, lambda t: t.reader == "ok")


def test_mig_instances_are_under_their_card(lab: Any) -> None:
    lab.fleet(
        {
            "gpu.0.mig": 1,
            "gpu.0.mig.0": "1 0 20401094656 1048576 1g.20gb",
            "gpu.0.mig.2": "5 0 40802189312 2097152 3g.40gb",
            "gpu.0.process.0": "1 1048576 0 5 0",
        }
    )
    live = lab.once()
    card = live.last(wire.Cards).cards[0]
    assert card.mig is True
    assert [(part.index, part.gpu_instance, part.memory) for part in card.parts] == [
        (0, 1, 20401094656),
        (2, 5, 40802189312),
    ]
    assert card.parts[1].uuid.startswith("MIG-")
    assert "util" in card.unsupported
    gpu = live.last(wire.Tick).gpus[0]
    assert (gpu.util, gpu.parts) == (None, [1048576, 2097152])
    uses = [(use.pid, use.card, use.part, use.memory) for use in live.last(wire.Processes).uses]
    assert uses == [(1, 0, 2, 1048576)]


FULL = {
    "util": 70,
    "temperature": 55,
    "memory_used": 1 << 31,
    "memory_reserved": 0,
    "throttle": 8,
    "throttled_thermal": 77,
}


def test_an_old_driver_is_asked_in_its_own_words(lab: Any, old_library: Path) -> None:
    lab.library = old_library
    lab.fleet({"gpu.0.process.0": "1 4096 20", "gpu.0.link.2.replay": 4}, **FULL)
    live = lab.once()
    gpu = live.last(wire.Tick).gpus[0]
    assert (gpu.state, gpu.util, gpu.temperature, gpu.memory_used, gpu.throttle) == ("ok", 70, 55, 1 << 31, 8)
    health = live.last(wire.Health).cards[0]
    assert (health.throttled_software, health.links[2].replay, health.recovery) == (77, 4, None)
    assert {"recovery", "fabric", "pcie_sent"} <= set(live.last(wire.Cards).cards[0].unsupported)
    assert [(use.pid, use.memory, use.util) for use in live.last(wire.Processes).uses] == [(1, 4096, 20)]


def test_functions_that_are_missing_at_run_time_have_their_elders(lab: Any) -> None:
    missing = (
        "nvmlInit_v2 nvmlDeviceGetMemoryInfo_v2 nvmlDeviceGetTemperatureV nvmlDeviceGetFanSpeed",
        "nvmlDeviceGetCurrentClocksEventReasons",
    )
    lab.fleet({"missing": ", ".join(missing[0].split())}, **FULL)
    live = lab.once()
    gpu = live.last(wire.Tick).gpus[0]
    assert (gpu.temperature, gpu.memory_used, gpu.fan) == (55, 1 << 31, None)
    assert live.last(wire.Cards).cards[0].unsupported == ["fan"]
    lab.fleet({"missing": missing[1]}, **FULL)
    assert lab.once().last(wire.Tick).gpus[0].throttle == 8


def test_64_cards(lab: Any) -> None:
    lab.fleet(count=64)
    live = lab.once()
    assert states(live.last(wire.Tick)) == ["ok"] * 64


def test_no_library_and_no_card_is_absent_and_with_cards_it_is_failed(lab: Any) -> None:
    (lab.folder / "bin").mkdir()
    lab.library = None
    tick = lab.once().last(wire.Tick)
    if tick.reader == "ok":
        pytest.skip("this machine has a driver of its own")
    assert (tick.reader, tick.gpus) == ("absent", [])
    lab.bus("0000:10:00.0")
    live = lab.once()
    tick = live.last(wire.Tick)
    assert tick.reader == "failed"
    assert "libnvidia-ml.so.1 cannot be loaded" in tick.reader_detail
    assert (live.last(wire.Cards).reader, live.last(wire.Cards).bus) == (None, ["0000:10:00.0"])
    assert live.last(wire.Health).kernel_log is None


def test_a_driver_that_does_not_start_is_failed_in_its_own_words(lab: Any) -> None:
    lab.bus("0000:10:00.0")
    lab.fleet(init="!9")
    tick = lab.once().last(wire.Tick)
    assert (tick.reader, tick.reader_detail) == ("failed", "nvmlInit: Driver Not Loaded (9)")


def test_a_driver_that_is_gone_is_said_and_opened_again(lab: Any) -> None:
    live = lab.start("--interval", "0.2", source=text().replace("RETRY = 30.0", "RETRY = 1.0"))
    live.until(wire.Tick, lambda t: states(t) == ["ok", "ok"])
    lab.fleet({"gpu.*.broken": 1})  # every call says UNINITIALIZED, as after the driver was loaded anew
    tick = live.until(wire.Tick, lambda t: t.reader == "failed")
    assert tick.reader_detail == "Uninitialized (1)"
    assert len(live.last(wire.Cards).cards) == 2
    lab.fleet(util=12)
    tick = live.after(wire.Tick, lambda t: states(t) == ["ok", "ok"])
    assert tick.gpus[0].util == 12


def test_another_card_in_the_same_slot_keeps_its_place(lab: Any) -> None:
    lab.fleet({"gpu.1.uuid": "GPU-old", "gpu.1.fan": "!3"})
    live = lab.start("--interval", "0.2")
    live.until(wire.Cards, lambda c: len(c.cards) == 2 and c.cards[1].unsupported == ["fan"])
    lab.fleet({"gpu.1.uuid": "GPU-new", "gpu.1.name": "NVIDIA H200"}, count=3)
    cards = live.until(wire.Cards, lambda c: len(c.cards) == 3 and c.cards[1].uuid == "GPU-new")
    assert (cards.cards[1].name, cards.cards[1].pci) == ("NVIDIA H200", "0000:11:00.0")
    live.until(wire.Cards, lambda c: c.cards and c.cards[1].uuid == "GPU-new" and c.cards[1].unsupported == [])


def test_a_ring_of_samples_that_outgrows_the_buffer_is_read_whole(lab: Any) -> None:
    lab.fleet({f"gpu.0.process.{n}": f"{500 + n} 4096 {n + 10}" for n in range(3)}, samples=40)
    uses = lab.once().last(wire.Processes).uses
    assert [(use.pid, use.util) for use in uses] == [(500, 10), (501, 11), (502, 12)]


def test_the_newest_sample_of_a_process_counts_and_is_no_more_than_100(lab: Any) -> None:
    lab.fleet({"gpu.0.process.0": "500 4096 250", "gpu.0.samples": 5})
    assert [use.util for use in lab.once().last(wire.Processes).uses] == [100]


def test_a_driver_of_535_with_longer_rows_of_processes(lab: Any, long_rows_library: Path) -> None:
    lab.library = long_rows_library
    lab.fleet({f"gpu.0.process.{n}": f"{500 + n} {4096 + n} 20" for n in range(20)})
    live = lab.once()
    assert [(use.pid, use.memory) for use in live.last(wire.Processes).uses] == [(500 + n, 4096 + n) for n in range(20)]


@pytest.mark.parametrize("missing", ["", "nvmlDeviceGetGpuFabricInfoV"])
def test_the_state_of_the_fabric_is_one_byte(lab: Any, missing: str) -> None:
    lab.fleet({"missing": missing}, fabric=2)
    assert [row.fabric for row in lab.once().last(wire.Health).cards] == [2, 2]
