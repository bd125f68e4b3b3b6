"""The signs that are drawn: one set for terminals that show Unicode one cell wide, one that is pure ASCII."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class Glyphs(msgspec.Struct, frozen=True):
    """One set of signs. Every sign is one cell wide, except `unsupported`, which is three."""

    name: str
    ok: str
    warning: str
    critical: str
    lost: str
    """A device that is gone from its place."""
    broken: str
    """A device that answers with nothing but errors."""
    stale: str
    drained: str
    unknown: str
    unsupported: str
    free: str
    """A device that nobody holds."""
    levels: str
    """Bars of rising height, lowest first; four of them read well in a heatmap."""
    shades: str
    """Fillings of rising weight."""
    spark: str
    """Bars of rising height for a small plot, one per step."""
    gap: str
    """Stands in a plot where nothing was measured; looks like no member of `spark`."""
    full: str
    empty: str
    """The two parts of a horizontal bar."""
    half: str | None
    """The upper half of a cell, which shows two values above each other; None where there is none."""
    separator: str
    """Between the steps of a path."""
    dot: str
    """Between facts of one line."""
    mark: str
    """Before a marked row."""
    up: str
    down: str
    left: str
    right: str
    caret: str
    """Points at the place in the line below."""
    flag: str
    """Points at what is odd about the thing before it."""
    ellipsis: str
    """Where text was cut; one cell."""
    times: str
    horizontal: str
    vertical: str
    corners: str
    """Of a box: top left, top right, bottom left, bottom right."""
    border: str
    """The toolkit's name of the border that fits the set."""


UNICODE = Glyphs(
    name="unicode",
    ok="●",
    warning="▲",
    critical="✖",
    lost="∅",
    broken="!",
    stale="◌",
    drained="⊘",
    unknown="?",
    unsupported="n/a",
    free="·",
    levels="▁▃▅▇",
    shades="░▒▓█",
    spark="▁▂▃▄▅▆▇█",
    gap="·",
    full="█",
    empty="░",
    half="▀",
    separator="▸",
    dot="·",
    mark="◆",
    up="↑",
    down="↓",
    left="←",
    right="→",
    caret="▾",
    flag="◂",
    ellipsis="…",
    times="×",
    horizontal="─",
    vertical="│",
    corners="┌┐└┘",
    border="solid",
)

ASCII = Glyphs(
    name="ascii",
    ok="o",
    warning="!",
    critical="X",
    lost="_",
    broken="&",
    stale="~",
    drained="/",
    unknown="?",
    unsupported="n/a",
    free=".",
    levels=":=*#",
    shades=":=#@",
    spark="_.-=+*#@",
    gap=" ",
    full="#",
    empty="-",
    half=None,
    separator=">",
    dot="-",
    mark="*",
    up="^",
    down="v",
    left="<",
    right=">",
    caret="v",
    flag="<",
    ellipsis="~",
    times="x",
    horizontal="-",
    vertical="|",
    corners="++++",
    border="ascii",
)

GLYPHS: Mapping[str, Glyphs] = MappingProxyType({glyphs.name: glyphs for glyphs in (UNICODE, ASCII)})
"""By name; the first is the default."""
