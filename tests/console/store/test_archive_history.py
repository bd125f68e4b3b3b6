"""The archive with its history: full disks, budgets, damage, crashes, and the files of every schema."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_room import BEGIN, ROOMY, Hand, curve, filled, look, made

from console.model.config import Retention
from console.model.history import Curves, CurvesOf
from console.services.archive import Archive
from console.store.room import used
from console.store.schema import SCHEMA
from console.store.series.ledger import Series

FILES = Path(__file__).parents[2] / "store"


def test_killed_at_any_time_a_collector_loses_no_more_than_its_last_look(tmp_path: Path, clock: Hand):
    path = tmp_path / "lab.db"
    archive, _ = made(path, clock)
    for _ in range(45):
        look(archive, clock)
        clock.go(2.0)
    again, series = made(path, clock)  # nobody said farewell
    look(again, clock)
    found = curve(path, series, BEGIN, clock.now, 30)
    assert None not in found
    assert len(found) == 30


def test_history_stops_while_the_disk_must_stay_free_and_goes_on_by_itself(
    tmp_path: Path, clock: Hand, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "lab.db"
    archive, series = made(path, clock, Retention(spare=1000))
    room = os.statvfs(tmp_path)

    def free(number: int) -> None:
        fields = [*room]
        fields[1], fields[4] = 1, number
        monkeypatch.setattr("console.services.disk.os.statvfs", lambda _: os.statvfs_result(fields))

    free(2000)
    look(archive, clock)
    free(999)
    clock.go(60.0)
    assert look(archive, clock), "events and heartbeat are written"
    (trouble,) = archive.troubles
    assert trouble.values == {"free": "0 MB", "spare": "0 MB"}
    free(1001)
    clock.go(60.0)
    look(archive, clock)
    assert archive.troubles, "a little more is not enough to begin anew"
    free(1100)
    clock.go(60.0)
    look(archive, clock)
    assert archive.troubles == ()
    assert [value is not None for value in curve(path, series, BEGIN, BEGIN + 240, 4)] == [True, False, False, True]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root to mount a small tmpfs")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip(f"cannot mount a tmpfs: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)


def test_a_disk_that_is_really_full_stops_the_writing_and_nothing_else(small_disk: Path, clock: Hand):
    path = small_disk / "lab.db"
    archive, series = made(path, clock)
    look(archive, clock)
    clock.go(2.0)
    ballast = small_disk / "ballast"
    fill(ballast)
    wrote = [look(archive, clock) for _ in range(3) if clock.go(2.0) is None]
    while all(wrote):  # the log had some room left
        clock.go(2.0)
        wrote.append(look(archive, clock))
        assert len(wrote) < 500
    (trouble,) = archive.troubles
    assert "cannot be written" in trouble.text
    assert "full" in trouble.values["error"]
    ballast.unlink()
    clock.go(2.0)
    assert look(archive, clock)
    assert archive.troubles == ()
    assert None not in curve(path, series, BEGIN, clock.now, 20)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_what_is_too_old_goes_and_its_room_is_used_again(tmp_path: Path, clock: Hand):
    path = tmp_path / "lab.db"
    kept = Retention(spare=0, ticks=1800.0, minutes=4 * 3600.0, five_minutes=3600.0)
    archive, series = filled(path, clock, 360, kept)
    sizes = []
    for _ in range(6):
        for _ in range(240):
            look(archive, clock, beat=True)
            clock.go(15.0)
        sizes.append(archive._database.read("PRAGMA page_count")[0][0])
    assert sizes[-1] == sizes[1], "pages that came free are filled before the file grows"
    ((oldest,),) = archive._database.read("SELECT min(id) >> 32 FROM chunk")
    assert isinstance(oldest, int)
    assert clock.now - 1800.0 - 360 <= oldest * 60 <= clock.now - 1700.0
    ((hour,),) = archive._database.read("SELECT min(id) >> 32 FROM card_hour")
    assert isinstance(hour, int)
    assert hour * 3600 >= clock.now - 5 * 3600.0
    since = series.oldest(archive._database._db)
    assert since is not None
    assert since >= clock.now - 5 * 3600.0


def test_over_its_budget_the_oldest_of_the_heaviest_goes_first(tmp_path: Path, clock: Hand):
    path = tmp_path / "lab.db"
    archive, _ = filled(path, clock, 300)
    db = archive._database._db
    before = used(db)
    ((minutes, hours),) = archive._database.read(
        "SELECT (SELECT count(*) FROM chunk), (SELECT count(*) FROM card_hour)"
    )
    clock.go(1.0)
    archive._kept = Retention(spare=0, budget=before - 20_000)
    look(archive, clock, beat=True)
    assert used(db) < before
    ((fewer, same),) = archive._database.read("SELECT (SELECT count(*) FROM chunk), (SELECT count(*) FROM card_hour)")
    assert isinstance(minutes, int)
    assert isinstance(fewer, int)
    assert fewer < minutes
    assert same == hours
    ((oldest,),) = archive._database.read("SELECT min(id) >> 32 FROM chunk")
    assert isinstance(oldest, int)
    assert oldest > BEGIN // 60


def test_a_clock_that_leaps_ahead_does_not_remove_everything(tmp_path: Path, clock: Hand):
    path = tmp_path / "lab.db"
    archive, _ = filled(path, clock, 60)
    ((before,),) = archive._database.read("SELECT count(*) FROM chunk")
    clock.now += 900 * 86_400.0
    for _ in range(10):
        look(archive, clock, beat=True)
        clock.go(30.0)
    ((after,),) = archive._database.read("SELECT count(*) FROM chunk")
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after >= before
    clock.go(7200.0)
    look(archive, clock, beat=True)
    ((at_last,),) = archive._database.read("SELECT count(*) FROM chunk")
    assert isinstance(at_last, int)
    assert at_last < before, "it stayed so: then it is the truth"


def spoiled(path: Path) -> None:
    """Overwrite the pages of a file in its middle, as a bad disk does; its head stays sound."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for start in range(40 * 4096, size, 4096):
            file.seek(start)
            file.write(b"\xa5" * 4096)


