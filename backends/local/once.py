"""What NVML says of this machine, asked once through the real ``pynvml`` in a child process that may hang or crash."""

import asyncio
import sys
from pathlib import Path

import msgspec

from backends.local import child
from backends.probe.line import excerpt
from backends.record import N_, Trouble

_PROGRAM = Path(__file__).with_name("facts_program.py")


class NvmlFacts(msgspec.Struct, frozen=True):
    """What NVML says of itself and of the cards it can see; None is what it would not say."""

    driver: str | None = None
    cuda: str | None = None
    """``13.0``"""
    nvml: str | None = None
    """Version of the library."""
    count: int | None = None
    names: tuple[str | None, ...] = ()
    """One for each card, in NVML's order; None where the card does not answer."""


class _Said(msgspec.Struct, frozen=True):
    driver: str | None = None
    cuda: int | None = None
    nvml: str | None = None
    count: int | None = None
    names: tuple[str | None, ...] = ()
    error: str | None = None
    kind: str | None = None


ABSENT = N_("There is no NVIDIA driver here: libnvidia-ml.so.1 is not found.")


def absent(trouble: Trouble) -> bool:
    """Whether a trouble of `nvml_facts` is only that this machine has no driver; all others want mending."""
    return trouble.text == ABSENT


async def nvml_facts(timeout: float = 10) -> NvmlFacts | Trouble:  # noqa: ASYNC109 - it also bounds how the child is ended
    """Ask NVML for its versions and its cards.

    Args:
        timeout: seconds after which the driver is said to hang; returns at most 3 s later.
    """
    try:
        process = await child.start(sys.executable, "-I", str(_PROGRAM))
    except OSError as error:
        return Trouble(N_("Python cannot be started: {why}"), values={"why": excerpt(str(error).encode())})
    try:
        async with asyncio.timeout(timeout):
            said, stderr = await process.communicate()
    except TimeoutError:
        text = N_("The NVIDIA driver does not answer: NVML has not come back within {seconds} s.")
        hint = N_("Look for Xid messages in the kernel log; as a rule only a reboot helps.")
        return Trouble(text, hint, {"seconds": f"{timeout:g}"})
    finally:
        await child.end(process)
    return _read(said, stderr)


def _read(said: bytes, stderr: bytes) -> NvmlFacts | Trouble:
    try:
        facts = msgspec.json.decode(said, type=_Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        lines = stderr.strip().splitlines()
        text = N_("The program that asks NVML failed: {why}")
        return Trouble(text, values={"why": excerpt(lines[-1] if lines else said)})
    if facts.error is None:
        cuda = None if facts.cuda is None else f"{facts.cuda // 1000}.{facts.cuda % 1000 // 10}"
        return NvmlFacts(facts.driver, cuda, facts.nvml, facts.count, facts.names)
    if facts.kind == "NVMLError_LibraryNotFound":
        return Trouble(ABSENT, N_("On a machine without NVIDIA GPUs this is as it should be."))
    text = N_("NVML cannot be used: {why}")
    hint = N_("Compare nvidia-smi; after an update of the driver a reboot may be due.")
    return Trouble(text, hint, {"why": excerpt(facts.error.encode())})
