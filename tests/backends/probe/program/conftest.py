"""A probe that runs as a child with standard input open, as it does on a node, beside a mock driver."""

import contextlib
import functools
import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import msgspec
import pytest

import backends.probe
from backends.probe import wire
from backends.probe.text import text

PROGRAM = Path(backends.probe.__file__).with_name("program.py")
TESTS = Path(__file__).parents[3]
BOOTSTRAP = "import sys;n=int(sys.stdin.buffer.readline());exec(compile(sys.stdin.buffer.read(n),'probe','exec'))"
"""How every transport starts the probe."""


def loaded(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = loaded(TESTS / "nvml" / "build.py", "quarterdeck_mock_build")


@functools.cache
def compiled() -> CodeType:
    return compile(text(), str(PROGRAM), "exec")


@pytest.fixture
def program() -> ModuleType:
    """The program's names, a fresh copy for each test, so that a test may move PROC and SYS."""
    module = ModuleType("quarterdeck_probe_program")
    exec(compiled(), module.__dict__)
    return module


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if build.compiler() is None:
        pytest.skip("no C compiler for the mock driver")
    return build.build(tmp_path_factory.mktemp("nvml")).parent


@pytest.fixture(scope="session")
def old_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if build.compiler() is None:
        pytest.skip("no C compiler for the mock driver")
    return build.build(tmp_path_factory.mktemp("nvml-old"), "OLD_DRIVER").parent


@pytest.fixture(scope="session")
def long_rows_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if build.compiler() is None:
        pytest.skip("no C compiler for the mock driver")
    return build.build(tmp_path_factory.mktemp("nvml-535"), "LONG_ROWS").parent


@pytest.fixture
def fleet_file() -> Callable[..., Path]:
    """Writes the state of the mock driver."""
    return build.fleet_file  # type: ignore[no-any-return]  # loaded by its path


class Live:
    """A running probe: every line that it prints is decoded as it comes."""

    def __init__(self, folder: Path, library: Path | None, source: str, python: str, args: tuple[str, ...]) -> None:
        self.folder = folder
        self.messages: list[Any] = []
        self.bytes = 0
        self.strange: list[bytes] = []
        self.complains = b""
        """What it must have written to standard error when it is closed."""
        self.changed = threading.Condition()
        environ = {
            **os.environ,
            "LD_LIBRARY_PATH": str(library or folder / "no-library"),
            "QUARTERDECK_MOCK_NVML": str(folder / "fleet"),
            "QUARTERDECK_SYS": str(folder / "sys"),
            "QUARTERDECK_DEV": str(folder / "dev"),
            "QUARTERDECK_HOLD": str(folder / "hold"),
            **({"PATH": f"{folder / 'bin'}:/usr/bin:/bin"} if (folder / "bin").exists() else {}),
            **({"QUARTERDECK_PROC": str(folder / "proc")} if (folder / "proc").exists() else {}),
        }
        self.process = subprocess.Popen(
            [python, "-c", BOOTSTRAP, *args],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin is not None
        data = source.encode()
        self.process.stdin.write(b"%d\n" % len(data) + data)
        self.process.stdin.flush()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        decoder = wire.decoder()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                message = decoder.decode(line)
            except msgspec.MsgspecError:  # the test fails on it, with the line
                self.strange.append(line)
                message = None
            with self.changed:
                self.bytes += len(line)
                self.messages.append(message)
                self.changed.notify_all()

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def all(self, kind: type) -> list[Any]:
        with self.changed:
            return [message for message in self.messages if isinstance(message, kind)]

    def last(self, kind: type) -> Any:
        return self.all(kind)[-1]

    def until(self, kind: type, check: Callable[[Any], object] = bool, timeout: float = 60) -> Any:
        """The first message of that kind, from now or before, for which the check holds."""
        end = time.monotonic() + timeout
        seen = 0
        with self.changed:
            while True:
                for message in self.messages[seen:]:
                    if isinstance(message, kind) and check(message):
                        return message
                seen = len(self.messages)
                left = end - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self.reader.is_alive()):
                    raise AssertionError(f"no such {kind.__name__}; said: {self.messages[-4:]} {self.strange}")
                self.changed.wait(min(left, 0.5))

    def after(self, kind: type, check: Callable[[Any], object], timeout: float = 60) -> Any:
        """Like `until`, but only what comes from now on."""
        now = max((m.mono for m in self.messages if m is not None), default=0.0)
        return self.until(kind, lambda m: m.mono > now and check(m), timeout)

    def wait(self, timeout: float = 20) -> int:
        code = self.process.wait(timeout)
        self.reader.join(5)
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join(5)
        errors = self.process.stderr.read() if self.process.stderr else b""
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        assert self.strange == []
        assert errors == self.complains, errors


class Lab:
    """Starts probes beside one mock driver whose state a test writes."""

    def __init__(self, folder: Path, library: Path) -> None:
        self.folder = folder
        self.library: Path | None = library
        self.running: list[Live] = []
        for name in ("sys/bus/pci/devices", "dev", "hold"):
            (folder / name).mkdir(parents=True)
        (folder / "dev" / "kmsg").write_text("")
        self.fleet()

    def fleet(self, values: Mapping[str, object] | None = None, /, **cards: object) -> None:
        build.fleet_file(self.folder / "fleet", values, **{"count": 2, **cards})

    def bus(self, *addresses: str) -> None:
        """What sysfs lists."""
        for address in addresses:
            device = self.folder / "sys/bus/pci/devices" / address
            device.mkdir(parents=True)
            (device / "vendor").write_text("0x10de\n")
            (device / "class").write_text("0x030200\n")

    def start(self, *args: str, source: str | None = None, python: str = sys.executable) -> Live:
        live = Live(self.folder, self.library, source or text(), python, args)
        self.running.append(live)
        return live

    def once(self, python: str = sys.executable) -> Live:
        live = self.start("--once", python=python)
        assert live.wait() == 0
        return live


@pytest.fixture
def lab(tmp_path: Path, library: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path, library)
    yield lab
    for live in lab.running:
        live.close()
