"""What a simulated job writes: lines that follow from its run and the time, so that nothing has to be kept.

A text is a row of pieces, by number from 0; a piece is a line, or a progress bar that overwrites itself. What is
written agrees with `training`: whoever reads steps and losses here finds those of the listing.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from backends.demo.curves import scatter
from backends.demo.runs import Run
from backends.demo.slurm import exit_of
from backends.demo.stories import HOSTILE
from backends.demo.training import LOADING, last_sign, loss_of, saves, speed_of, trains
from backends.jobs import JobState

EVERY = 10.0
"""Seconds between two pieces of the middle."""
OUTPUT, ERRORS, BOTH = "output", "errors", "both"
_Form = Callable[[Run, int, int, float, float], str]
"""(run, step, steps, loss, UTC) -> piece."""


def count(run: Run, output: str, now: float) -> int:
    """How many pieces there are at a moment; 0 before it starts."""
    if run.started > now:
        return 0
    head = len(_head(run, output))
    age = run.age(last_sign(run, now))
    middle = 0 if output == ERRORS else max(0, int((age - LOADING) // EVERY) + 1)
    return (head if age > 1.0 else 1) + middle + (len(_tail(run, output)) if run.ended <= now else 0)


def piece(run: Run, output: str, number: int, now: float) -> bytes:
    """One piece, of those that there are at a moment."""
    head = _head(run, output)
    if number < len(head):
        return f"{head[number]}\n".encode()
    tail = _tail(run, output) if run.ended <= now else []
    behind = number - (count(run, output, now) - len(tail))
    if behind >= 0:
        return f"{tail[behind]}\n".encode()
    return _middle(run, number - len(head)).encode()


def tail(run: Run, output: str, back: int, now: float) -> tuple[bytes, int]:
    """The last `back` bytes at a moment, and the number of the piece that comes next."""
    until = count(run, output, now)
    found: list[bytes] = []
    size, number = 0, until
    while number > 0 and size < back:
        number -= 1
        found.append(piece(run, output, number, now))
        size += len(found[-1])
    text = b"".join(reversed(found))
    return (text[-back:] if back > 0 else b""), until


def stamp(at: float) -> str:
    """A time as programs write it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _head(run: Run, output: str) -> list[str]:
    if output == ERRORS:
        warning = "UserWarning: lr_scheduler.step() was called before optimizer.step()"
        return [f"/opt/venv/lib/python3.12/site-packages/torch/optim/lr_scheduler.py:224: {warning}"]
    begun = stamp(run.started)
    lines = [f"[{begun}] job {run.number} restart {run.restarts}", f"[{begun}] {run.task.command[:160]}"]
    if trains(run):
        lines.append(f"[{begun}] world size {run.cards}, seed {run.seed}, bf16, micro batch 2")
        lines.append(f"[{begun}] NCCL INFO Bootstrap : Using ib0:10.12.0.{run.seed % 250}<0>")
    return lines


def _middle(run: Run, index: int) -> str:
    age = LOADING + index * EVERY
    at = run.started + run.paused + age
    if not trains(run):
        return _plain(run, index, at)
    steps = max(1, int((run.length - LOADING) * speed_of(run)))
    step = min(steps, int((age - LOADING) * speed_of(run)))
    if saves(run, age, EVERY):
        return f"[{stamp(at)}] saved checkpoint /scratch/{run.person.user}/{run.number}/step_{step}.pt in 11.4 s\n"
    loss = loss_of(run, step, steps, at)
    if run.task.name.startswith(HOSTILE[:20]):
        return _hostile(run, step, steps, loss, at)
    return _FORMS[run.seed % len(_FORMS)](run, step, steps, loss, at)


def _labelled(run: Run, step: int, steps: int, loss: float, at: float) -> str:
    rate = speed_of(run)
    return (
        f"{stamp(at)} | INFO | train | step {step}/{steps} | loss {loss:.4f} | lr {3e-4 * (1 - step / steps):.2e} | "
        f"{rate:.2f} it/s | {int(rate * run.cards * 4096)} tok/s\n"
    )


def _dictionary(_run: Run, step: int, steps: int, loss: float, _at: float) -> str:
    epoch = 3.0 * step / steps
    return f"{{'loss': {loss}, 'grad_norm': 0.84, 'learning_rate': 2.9e-05, 'epoch': {epoch:.2f}, 'step': {step}}}\n"


