"""TensorBoard event files: whole, damaged, cut off, from the midst; written by a writer of the tests' own."""

import importlib.util
import struct
import time
from pathlib import Path
from types import ModuleType

import pytest

from console.rules.progress.pattern import Known
from console.rules.progress.tensorboard import LARGEST, frames, masked, readings, scalars

T = 1_700_000_000.0


def _writer() -> ModuleType:
    path = Path(__file__).with_name("event_file.py")
    spec = importlib.util.spec_from_file_location("event_file", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


W = _writer()


def test_the_check_sum_is_that_of_the_format() -> None:
    """The sum of "123456789" is 0xE3069283 by RFC 3720."""
    assert W.crc32c(b"123456789") == 0xE3069283
    assert struct.pack("<I", masked(b"123456789")) == W.mask(b"123456789")


def test_the_loss_is_read_step_by_step(known: Known) -> None:
    found = readings(W.training(T, 5), known.names)
    assert [(one.step, one.at) for one in found] == [(step, T + step * 10) for step in range(1, 6)]
    assert [one.loss for one in found] == pytest.approx([4.0, 2.0, 4 / 3, 1.0, 0.8])


@pytest.mark.parametrize("content", [True, False])
def test_a_number_may_be_a_tensor(content: bool) -> None:
    (found,) = scalars(W.event(T, 3, W.tensor("epoch_loss", 0.5, content=content)))
    assert (found.tag, found.step, found.at, found.value) == ("epoch_loss", 3, T, 0.5)


def test_without_a_loss_the_steps_are_read(known: Known) -> None:
    found = readings(W.event(T, 3, W.simple("lr", 0.1)), known.names)
    assert [(one.step, one.loss) for one in found] == [(3, None)]


def test_an_end_that_is_cut_off_costs_the_last_one_only() -> None:
    data = W.training(T, 5)
    whole = list(scalars(data))
    for cut in range(1, 60):
        assert list(scalars(data[:-cut])) in (whole[:-1], whole[:-2])


def test_damage_costs_what_it_hits_and_no_more() -> None:
    data = bytearray(W.training(T, 50))
    whole = list(scalars(bytes(data)))
    data[500:520] = b"\xff" * 20
    found = list(scalars(bytes(data)))
    assert len(whole) - 3 <= len(found) < len(whole)
    assert found[-1] == whole[-1]


def test_reading_may_begin_in_the_midst() -> None:
    data = W.training(T, 50)
    whole = list(scalars(data))
    for start in range(1000, 1100):
        found = list(scalars(data[start:]))
        assert found == whole[-len(found) :]
        assert len(found) > 100


def test_what_is_large_is_skipped() -> None:
    image = W.framed(b"\0" * (LARGEST + 1))
    assert [
        one.step for one in scalars(W.event(T, 1, W.simple("a", 1.0)) + image + W.event(T, 2, W.simple("a", 1.0)))
    ] == [1, 2]
    assert list(frames(image)) == []


def test_steps_and_times_that_cannot_be_are_left_out() -> None:
    assert list(scalars(W.event(T, 2**63, W.simple("a", 1.0)))) == []
    assert list(scalars(W.event(float("nan"), 1, W.simple("a", 1.0)))) == []
    assert list(scalars(W.event(-5.0, 1, W.simple("a", 1.0)))) == []


@pytest.mark.parametrize("pattern", ["00", "ff", "0000000001", "0100000000"])
def test_nothing_takes_long(pattern: str) -> None:
    """Half a megabyte is what is read of a file."""
    piece = bytes.fromhex(pattern)
    begin = time.perf_counter()
    assert list(scalars(piece * ((1 << 19) // len(piece)))) == []
    assert time.perf_counter() - begin < 5.0
