"""An archive that is opened over its budget, long after anybody looked, or by a clock that is wrong."""

from pathlib import Path

from archive_room import BEGIN, Hand, curve, filled, look, made

from console.model.config import Retention
from console.store.room import used


def test_a_collector_that_starts_over_its_budget_comes_down_and_goes_on(tmp_path: Path, clock: Hand):
    path = tmp_path / "lab.db"
    archive, _ = filled(path, clock, 600)
    budget = int(used(archive._database._db) / 1.3)
    archive._database.close()
    begun = clock.now
    archive, series = made(path, clock, Retention(spare=0, budget=budget))
    look(archive, clock, beat=True)
    assert archive.troubles, "no history is written at first"
    for _ in range(8):
        clock.go(15.0)
        look(archive, clock, beat=True)
    assert archive.troubles == ()
    assert used(archive._database._db) <= budget * 1.1
    assert any(value is not None for value in curve(path, series, begun + 30.0, clock.now, 4))
    assert None not in curve(path, series, begun - 1800.0, begun, 30), "the last of what was there is summed up"


def test_nothing_goes_of_what_is_still_to_be_summed_up(tmp_path: Path, clock: Hand):
    """Whoever starts after a month puts the last ten minutes of then together before their samples go."""
    path = tmp_path / "lab.db"
    archive, _ = filled(path, clock, 55)
    archive._database.close()
    since, until = clock.now - 3000.0, clock.now - 60.0
    clock.go(30 * 86_400.0)
    archive, series = made(path, clock)
    look(archive, clock, beat=True)
    for _ in range(30):
        archive._settled = clock.running  # the clock is right
        clock.go(15.0)
        look(archive, clock, beat=True)
    assert archive._database.read("SELECT min(id) >> 32 FROM chunk") >= [(int(until // 60) + 1,)]
    assert None not in curve(path, series, since, until, 20)


def test_a_clock_that_is_weeks_ahead_at_the_start_does_not_remove_everything(tmp_path: Path, clock: Hand):
    path = tmp_path / "lab.db"
    archive, _ = filled(path, clock, 60)
    since, until = BEGIN, clock.now - 60.0
    archive._database.close()
    clock.now += 30 * 86_400.0
    archive, series = made(path, clock)
    ((before,),) = archive._database.read("SELECT count(*) FROM chunk")
    for _ in range(20):
        look(archive, clock, beat=True)
        clock.go(15.0)
    ((after,),) = archive._database.read("SELECT count(*) FROM chunk")
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after >= before
    clock.now -= 30 * 86_400.0
    for _ in range(20):
        look(archive, clock, beat=True)
        clock.go(15.0)
    assert None not in curve(path, series, since, until, 300)
    clock.now += 30 * 86_400.0
    look(archive, clock, beat=True)
    clock.go(3700.0)
    look(archive, clock, beat=True)
    look(archive, clock, beat=True)
    assert archive._database.read("SELECT min(id) >> 32 FROM chunk") > [(int(until // 60),)], "then it is the truth"


def test_the_budget_holds_while_the_clock_is_doubted(tmp_path: Path, clock: Hand):
    path = tmp_path / "lab.db"
    archive, _ = filled(path, clock, 600)
    budget = int(used(archive._database._db) / 1.3)
    archive._database.close()
    clock.go(7 * 86_400.0)
    archive, _ = made(path, clock, Retention(spare=0, budget=budget))
    for _ in range(9):
        look(archive, clock, beat=True)
        clock.go(15.0)
    assert archive.troubles == ()
