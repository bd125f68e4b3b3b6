"""NVML asked once in a child process: what it answers, that it fails in words, and that it may hang."""

import subprocess
import sys

import pytest

from backends.local import once
from backends.local.once import NvmlFacts, nvml_facts
from backends.record import Trouble


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Stand in for the program that asks NVML."""

    def write(text):
        path = tmp_path / "program.py"
        path.write_text(text)
        monkeypatch.setattr(once, "_PROGRAM", path)

    return write


def said(trouble):
    assert type(trouble) is Trouble
    return trouble.text.format(**trouble.values)


async def test_answers_become_facts(program):
    program("""print('{"driver":"580.1","cuda":13020,"nvml":"13.580.1","count":2,"names":["H100",null]}')""")
    assert await nvml_facts() == NvmlFacts("580.1", "13.2", "13.580.1", 2, ("H100", None))


async def test_what_nvml_would_not_say_is_unknown(program):
    program("""print('{"driver":null,"count":null,"names":[]}')""")
    assert await nvml_facts() == NvmlFacts()


async def test_no_driver_is_told(program):
    program("""print('{"error":"not found","kind":"NVMLError_LibraryNotFound"}')""")
    assert "libnvidia-ml.so.1" in said(await nvml_facts())


async def test_a_driver_that_cannot_be_used_is_told(program):
    program("""print('{"error":"Driver/library version mismatch","kind":"NVMLError_LibRmVersionMismatch"}')""")
    assert said(await nvml_facts()) == "NVML cannot be used: Driver/library version mismatch"


async def test_a_driver_that_hangs_is_told(program):
    program("import time; time.sleep(600)")
    assert "within 0.3 s" in said(await nvml_facts(0.3))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("raise ImportError('No module named pynvml')", "ImportError: No module named pynvml"),
        ("import os, signal; print('half'); os.kill(os.getpid(), signal.SIGSEGV)", ""),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\x1b')", "·"),
    ],
)
async def test_a_program_that_breaks_is_told(program, text, why):
    program(text)
    words = said(await nvml_facts())
    assert words.startswith("The program that asks NVML failed: ")
    assert words.endswith(why)
    assert words.isprintable()


async def test_the_real_program_answers_in_facts_or_in_words():
    answer = await nvml_facts(60)
    assert isinstance(answer, NvmlFacts) or "cannot be started" not in said(answer)
    assert not isinstance(answer, Trouble) or "failed" not in answer.text


def test_nvml_is_never_imported_in_our_own_process():
    modules = "backends.local.once, backends.local.driver, backends.local.facts_program"
    code = f"import sys, {modules}; sys.exit('pynvml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