def test_damage_that_is_found_while_writing_is_said_and_set_aside_at_the_next_start(tmp_path: Path, clock: Hand):
    path = tmp_path / "lab.db"
    archive, _ = filled(path, clock, 200)
    archive._database.close()
    archive, _ = made(path, clock)
    archive._database._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spoiled(path)
    archive._database._db.execute("PRAGMA cache_size=1")
    for _ in range(200):
        look(archive, clock, beat=True)
        clock.go(15.0)
        if archive.troubles:
            break
    (trouble,) = archive.troubles
    assert "is damaged" in trouble.text
    size = path.stat().st_size
    for _ in range(10):
        assert look(archive, clock)
    assert path.stat().st_size == size
    archive._database.close()
    anew, _ = made(path, clock)
    (trouble,) = anew.troubles
    assert trouble.values["name"].startswith("lab.db.damaged-")
    assert (tmp_path / trouble.values["name"]).stat().st_size == size
    assert look(anew, clock)
    third, _ = made(path, clock)
    assert third.troubles == (), "the mark is gone with the file"


def test_a_file_that_was_cut_off_is_set_aside(tmp_path: Path, clock: Hand):
    path = tmp_path / "lab.db"
    archive, _ = filled(path, clock, 100)
    archive._database.close()
    os.truncate(path, path.stat().st_size // 3)
    archive, _ = made(path, clock)
    for _ in range(400):
        look(archive, clock, beat=True)
        clock.go(15.0)
        if archive.troubles:
            break
    assert archive.troubles
    archive._database.close()
    archive, _ = made(path, clock)
    assert [each.name for each in tmp_path.iterdir() if ".damaged-" in each.name and not each.name.endswith("-wal")]
    assert look(archive, clock)


def test_a_defect_of_the_history_takes_nothing_else_along(tmp_path: Path, clock: Hand):
    class Broken(Series):
        def write(self, db: object, found: object) -> None:
            raise ZeroDivisionError("oh [bold]no")

    archive = Archive(tmp_path / "lab.db", clock, ledgers=(Broken(),), kept=ROOMY)
    assert not look(archive, clock, beat=True)
    assert [trouble.values for trouble in archive.troubles] == [{"error": "ZeroDivisionError: oh [bold]no"}]
    assert look(archive, clock, beat=True)
    assert archive._database.read("SELECT value FROM meta WHERE key = 'heartbeat'") == [(int(BEGIN),)]


def test_while_nothing_can_be_written_no_memory_fills(tmp_path: Path, clock: Hand):
    archive, _ = made(tmp_path / "lab.db", clock)
    archive._database._db.execute("PRAGMA query_only=1")
    for _ in range(100):
        assert not look(archive, clock)
        clock.go(2.0)
    assert len(archive._samples) == 16
    assert archive._samples[-1].at == clock.now - 2.0


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_the_file_of_every_schema_can_be_opened_and_goes_on(tmp_path: Path, clock: Hand, schema: int):
    path = tmp_path / "lab.db"
    shutil.copyfile(FILES / f"lab-v{schema}.db", path)
    clock.now = 1_795_000_100.0
    archive, series = made(path, clock)
    assert [card.uuid for card in archive.known["gpu01"]] == [
        f"GPU-6f1c2f0e-0000-4000-8000-00000000000{number}" for number in range(2)
    ]
    assert [(event.kind, event.code) for event in archive.events] == [("xid", 79), ("bus", None)]
    assert look(archive, clock)
    assert archive.troubles == ()
    assert archive._database.read("SELECT value FROM meta WHERE key = 'schema'") == [(SCHEMA,)]
    kept = [each.name for each in tmp_path.iterdir() if ".schema-" in each.name]
    assert kept == ([f"lab.db.schema-{schema}"] if schema < SCHEMA else [])
    if kept:
        assert (tmp_path / kept[0]).stat().st_mode & 0o777 == 0o600
    if schema >= 2:
        db = archive._database._db
        for span, points in ((1800.0, 300), (6 * 3600.0, 360), (30 * 86_400.0, 400)):
            until = 1_795_000_000.0
            answer = series.curves(db, CurvesOf(("util", "power"), until - span, until, points, "gpu01", 0))
            assert isinstance(answer, Curves)
            assert max(value for value in answer.curves[0].high if value is not None) == 97.0
