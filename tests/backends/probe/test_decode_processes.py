"""What a process is, said once, joined with what it uses."""

import pytest

from backends.records import NodeProcesses, ProcessUse

A, B = ["0000:02:00.0", "GPU-a"], ["0000:01:00.0", "GPU-b"]
TRAIN = [41, 900, 1000, "ada", "python train.py", "123", "0", None, "pod-1", "c1", 1_789_999_000.0]


def listing(records):
    (found,) = records
    assert type(found) is NodeProcesses
    return found


@pytest.fixture
def busy(node):
    node.cards(A, B)
    return node


def say(node, new=(), uses=(), *rest):
    return listing(node.say("p", node.mono, list(new), list(uses), *rest)).processes


def test_one_process_on_several_cards_is_one_process(busy):
    uses = [[41, 900, 0, None, 10, 50.0, 100, 7], [42, 1, 1], [41, 900, 1, 2, 20, None, 100, 7]]
    train, other = say(busy, [TRAIN], uses)
    assert (train.pid, train.uid, train.user, train.command) == (41, 1000, "ada", "python train.py")
    assert (train.job, train.step, train.pod, train.container) == ("123", "0", "pod-1", "c1")
    assert (train.started, train.memory, train.cpu) == (1_789_999_000.0, 7, None)
    assert train.uses == (ProcessUse(1, None, 10, 50.0), ProcessUse(0, 2, 20, None))
    assert (other.pid, other.user, other.started) == (42, None, None)


def test_what_was_said_once_holds_and_cpu_is_of_the_nodes_clock(busy):
    say(busy, [TRAIN], [[41, 900, 0, None, None, None, 1000]])
    busy.wait(4)
    (train,) = say(busy, [], [[41, 900, 0, None, None, None, 1800]])
    assert (train.user, train.cpu) == ("ada", pytest.approx(200.0))
    busy.wait(4)
    (train,) = say(busy, [], [[41, 900, 0, None, None, None, 5]])
    assert train.cpu is None


def test_a_pid_that_was_given_to_another_process_is_another(busy):
    say(busy, [TRAIN], [[41, 900, 0, None, None, None, 1000]])
    busy.wait(4)
    (other,) = say(busy, [], [[41, 7777, 0, None, None, None, 2000]])
    assert (other.user, other.cpu) == (None, None)


def test_a_process_that_was_away_for_a_moment_is_still_known(busy):
    say(busy, [TRAIN], [[41, 900, 0]])
    busy.wait(30)
    assert say(busy) == ()
    busy.wait(20)
    assert say(busy, [], [[41, 900, 0]])[0].user == "ada"


def test_a_process_that_is_gone_is_forgotten(busy):
    say(busy, [TRAIN], [[41, 900, 0]])
    busy.wait(61)
    say(busy)
    assert say(busy, [], [[41, 900, 0]])[0].user is None


def test_a_flood_of_processes_that_hold_nothing_is_forgotten(busy):
    say(busy, [TRAIN], [[41, 900, 0]])
    say(busy, [[pid, 1] for pid in range(1000, 6000)], [[41, 900, 0]])
    assert len(busy.decoder._table._what) == 1
    assert say(busy, [], [[41, 900, 0]])[0].user == "ada"


def test_a_hello_forgets_every_process(busy):
    say(busy, [TRAIN], [[41, 900, 0]])
    busy.hello()
    busy.cards(A, B)
    assert say(busy, [], [[41, 900, 0]])[0].user is None


@pytest.mark.parametrize("card", [-1, 2, 10**9])
def test_a_card_that_is_not_listed_is_no_slot(busy, card):
    (train,) = say(busy, [TRAIN], [[41, 900, card]])
    assert train.uses == ()


def test_use_is_a_percentage_even_when_the_driver_overshoots(busy):
    uses = [[1, 1, 0, None, None, 250.0], [2, 1, 0, None, None, -3.0]]
    assert [process.uses[0].util for process in say(busy, [], uses)] == [100.0, 0.0]


def test_a_list_that_hides_processes_says_so(busy):
    assert listing(busy.say("p", busy.mono, [], [], False)).complete is False
    assert listing(busy.say("p", busy.mono)).complete is True


@pytest.mark.parametrize(("ahead", "started"), [(1.4, 1_789_999_000.0), (3600.3, 1_789_995_400.0)])
def test_a_start_is_corrected_by_whole_seconds_and_only_where_the_skew_is_worth_showing(new_node, ahead, started):
    node = new_node(ahead=ahead)
    node.hello()
    node.cards(A, B)
    assert say(node, [TRAIN], [[41, 900, 0]])[0].started == started
