"""What the timeline looks like, on a past that is made up. Each docstring says what a person should see."""

import stage
from yesterday import Remembering

WIDE = (120, 40)
SMALL = (80, 24)


def timeline(command="time", *keys):
    async def go(pilot):
        await pilot.pause()
        pilot.app._main.command(command)
        for _turn in range(4):
            await pilot.pause()
        await pilot.press(*keys)
        for _turn in range(4):
            await pilot.pause()

    return go


def test_time_of_cards(snap_compare, said):
    """A day of every card: bars in their holders' colours, idle time solid with a name, who held it at 14:00."""
    app = stage.console(said, following=Remembering)
    assert snap_compare(app, terminal_size=WIDE, run_before=timeline("time yesterday 14:00", "j", "j"))


def test_time_by_utilisation_light(snap_compare, said):
    """The same on white, coloured by how busy it was; idle time is the darkest thing in it."""
    app = stage.console(said, "light", following=Remembering)
    assert snap_compare(app, terminal_size=WIDE, run_before=timeline("time nodes", "z", "_"))


def test_time_mono_ascii(snap_compare, said):
    """Without a colour and without a sign beyond ASCII: idle is reversed, and nobody, unknown and busy differ."""
    app = stage.console(said, "mono", stage.ASCII, following=Remembering)
    assert snap_compare(app, terminal_size=SMALL, run_before=timeline("time yesterday 21:00"))


def test_time_of_users(snap_compare, said):
    """A row for each person, as high as the cards held, with GPU-hours; those with most of them first."""
    app = stage.console(said, following=Remembering)
    assert snap_compare(app, terminal_size=SMALL, run_before=timeline("time users"))
