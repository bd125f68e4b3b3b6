"""What common trainers write, line by line as they write it, and what is made of it."""

import math

import msgspec
import pytest

from console.rules.progress.lines import Reader
from console.rules.progress.reading import Reading

TRAINERS = {
    "{'loss': 0.42, 'grad_norm': 1.1, 'learning_rate': 1e-05, 'epoch': 1.2}": {"epoch": 1.2, "loss": 0.42},
    "{'loss': '0.43', 'grad_norm': '1.1', 'learning_rate': '1e-05', 'epoch': '1.3'}": {"epoch": 1.3, "loss": 0.43},
    "[INFO|2024-05-01 10:00:00] llamafactory.train.callbacks:143 >> {'loss': 0.9312, 'epoch': 0.12}": {
        "epoch": 0.12,
        "loss": 0.9312,
    },
    " 12%|█▏        | 1200/10000 [10:00<1:13:20,  2.00it/s, loss=0.42]": {
        "bar": True,
        "step": 1200,
        "steps": 10000,
        "speed": 2.0,
        "loss": 0.42,
    },
    "  0%|          | 1/10000 [00:04<11:06:40,  4.00s/it]": {"bar": True, "step": 1, "steps": 10000, "speed": 0.25},
    "Steps:  12%|█▏ | 120/1000 [01:00<07:20, 2.0it/s, lr=1e-4, step_loss=0.3]": {
        "bar": True,
        "step": 120,
        "steps": 1000,
        "speed": 2.0,
        "loss": 0.3,
    },
    " 12%|#2        | 1.20k/10.0k [10:00<1:13:20, 2.00it/s]": {"bar": True, "step": 1200, "steps": 10000, "speed": 2.0},
    " [2024-05-01 10:00:00] iteration     1200/  500000 | consumed samples:       307200 | elapsed time per iteration"
    " (ms): 1250.0 | learning rate: 1.0E-04 | global batch size:   256 | lm loss: 2.1E+00 | loss scale: 1.0 |": {
        "step": 1200,
        "steps": 500000,
        "loss": 2.1,
        "speed": 0.8,
    },
    "[2023-01-01 10:00:00,000] [INFO] [logging.py:96:log_dist] [Rank 0] step=100, skipped=0, lr=[1e-05], mom=[0.9]": {
        "step": 100
    },
    "steps: 100 loss: 2.1000 iter time (s): 0.5 samples/sec: 64.0": {"step": 100, "loss": 2.1, "speed": 2.0},
    "[INFO] [timer.py:260:stop] epoch=0/micro_step=400/global_step=100, RunningAvgSamplesPerSec=10.1": {
        "step": 100,
        "epoch": 0.0,
    },
    "[Epoch 3][120/5000] loss 0.3": {"step": 15120, "epoch": 3.024, "loss": 0.3},
    "Epoch: [3][ 120/500]\tTime  0.250 ( 0.300)\tData  0.000 ( 0.010)\tLoss 3.1e+00 (3.2e+00)": {
        "step": 1620,
        "epoch": 3.24,
        "loss": 3.1,
        "speed": 4.0,
    },
    "Epoch: [3]  [ 120/500]  eta: 0:10:00  lr: 0.001  loss: 0.3 (0.4)  time: 0.5  data: 0.01  max mem: 5000": {
        "step": 1620,
        "epoch": 3.24,
        "loss": 0.3,
        "speed": 2.0,
    },
    "Epoch [3/10], Step [120/500], Loss: 0.31": {
        "step": 1120,
        "steps": 5000,
        "epoch": 2.24,
        "epochs": 10.0,
        "loss": 0.31,
    },
    "Epoch 3:  24%|██▍       | 120/500 [01:00<03:10,  2.00it/s, loss=0.3, v_num=1]": {
        "step": 1620,
        "epoch": 3.24,
        "loss": 0.3,
        "speed": 2.0,
    },
    "Epoch 3/10:  24%|██▍       | 120/500 [01:00<03:10,  2.00it/s, train_loss=0.3]": {
        "step": 1120,
        "steps": 5000,
        "epoch": 2.24,
        "epochs": 10.0,
        "loss": 0.3,
        "speed": 2.0,
    },
    "[titan] 2025-01-01 10:00:00,123 - root - INFO - \x1b[31mstep: 10  \x1b[32mloss:  7.1234  \x1b[33mmemory: 4GiB": {
        "step": 10,
        "loss": 7.1234,
    },
    "iter 120: loss 3.1000, time 200.00ms, mfu 30.00%": {"step": 120, "loss": 3.1, "speed": 5.0},
    "step 500: train loss 2.9000, val loss 3.0000": {"step": 500, "loss": 2.9},
    "step   120/19560 | loss 3.100000 (+0.1z)| norm 0.3 (+0.1z)| lr 1e-4 | 200.00 ms | 40% bf16 MFU | 100000 tok/s": {
        "step": 120,
        "steps": 19560,
        "loss": 3.1,
        "speed": 5.0,
    },
    "completed step: 120, seconds: 2.000, TFLOP/s/device: 100.0, Tokens/s/device: 1000, loss: 3.200": {
        "step": 120,
        "loss": 3.2,
        "speed": 0.5,
    },
    "Training epoch 0, iteration 1199/9999 | lr: 0.0001 | global_step: 1199 | reduced_train_loss: 2.1 |"
    " train_step_timing in s: 2.0": {"step": 1199, "steps": 9999, "epoch": 0.0, "loss": 2.1, "speed": 0.5},
    "05/01 - mmengine - INFO - Epoch(train)  [3][120/500]  lr: 1.0e-03  eta: 1:00:00  time: 0.5000  loss: 0.3": {
        "step": 1120,
        "epoch": 2.24,
        "loss": 0.3,
        "speed": 2.0,
    },
    "Iter(train) [  1200/160000]  base_lr: 1e-2 eta: 1 day  time: 0.25 data_time: 0.003 loss: 0.5": {
        "step": 1200,
        "steps": 160000,
        "loss": 0.5,
        "speed": 4.0,
    },
    "[05/01 10:00:00 d2.utils.events]:  eta: 1:00:00  iter: 1200  total_loss: 0.5  loss_cls: 0.1  time: 0.25  lr: 1": {
        "step": 1200,
        "loss": 0.5,
        "speed": 4.0,
    },
    "      3/100      5.23G      1.234      0.5       640:  24%|██▍       | 120/500 [01:00<03:10,  2.00it/s]": {
        "step": 1120,
        "steps": 50000,
        "epoch": 2.24,
        "epochs": 100.0,
        "speed": 2.0,
    },
    "step 120/1,000 loss 0.3": {"step": 120, "steps": 1000, "loss": 0.3},
    "INFO train step=120 loss=0.33 lr=1e-4": {"step": 120, "loss": 0.33},
    "Epoch 3: train loss 0.2, val loss 0.3": {"epoch": 3.0, "loss": 0.2},
    "Epoch 3/10 - loss: 0.3 - val loss: 0.4": {"epoch": 3.0, "epochs": 10.0, "loss": 0.3},
    "Epoch 3/10 - loss: 0.3": {"epoch": 3.0, "epochs": 10.0, "loss": 0.3},
    '{"step":1,"loss":0.5}': {"step": 1, "loss": 0.5},
    '2024 INFO {"epoch": 1, "update": 0.5, "loss": "7.1", "num_updates": "100"}': {
        "step": 100,
        "epoch": 1.0,
        "loss": 7.1,
    },
    '{"current_steps": 10, "total_steps": 100, "loss": 0.5, "epoch": 0.3}': {
        "step": 10,
        "steps": 100,
        "epoch": 0.3,
        "loss": 0.5,
    },
}
SAVING = (
    "[INFO|trainer.py:3410] 2024-05-01 10:00:00,000 >> Saving model checkpoint to saves/x/checkpoint-500",
    "saving checkpoint at iteration    1200 to /ckpt in torch_dist format",
    "  successfully saved checkpoint from iteration    1200 to /ckpt [ t 1/8, p 1/4 ]",
    "Checkpoint saved",
    "saving checkpoint to out",
    "[titan] INFO - Finished saving the checkpoint in 3.2 seconds.",
    "Saved checkpoint: /scratch/run/step-500.pt",
    "[Torch] Saved /scratch/run/global_step500/mp_rank_00_model_states.pt.",
)
SILENT = (
    "{'eval_loss': 0.5, 'eval_runtime': 3.2, 'epoch': 1.2}",
    "Map:  12%|█▏        | 1200/10000 [10:00<1:13:20, 2000.00 examples/s]",
    "Loading checkpoint shards:  50%|█████     | 2/4 [00:10<00:10,  5.00s/it]",
    "Validation DataLoader 0:  24%|██▍       | 12/50 [01:00<03:10,  2.00it/s]",
    "Sanity Checking DataLoader 0: 100%|██████████| 2/2 [00:01<00:00,  2.00it/s]",
    "model.safetensors:  12%|█▏        | 120M/1.00G [00:10<01:00, 12.0MB/s]",
    "A checkpoint will be saved every 500 steps",
    "Failed to save the checkpoint: no space left on device",
    "Saving the checkpoint failed: no space left on device",
    "Loading checkpoint from /ckpt/iter_0001000",
    "Epoch 3: val loss 0.3, val acc 0.9",
    "[eval] step 500 loss 3.0",
    "2024-05-01 10:00:00 INFO validation: epoch 3 loss 0.3",
    " validation loss at iteration 1000 | lm loss value: 2.1E+00 | lm loss PPL: 8.1E+00 |",
    "NCCL INFO Channel 00/32 : 0 1 2 3 4 5 6 7",
    "Traceback (most recent call last):",
    "",
)


