"""What is kept of a defect: where, not with which values, and naming nobody."""

import os
import stat
from pathlib import Path

import pytest

from console.rules.scrub import Scrubber
from console.services import crash


def _fail(secret: str) -> None:
    held = secret.upper()
    raise ValueError("no such thing" if held else "")


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_a_crash_file_says_where_and_holds_no_variable(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        _fail("".join(reversed("2retnuh")))
    except ValueError as error:
        path = crash.keep(tmp_path / "state", error)
    finally:
        os.umask(before)
    assert path is not None
    text = path.read_text()
    assert "in _fail" in text
    assert "ValueError: no such thing" in text
    assert "hunter2" not in text.lower()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_it_names_nobody(tmp_path: Path) -> None:
    scrub = Scrubber(str(Path.home()), ["wang"], ["gpu-07"])
    error = OSError(f"wang@gpu-07 (10.1.2.3): {Path.home()}/x --token=hf_abcdefghijk of /home/zhao")
    path = crash.keep(tmp_path, error, scrub.text)
    assert path is not None
    last = path.read_text().rstrip().split("\n")[-1]
    assert last == "OSError: user-1@host-1 (address-1): ~/x --token=*** of /home/user-2"


def test_old_crash_files_go(tmp_path: Path) -> None:
    for number in range(crash.KEPT + 5):
        (tmp_path / f"crash-20200101-0000{number:02}-1.txt").touch()
    crash.keep(tmp_path, ValueError())
    assert len(list(tmp_path.glob("crash-*.txt"))) == crash.KEPT


def test_where_nothing_can_be_written_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert crash.keep(tmp_path / "file", ValueError()) is None


def test_a_link_that_was_put_there_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash.time, "strftime", lambda _form: "then")
    (tmp_path / f"crash-then-{os.getpid()}.txt").symlink_to(tmp_path / "elsewhere")
    assert crash.keep(tmp_path, ValueError()) is None
    assert not (tmp_path / "elsewhere").exists()
