"""What a key can do: every action and the scope in which it is known. The keys themselves stand in ``keys.toml``."""

from collections.abc import Mapping

import msgspec

from console.language import N_


class Scope(msgspec.Struct, frozen=True):
    """A place in which keys have a meaning."""

    name: str
    title: str
    """Message id."""
    beside: tuple[str, ...] = ()
    """The scopes that are active whenever this one is; a key may mean one thing in all of them."""


class Action(msgspec.Struct, frozen=True):
    """Something that a key, the palette or the command line can start."""

    name: str
    """Unique among all actions: it is what the console dispatches on and what stands in the key map file."""
    scope: str
    title: str
    """Message id: two or three words for the line of keys."""
    meaning: str
    """Message id: a sentence for the help."""
    hidden: bool = False
    """Left out of the line of keys at the bottom, because everybody knows it; the help has it."""
    family: str = ""
    """Neighbours of one family share a line of the help, which has the words of the first."""


SCOPES = (
    Scope("global", N_("everywhere")),
    Scope("move", N_("moving"), beside=("global",)),
    Scope("list", N_("lists"), beside=("global", "move")),
    Scope("gpus", N_("the GPU heatmap"), beside=("global", "move", "list")),
    Scope("jobs", N_("jobs"), beside=("global", "move", "list")),
    Scope("log", N_("what a job writes"), beside=("global", "move")),
    Scope("time", N_("going through time"), beside=("global", "move", "list")),
    Scope("job", N_("the page of a job"), beside=("global", "move", "list", "time")),
    Scope("timeline", N_("the timeline"), beside=("global", "move", "list", "time")),
)


def _pinned() -> tuple[Action, ...]:
    title, meaning = N_("pinned views"), N_("Go to the view pinned under this number.")
    return tuple(
        Action(f"pinned_{number}", "global", title, meaning, hidden=True, family="pinned") for number in range(1, 10)
    )


ACTIONS = (
    Action("command", "global", N_("command"), N_("Type a command: a view, a filter, a setting.")),
    Action("palette", "global", N_("palette"), N_("Find any command by a part of its name.")),
    Action("filter", "global", N_("filter"), N_("Narrow the list: words, util<5, user=wang, & | ! ( ).")),
    Action("help", "global", N_("help"), N_("Show the keys of this view and what its columns mean.")),
    Action("open", "global", N_("open"), N_("Go into what is under the cursor."), hidden=True),
    Action("leave", "global", N_("leave"), N_("Leave: the dialog, the filter, the page. It never quits."), hidden=True),
    Action("quit", "global", N_("quit"), N_("Quit from the top."), hidden=True),
    Action("messages", "global", N_("messages"), N_("Show the messages of this session again."), hidden=True),
    Action("refresh", "global", N_("refresh"), N_("Draw everything anew now."), hidden=True),
    Action("pause", "global", N_("pause"), N_("Pause or resume the picture."), hidden=True),
    Action("interval", "global", N_("interval"), N_("Change how often the picture is refreshed."), hidden=True),
    Action("copy", "global", N_("copy"), N_("Copy what is under the cursor to the terminal's clipboard."), hidden=True),
    Action("last_view", "global", N_("last view"), N_("Switch to the previous view and back."), hidden=True),
    Action("back", "global", N_("back"), N_("Go back in the history of views."), hidden=True),
    Action("forward", "global", N_("forward"), N_("Go forward in the history of views."), hidden=True),
    *_pinned(),
    Action("up", "move", N_("cursor up"), N_("Move up."), hidden=True),
    Action("down", "move", N_("cursor down"), N_("Move down."), hidden=True),
    Action("left", "move", N_("cursor left"), N_("Move left, where there are two dimensions."), hidden=True),
    Action("right", "move", N_("cursor right"), N_("Move right, where there are two dimensions."), hidden=True),
    Action("first", "move", N_("first"), N_("Go to the beginning."), hidden=True),
    Action("last", "move", N_("last"), N_("Go to the end."), hidden=True),
    Action("page_up", "move", N_("page up"), N_("Move up by a screen."), hidden=True),
    Action("page_down", "move", N_("page down"), N_("Move down by a screen."), hidden=True),
    Action("describe", "list", N_("describe"), N_("Show everything that is known about the row.")),
    Action("raw", "list", N_("raw"), N_("Show the record as its source sent it, with source and time.")),
    Action("jump", "list", N_("jump"), N_("Jump to something related: node, GPU, owner, job.")),
    Action("log", "list", N_("log"), N_("Follow what the job writes.")),
    Action("mark", "list", N_("mark"), N_("Mark or unmark the row."), hidden=True),
    Action("mark_range", "list", N_("mark range"), N_("Mark from the last mark to here."), hidden=True),
    Action("mark_all", "list", N_("mark all"), N_("Mark all rows that pass the filter, or none."), hidden=True),
    Action("sort", "list", N_("sort"), N_("Sort by the next column.")),
    Action("reverse", "list", N_("reverse"), N_("Sort the other way round."), hidden=True),
    Action("columns", "list", N_("columns"), N_("Show or hide columns.")),
    Action("wide", "list", N_("wide"), N_("Show all columns over the whole width, or as many as there is room for.")),
    Action("export", "list", N_("export"), N_("Write what is shown as CSV, JSON or Markdown.")),
    Action("metric", "gpus", N_("metric"), N_("Show the next metric: utilisation, memory, temperature, power …")),
    Action("density", "gpus", N_("density"), N_("Show the next density: named, compact, dense.")),
    Action("phase", "jobs", N_("which"), N_("Show current jobs, finished ones, or all.")),
    Action("fold", "jobs", N_("fold"), N_("Fold the tasks of arrays into one line, or show each.")),
    Action("wrap", "log", N_("wrap"), N_("Wrap long lines, or cut them.")),
    Action("output", "log", N_("output"), N_("Show the next output: standard output, errors, containers.")),
    Action("older", "log", N_("older"), N_("Load four times as much from before what is shown.")),
    Action("next", "log", N_("next"), N_("Go to the next place where the searched text stands.")),
    Action("previous", "log", N_("previous"), N_("Go to the place before.")),
    Action("earlier", "time", N_("earlier"), N_("Go back in time by half a screen.")),
    Action("later", "time", N_("later"), N_("Go on in time by half a screen, up to now.")),
    Action("zoom_in", "time", N_("closer"), N_("Show a shorter time: 30 d, 7 d, 24 h, 6 h, 1 h.")),
    Action("zoom_out", "time", N_("farther"), N_("Show a longer time: 1 h, 6 h, 24 h, 7 d, 30 d.")),
    Action("now", "time", N_("now"), N_("Go to now, and go on with it.")),
    Action("figure", "job", N_("plot"), N_("Plot the next figure of its GPUs: utilisation, memory, power.")),
    Action("rows", "timeline", N_("rows"), N_("Show other rows: cards, nodes, users, projects.")),
    Action("paint", "timeline", N_("colours"), N_("Colour by who held it, or by how busy it was.")),
)


def by_name() -> Mapping[str, Action]:
    """Return the actions by their names."""
    return {action.name: action for action in ACTIONS}


def by_scope() -> Mapping[str, Scope]:
    """Return the scopes by their names."""
    return {scope.name: scope for scope in SCOPES}


def together(one: str, other: str) -> bool:
    """Return whether two scopes can be active at the same time."""
    return any({one, other} <= {scope.name, *scope.beside} for scope in SCOPES)
