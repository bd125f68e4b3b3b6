"""Metrics as files: JSON lines, tables, the state of a trainer, and what their columns are called."""

import json
import math

import pytest

from console.rules.progress import metrics
from console.rules.progress.pattern import Known, Names


@pytest.fixture
def names(known: Known) -> Names:
    return known.names


def test_a_table_of_lightning_is_read(names: Names) -> None:
    head = "epoch,step,train_loss,val_loss\n"
    end = "0,49,2.5,\n0,50,,2.7\n1,99,2.25,\nbroken\n"
    found = metrics.table(head, end, names)
    assert [(one.step, one.epoch, one.loss) for one in found] == [(49, 0.0, 2.5), (50, 0.0, None), (99, 1.0, 2.25)]


def test_lines_of_json_are_read_and_others_passed_over(names: Names) -> None:
    text = (
        '00, "loss": 1}\n{"step": 1, "loss": 2.5, "_timestamp": 1700000000.5}\nnonsense\n[1, 2]\n{"a": 1}\n'
        '{"train": {"loss": 2.0}, "step": 2, "timestamp": 12.5}\n{"step": 3, "loss": NaN}\n{"step": 1e30, "loss": '
    )
    found = metrics.json_lines(text, names)
    assert [(one.step, one.loss, one.at) for one in found[:2]] == [(1, 2.5, 1700000000.5), (2, 2.0, None)]
    assert len(found) == 3
    assert math.isnan(found[2].loss or 0.0)


def test_the_state_of_transformers_is_read(names: Names) -> None:
    state = {
        "global_step": 200,
        "max_steps": 1000,
        "num_train_epochs": 5,
        "log_history": [
            {"epoch": 0.5, "loss": 2.5, "step": 100},
            {"epoch": 0.5, "eval_loss": 2.6, "step": 100},
            {"epoch": 1.0, "loss": 2.25, "step": 200},
            7,
        ],
    }
    found = metrics.trainer_state(json.dumps(state), names)
    assert [(one.step, one.steps, one.epoch, one.epochs, one.loss) for one in found] == [
        (100, 1000, 0.5, 5.0, 2.5),
        (200, 1000, 1.0, 5.0, 2.25),
    ]
    assert metrics.trainer_state("[1]", names) == []
    assert metrics.trainer_state("{" * 100_000, names) == []


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["val_loss", "Train/Loss", "lr"], "Train/Loss"),
        (["loss", "train_loss"], "loss"),
        (["ppo/loss/policy", "eval/loss"], "ppo/loss/policy"),
        (["loss_scale", "val loss", "test-loss"], None),
        (["my_loss", "another_long_loss"], "my_loss"),
        (["glossary", "accuracy"], None),
    ],
)
def test_the_training_loss_is_chosen_by_its_name(names: Names, keys: list[str], found: str | None) -> None:
    assert names.training_loss(keys) == found
