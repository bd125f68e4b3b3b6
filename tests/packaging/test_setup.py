"""The setup script where it can go wrong: what it fetches, whose settings it honours, what it says when it fails."""

import base64
import errno
import fcntl
import hashlib
import importlib.util
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import IO, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
WHEEL = b"not really a wheel"
NAME = "pip-1.2-py3-none-any.whl"
PASSWORD = "s3cret"


class Index(NamedTuple):
    """A package index on the loopback."""

    url: str
    pages: dict[str, bytes]
    """What it serves, by path."""
    asked: list[tuple[str, str | None]]
    """Each path that was asked for, with the Authorization header."""

    def mirror(self) -> str:
        """Its address with a user and a password, as labs write it."""
        return self.url.replace("//", f"//alice:{PASSWORD}@") + "/simple"


@pytest.fixture
def index() -> Iterator[Index]:
    pages: dict[str, bytes] = {}
    asked: list[tuple[str, str | None]] = []

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization")))
            page = pages.get(self.path)
            self.send_response(404 if page is None else 200)
            self.end_headers()
            self.wfile.write(page or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the library
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Index(f"http://127.0.0.1:{server.server_port}", pages, asked)
        server.shutdown()
        thread.join()


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script, with a home and a lock of its own, and none of the settings of this machine."""
    spec = importlib.util.spec_from_file_location("setup_script", ROOT / ".ci" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("PIP_INDEX_URL", "PIP_PROXY", "PIP_CERT", "PIP_CONFIG_FILE", "XDG_CONFIG_HOME", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    lock = tmp_path / "pip.lock"
    lock.write_text(
        f"pip==1.2 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{hashlib.sha256(WHEEL).hexdigest()}\n"
    )
    monkeypatch.setattr(module, "PIP_LOCK", lock)
    return module


def test_pip_is_fetched_from_the_users_mirror(
    setup: ModuleType, index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    index.pages["/simple/pip/"] = f'<a href="../../files/{NAME}#sha256=00">{NAME}</a>'.encode()
    index.pages[f"/files/{NAME}"] = WHEEL
    monkeypatch.setenv("PIP_INDEX_URL", index.mirror())
    assert setup.fetch_pip(tmp_path).read_bytes() == WHEEL
    page, authorization = index.asked[0]
    assert page == "/simple/pip/"
    assert authorization == "Basic " + base64.b64encode(f"alice:{PASSWORD}".encode()).decode()


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({}, "HTTP Error 404"),
        ({"/simple/pip/": b'<a href="pip-9-py3-none-any.whl">'}, f"lists no {NAME}"),
        (
            {"/simple/pip/": f'<a href="{NAME}">'.encode(), f"/simple/pip/{NAME}": b"another file"},
            "is not the file that .ci/pip.lock names; it was not used",
        ),
    ],
)
def test_what_cannot_be_fetched_is_said_without_the_password(
    setup: ModuleType,
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    pages: dict[str, bytes],
    said: str,
):
    index.pages.update(pages)
    monkeypatch.setenv("PIP_INDEX_URL", index.mirror())
    with pytest.raises(setup.SetupError) as failure:
        setup.fetch_pip(tmp_path)
    assert said in str(failure.value)
    assert PASSWORD not in str(failure.value)
    assert not (tmp_path / NAME).exists()


def test_no_network_is_said_with_what_may_help(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    with pytest.raises(setup.SetupError, match="cannot read") as failure:
        setup.fetch_pip(tmp_path)
    assert "http://127.0.0.1:1/simple/pip/" in str(failure.value)
    assert "https_proxy" in str(failure.value)


def test_a_folder_is_no_index(setup: ModuleType):
    with pytest.raises(setup.SetupError, match="is not a web address"):
        setup.fetch("file:///etc/passwd")


def test_pips_settings_are_read_where_pip_reads_them(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    own = tmp_path / ".config" / "pip" / "pip.conf"
    own.parent.mkdir(parents=True)
    own.write_text("[global]\nindex-url = https://own.example/simple\n")
    assert setup.pip_setting("index-url") == "https://own.example/simple"
    named = tmp_path / "named.conf"
    named.write_text("[install]\nindex-url = https://named.example/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(named))
    assert setup.pip_setting("index-url") == "https://named.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://environment.example/simple")
    assert setup.pip_setting("index-url") == "https://environment.example/simple"


def test_a_step_that_fails_tells_how_it_ended(setup: ModuleType):
    command = ["sh", "-c", f"echo https://alice:{PASSWORD}@mirror.example/ could not connect; exit 1"]
    with pytest.raises(setup.SetupError) as failure:
        setup.run(command)
    said = str(failure.value)
    assert "https://mirror.example/ could not connect" in said
    assert "PIP_INDEX_URL" in said


def test_what_is_up_to_date_is_left_alone(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    made: list[str] = []
    monkeypatch.setattr(setup, "VENV", tmp_path / "venv")
    monkeypatch.setattr(setup, "STAMP", tmp_path / "venv" / "stamp")
    monkeypatch.setattr(setup, "PYTHON", tmp_path / "venv" / "python")
    monkeypatch.setattr(setup, "compile_catalogues", lambda: None)

    def make(lock: str) -> None:
        made.append(lock)
        (tmp_path / "venv").mkdir(exist_ok=True)
        (tmp_path / "venv" / "python").touch()

    monkeypatch.setattr(setup, "with_uv", lambda uv, lock: make(lock))
    monkeypatch.setattr(setup, "with_pip", make)
    for wanted in ("run", "run", "dev", "dev", "run"):
        setup.refresh(wanted)
    assert made == ["requirements.lock", "requirements-dev.lock"]
    monkeypatch.setattr(setup, "digest", lambda kind: "another lock")
    setup.refresh("run")
    assert made[2:] == ["requirements-dev.lock"], "what dev brought was taken away"


def test_what_is_locked_is_open_for_writing_as_nfs_wants_it(setup: ModuleType, monkeypatch: pytest.MonkeyPatch):
    kinds: list[int] = []

    def flock(file: IO[str], kind: int) -> None:
        """Lock as NFS does, where an exclusive lock is one of the kind that fcntl makes."""
        if fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        kinds.append(kind)

    monkeypatch.setattr(setup.fcntl, "flock", flock)
    with setup.locked():
        assert kinds == [fcntl.LOCK_EX]


def test_a_file_system_without_locks_is_said_in_words(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def flock(_file: IO[str], _kind: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(setup.fcntl, "flock", flock)
    monkeypatch.setattr(setup.sys, "argv", ["setup.py"])
    assert setup.main() == 1
    said = capsys.readouterr().err
    assert f"setup.py cannot be locked: {os.strerror(errno.ENOLCK)}" in said
    assert "a checkout on a local disk" in said