def _iteration(run: Run, step: int, steps: int, loss: float, at: float) -> str:
    return (
        f" [{stamp(at)}] iteration {step:8d}/{steps:8d} | consumed samples: {step * 512:12d} | elapsed time per "
        f"iteration (ms): {1000 / speed_of(run):.1f} | lm loss: {loss:.6E} | number of skipped iterations:   0 |\n"
    )


def _bar(run: Run, step: int, steps: int, loss: float, _at: float) -> str:
    rate, share = speed_of(run), step / steps
    cells = "█" * int(20 * share)
    gone, left = _clock(step / rate), _clock((steps - step) / rate)
    figures = f"{step}/{steps} [{gone}<{left}, {rate:.2f}it/s, loss={loss:.3f}]"
    return f"\r\x1b[32m{int(100 * share):3d}%\x1b[0m|{cells:<20}| {figures}" + ("\n" if step >= steps else "")


def _hostile(run: Run, step: int, steps: int, loss: float, at: float) -> str:
    """Steps, and all that a terminal must never be told."""
    tricks = (
        "\x1b[2J\x1b[H",
        "\x1b]0;owned\x07",
        "\x1b]52;c;cm0gLXJmIH4=\x07",
        "[bold red]",
        "\x9b31m",
        "\x00\x07\x08",
    )
    return f"{tricks[step % len(tricks)]}{_labelled(run, step, steps, loss, at)}"


_FORMS: tuple[_Form, ...] = (_labelled, _dictionary, _iteration, _bar)


def _clock(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60:02d}:{rest % 60:02d}"


def _plain(run: Run, index: int, at: float) -> str:
    draw = scatter(run.seed, index)
    if run.task.curve == "service":
        status = 503 if draw % 211 == 0 else 200
        return f'INFO:     10.8.{draw % 4}.{draw // 7 % 250}:{40_000 + draw % 9999} - "POST /v1/completions" {status}\n'
    if run.task.curve in ("notebook", "idle"):
        return f"[I {stamp(at)} NotebookApp] Saving file at /{run.person.user}/untitled{draw % 9}.ipynb\n"
    return f"[{stamp(at)}] shard {index}: {900 + draw % 400} samples, accuracy {0.55 + draw % 100 / 800:.4f}\n"


def _tail(run: Run, output: str) -> list[str]:
    """What is written last, by how it ended."""
    if run.outcome is JobState.COMPLETED:
        return [] if output == ERRORS else [f"[{stamp(run.ended)}] done"]
    if output == OUTPUT:
        return []
    if run.outcome is JobState.FAILED:
        return _traceback(run)
    if run.outcome is JobState.OUT_OF_MEMORY:
        step = f"StepId={run.number}.batch"
        return [f"slurmstepd: error: Detected 1 oom_kill event in {step}. Some of the step tasks have been OOM Killed."]
    why = _REASONS.get(run.outcome, "")
    at = stamp(run.ended).replace(" ", "T")
    return [f"slurmstepd: error: *** JOB {run.number} CANCELLED AT {at}{why} ***"]


_REASONS = {
    JobState.TIMEOUT: " DUE TO TIME LIMIT",
    JobState.NODE_FAIL: " DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS",
    JobState.PREEMPTED: " DUE TO PREEMPTION",
}


def _traceback(run: Run) -> list[str]:
    code = exit_of(run)
    why = {
        127: "bash: torchrun: command not found",
        134: "terminate called after throwing an instance of 'c10::Error'",
        139: "Segmentation fault (core dumped)",
    }.get(code)
    if why is not None:
        return [why]
    last = (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has 79.25 GiB in all",
        "RuntimeError: NCCL error in: ProcessGroupNCCL.cpp:2251, remote process exited or there was a network error",
        f"FileNotFoundError: [Errno 2] No such file or directory: '/data/{run.person.project}/shard-0041.tar'",
        "ValueError: loss is nan at step 4120, stopping",
    )[run.seed // 11 % 4]
    return [
        "Traceback (most recent call last):",
        f'  File "/home/{run.person.user}/src/train.py", line 412, in <module>',
        "    main(parse_arguments())",
        f'  File "/home/{run.person.user}/src/train.py", line 367, in main',
        "    loss = trainer.step(next(batches))",
        '  File "/opt/venv/lib/python3.12/site-packages/torch/nn/modules/module.py", line 1751, in _wrapped_call_impl',
        "    return self._call_impl(*args, **kwargs)",
        last,
    ]
