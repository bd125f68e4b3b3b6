"""What the list of nodes and the page of a node look like; each docstring says what a person should see."""

import stage
from lately import Lately

WIDE = (120, 40)
SMALL = (80, 24)


async def _nodes(pilot):
    pilot.app._main.go("nodes")
    await pilot.pause()
    await pilot.press("j", "j", "j")
    await pilot.pause()


def test_nodes_beside_the_page(snap_compare, said):
    """A node a line with state, cards, load, users and trouble; the page of the one under the cursor beside it."""
    assert snap_compare(stage.console(said), terminal_size=WIDE, run_before=_nodes)


def test_nodes_small(snap_compare, said):
    """80 × 24: name, state, cards, utilisation, idle ones, CPU, users and trouble are all there."""
    assert snap_compare(stage.console(said), terminal_size=SMALL, run_before=_nodes)


async def _node(pilot):
    pilot.app._main.go("node", "gpu-14")
    for _ in range(3):
        await pilot.pause()
    await pilot.press("_", "_")
    await pilot.pause()


def test_node_page_with_its_past(snap_compare, said):
    """200 × 60: everything about a node on one screen, with the last 24 hours at the right."""
    assert snap_compare(stage.console(said, following=Lately), terminal_size=(200, 60), run_before=_node)