def said(reading: Reading) -> dict[str, object]:
    """What a reading says, but for the pattern that took it."""
    plain = msgspec.structs.asdict(reading)
    return {
        name: value for name, value in plain.items() if name != "strand" and value is not None and value is not False
    }


@pytest.mark.parametrize("line", TRAINERS)
def test_a_line_of_a_trainer_is_read(reader: Reader, line: str) -> None:
    readings, _ = reader.read(f"something else\n{line}\n")
    assert [said(reading) for reading in readings] == [pytest.approx(TRAINERS[line])]


@pytest.mark.parametrize("line", SAVING)
def test_a_checkpoint_is_noticed(reader: Reader, line: str) -> None:
    assert [said(reading) for reading in reader.read(line)[0]] == [{"saved": True}]


@pytest.mark.parametrize("line", SILENT)
def test_what_is_no_training_is_passed_over(reader: Reader, line: str) -> None:
    assert reader.read(line)[0] == []


def test_bars_that_overwrite_each_other_are_read_one_by_one(reader: Reader) -> None:
    text = "".join(f"\r {step}%|█| {step}/100 [00:10<01:00,  2.00it/s]" for step in (1, 2, 3))
    assert [reading.step for reading in reader.read(text)[0]] == [1, 2, 3]


def test_the_bars_of_keras_belong_to_the_epoch_above_them(reader: Reader) -> None:
    first, carried = reader.read("Epoch 3/10\n\r120/500 [===>..........] - ETA: 3s - loss: 0.2000 - accuracy: 0.9\n")
    assert [said(one) for one in first] == [
        pytest.approx({"step": 1120, "steps": 5000, "epoch": 2.24, "epochs": 10, "loss": 0.2})
    ]
    line = "\x1b[1m240/500\x1b[0m \x1b[32m━━━━\x1b[0m\x1b[37m━━━━━\x1b[0m \x1b[1m3s\x1b[0m 20ms/step - loss: 0.2100\n"
    later, _ = reader.read(line, carried)
    assert (later[0].step, later[0].speed) == (1240, 50.0)
    verbose, _ = reader.read("500/500 - 12s - loss: 0.19 - 24ms/step\n", carried)
    assert (verbose[0].step, verbose[0].epoch) == (1500, 3.0)


def test_losses_that_are_no_numbers_are_told(reader: Reader) -> None:
    for line in ('{"step": 3, "loss": NaN}', "step: 3  loss: nan", "{'loss': nan, 'step': 3, 'epoch': 1.0}"):
        (found,) = reader.read(line)[0]
        assert found.step == 3
        assert found.loss is not None
        assert math.isnan(found.loss)
    (found,) = reader.read("step: 3  loss: 1e400")[0]
    assert found.loss == math.inf
    (found,) = reader.read('{"step": 3, "loss": -Infinity}')[0]
    assert found.loss == -math.inf
