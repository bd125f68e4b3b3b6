"""What is kept of a defect: where, not with which values."""

from pathlib import Path

from console.services import crash


def _fail(secret: str) -> None:
    held = secret.upper()
    raise ValueError("no such thing" if held else "")


def test_a_crash_file_says_where_and_holds_no_variable(tmp_path: Path) -> None:
    try:
        _fail("".join(reversed("2retnuh")))
    except ValueError as error:
        path = crash.keep(tmp_path / "state", error)
    assert path is not None
    text = path.read_text()
    assert "in _fail" in text
    assert "ValueError: no such thing" in text
    assert "hunter2" not in text.lower()
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_old_crash_files_go(tmp_path: Path) -> None:
    for number in range(crash.KEPT + 5):
        (tmp_path / f"crash-20200101-0000{number:02}-1.txt").touch()
    crash.keep(tmp_path, ValueError())
    assert len(list(tmp_path.glob("crash-*.txt"))) == crash.KEPT


def test_where_nothing_can_be_written_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert crash.keep(tmp_path / "file", ValueError()) is None
