"""When a loss runs away, and when it only looks so."""

import math
import random

import pytest

from console.rules.progress.losses import LEAST, RUNNING, diverging

CALM = [2.0 + math.sin(number) * 0.2 for number in range(60)]


def test_a_loss_that_jumps_and_stays_runs_away() -> None:
    assert diverging([*CALM, *[7.0] * RUNNING])
    assert not diverging([*CALM, *[7.0] * (RUNNING - 1)])
    assert not diverging([*CALM, *[7.0] * (RUNNING - 1), 2.0])


def test_a_loss_that_is_lost_runs_away_at_once() -> None:
    assert diverging([math.nan, math.nan])
    assert diverging([*CALM, math.inf, math.nan])
    assert not diverging([*CALM, math.nan])
    assert not diverging([*CALM, math.nan, 2.0])


def test_a_start_is_not_judged() -> None:
    assert not diverging([*[0.1] * LEAST, *[9.0] * (RUNNING - 1)])
    assert not diverging([0.5, 11.0, 9.0, 12.0, 8.0, 10.0, 9.0, 7.0])


def test_one_lucky_batch_does_not_set_the_best() -> None:
    assert not diverging([*CALM, 0.1, *CALM])


@pytest.mark.parametrize("scale", [0.001, 1.0, 1000.0])
def test_a_noisy_descent_is_none(scale: float) -> None:
    chance = random.Random(7)
    losses = [scale * (8 * math.exp(-number / 40) + 2) * chance.uniform(0.6, 1.4) for number in range(400)]
    assert not any(diverging(losses[:end]) for end in range(1, 400))


def test_a_loss_below_zero_has_no_ratio() -> None:
    assert not diverging([*[-3.0] * 40, *[2.0] * 10])
    assert not diverging([])
