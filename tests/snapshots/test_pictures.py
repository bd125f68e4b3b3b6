"""What each view looks like. Each docstring says what a person should see; `make snap` takes the pictures anew."""

import stage
from lately import Lately

WIDE = (120, 40)
SMALL = (80, 24)


def test_gpus_named(snap_compare, said):
    """32 nodes in columns with cells, owner and job; the card under the cursor is told on line 2 and at the right."""
    assert snap_compare(stage.console(said), terminal_size=WIDE)


def test_gpus_compact(snap_compare, said):
    """Name and cells of every node, four or more side by side; the bottom line says that it is compact."""
    assert snap_compare(stage.console(said), terminal_size=WIDE, press=["z"])


def test_gpus_dense(snap_compare, said):
    """Cells alone, two cards per character, under the names of their racks."""
    assert snap_compare(stage.console(said), terminal_size=WIDE, press=["z", "z"])


def test_gpus_memory(snap_compare, said):
    """How full the cards' memory is; the legend has percent."""
    assert snap_compare(stage.console(said), terminal_size=WIDE, press=["m"])


def test_gpus_temperature(snap_compare, said):
    """How hot the cards are; the legend has degrees."""
    assert snap_compare(stage.console(said), terminal_size=WIDE, press=["m", "m"])


def test_gpus_power(snap_compare, said):
    """How much of their power limit the cards draw."""
    assert snap_compare(stage.console(said), terminal_size=WIDE, press=["m", "m", "m"])


def test_gpus_owner(snap_compare, said):
    """A letter and a colour for each person; free cards are dots."""
    assert snap_compare(stage.console(said), terminal_size=WIDE, press=["m", "m", "m", "m"])


def test_gpus_health(snap_compare, said):
    """Only what is wrong stands out: warnings, critical cards, lost ones, the stale node and the one that is down."""
    assert snap_compare(stage.console(said), terminal_size=WIDE, press=["m", "m", "m", "m", "m"])


def test_gpus_light(snap_compare, said):
    """The same as named, readable on white."""
    assert snap_compare(stage.console(said, "light"), terminal_size=WIDE)


def test_gpus_mono_ascii(snap_compare, said):
    """80 × 24 without a colour and without a sign beyond ASCII: everything is still told apart."""
    assert snap_compare(stage.console(said, "mono", stage.ASCII), terminal_size=SMALL)


async def _gpu(pilot):
    pilot.app._main.go("gpu", "gpu-04:3")
    for _ in range(3):
        await pilot.pause()


def test_gpu_page(snap_compare, said):
    """Figures, owners and health at the left, plots of the last hour at the right: bands with the mean, and a gap."""
    assert snap_compare(stage.console(said, following=Lately), terminal_size=WIDE, run_before=_gpu)


def test_gpu_page_in_ascii(snap_compare, said):
    """The same without a colour and without a sign beyond ASCII: line, band and gap are told apart."""
    app = stage.console(said, "mono", stage.ASCII, following=Lately)
    assert snap_compare(app, terminal_size=WIDE, run_before=_gpu)


def test_node_page_of_the_hung_mount(snap_compare, said):
    """The node says that a file system does not answer, since when, and goes on with CPU, memory and cards."""

    async def go(pilot):
        pilot.app._main.go("node", hung(pilot.app._main.scene))
        for _ in range(3):
            await pilot.pause()

    assert snap_compare(stage.console(said, following=Lately), terminal_size=WIDE, run_before=go)


def hung(scene):
    scene.look()
    return next(node.node.name for node in scene.nodes if any(point.code == "mount" for point in node.points))


def test_raw_page(snap_compare, said):
    """The record as its source sent it, with the names of its fields."""
    assert snap_compare(stage.console(said), terminal_size=WIDE, press=["v"])


def test_help(snap_compare, said):
    """A list over the picture, which is still seen: keys, names and meanings, aligned."""
    assert snap_compare(stage.console(said), terminal_size=SMALL, press=["question_mark"])


def test_palette(snap_compare, said):
    """Every command, found by typing; the first line is marked."""
    assert snap_compare(stage.console(said), terminal_size=SMALL, press=["ctrl+p", "t", "h", "e"])


def test_command_line_with_completion(snap_compare, said):
    """The last two lines: what may follow, the one taken in reverse, and what was typed."""
    assert snap_compare(stage.console(said), terminal_size=SMALL, press=[":", *"metric ", "tab", "tab"])


def test_filter_error(snap_compare, said):
    """A pointer stands above the column that is wrong, with what is wrong."""
    assert snap_compare(stage.console(said), terminal_size=SMALL, press=["/", *"util<abc", "enter"])


def test_filter_in_force(snap_compare, said):
    """Only the cards of one person; line 2 says so and counts them."""
    assert snap_compare(stage.console(said), terminal_size=SMALL, press=["/", *"user=wang", "enter"])


def test_nothing_passes(snap_compare, said):
    """An empty picture says why it is empty."""
    assert snap_compare(stage.console(said), terminal_size=SMALL, press=["/", *"user=nobody", "enter"])


def test_waiting_for_the_collector(snap_compare):
    """Before anything is known: line 1 says what is waited for, the body that no node answers yet."""
    app = stage.console([])
    follower = app._main.scene.follower
    follower.standing, follower.welcome = type(follower.standing).SEEKING, None
    assert snap_compare(app, terminal_size=SMALL)
