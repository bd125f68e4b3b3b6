"""What a heatmap shows at this moment: blocks, plan, cursor, marks; each change answers which lines differ."""

from collections.abc import Callable, Iterable
from typing import Final, Literal

from widgets import travel
from widgets.layout import DENSITIES, Density, Plan, arrange, richest
from widgets.models import Block

Wanted = Density | Literal["auto"]
Lines = set[int] | None
"""The lines that look different; None where every line does."""

_SAME: Final[dict[Density, Callable[[Block, Block], bool]]] = {
    "named": lambda a, b: (
        a.cells == b.cells and a.note == b.note and a.note_style == b.note_style and a.label_style == b.label_style
    ),
    "compact": lambda a, b: a.cells == b.cells and a.label_style == b.label_style,
    "dense": lambda a, b: a.cells == b.cells,
}
"""Whether two blocks of one shape look alike."""


class Picture:
    """The state behind a heatmap, without Textual; sizes are terminal cells."""

    def __init__(self) -> None:
        self.blocks: tuple[Block, ...] = ()
        """In the order in which they are shown."""
        self.plan: Plan = arrange((), "named", 1, 0, False)
        """Where they lie."""
        self.at: travel.Stop | None = None
        """The cell under the cursor, by position; None when there is nothing."""
        self.marks: dict[str, frozenset[int]] = {}
        """Marked cells by key."""
        self._goal = 0
        self._wanted: Wanted = "auto"
        self._room = (0, 0, 0)
        self._halves = False

    @property
    def cursor(self) -> tuple[str, int] | None:
        """The cell under the cursor by key; index -1 is a block without cells."""
        return None if self.at is None else (self.blocks[self.at[0]].key, self.at[1])

    def show(self, blocks: Iterable[Block]) -> Lines:
        """Take new blocks; a plan is only made when one came, went, moved, or changed its name, group or size.

        Raises:
            ValueError: Two blocks have the same key.
        """
        old, new = self.blocks, tuple(blocks)
        changed = _changed(old, new)
        if changed is None:
            if len({block.key for block in new}) != len(new):
                raise ValueError("two blocks have the same key; the cursor could not tell them apart")
            return self._lay(new, settled=True)
        self.blocks = new
        same = _SAME[self.plan.density]
        return {y for i in changed if not same(old[i], new[i]) for y in self.plan.reach[i]}

    def resize(self, width: int, height: int, bar: int) -> Lines:
        """Take the size of the screen, and the width of a scroll bar that is shown where lines are left over."""
        if self._room == (width, height, bar):
            return set()
        self._room = (width, height, bar)
        return self._lay(self.blocks)

    def want(self, density: Wanted, halves: bool) -> Lines:
        """Take the density wanted and whether two cells may share a character."""
        self._wanted, self._halves = density, halves
        return self._lay(self.blocks)

    def richest(self) -> Density:
        """The richest density that shows every cell without scrolling."""
        return richest(self.blocks, *self._room[:2])

    def mark(self, marked: Iterable[tuple[str, int]]) -> Lines:
        """Take the marked cells."""
        gathered: dict[str, set[int]] = {}
        for key, index in marked:
            gathered.setdefault(key, set()).add(index)
        old, self.marks = self.marks, {key: frozenset(indices) for key, indices in gathered.items()}
        differ = {key for key in old.keys() | self.marks.keys() if old.get(key) != self.marks.get(key)}
        return {y for i, block in enumerate(self.blocks) if block.key in differ for y in self.plan.reach[i]}

    def find(self, key: str, index: int) -> travel.Stop | None:
        """A cell by position, or the nearest of its block; None when there is no such block."""
        for i, block in enumerate(self.blocks):
            if block.key == key:
                return i, max(0, min(index, len(block.cells) - 1)) if block.cells else -1
        return None

    def put(self, at: travel.Stop, goal: int | None = None) -> Lines:
        """Put the cursor on a cell; `goal` is the column it wants to keep while it moves up and down."""
        spot = self.plan.spot(*at)
        dirty = {spot.y}
        if self.at is not None:
            dirty.add(self.plan.spot(*self.at).y)
        self._goal = spot.x if goal is None else goal
        if at == self.at:
            return set()
        self.at = at
        return dirty

    def step(self, dx: int, dy: int) -> Lines:
        """Move the cursor along its line, then by rows of cells."""
        dirty: set[int] = set()
        if self.at is not None and dx:
            dirty |= self.put(travel.sideways(self.plan, self.at, dx)) or set()
        if self.at is not None and dy:
            dirty |= self.put(travel.upright(self.plan, self.at, dy, self._goal), self._goal) or set()
        return dirty

    def page(self, pages: int) -> Lines:
        """Move the cursor by screens."""
        if self.at is None or not pages:
            return set()
        lines = pages * max(1, self._room[1] - 1)
        return self.put(travel.paged(self.plan, self.at, lines, self._goal), self._goal)

    def edge(self, last: bool) -> Lines:
        """Move the cursor to the first or the last cell."""
        return set() if self.at is None else self.put(travel.ends(self.plan)[last])

    def _lay(self, blocks: tuple[Block, ...], settled: bool = False) -> Lines:
        """Make a new plan, and compare it with the old one line by line."""
        old_blocks, old_plan, cursor, at = self.blocks, self.plan, self.cursor, self.at
        width, height, bar = self._room
        density = self._chosen(blocks, settled)
        plan = arrange(blocks, density, width, height, self._halves)
        if len(plan.lines) > height and bar:
            plan = arrange(blocks, density, width - bar, height, self._halves)
        self.blocks, self.plan = blocks, plan
        self.at = travel.kept(old_blocks, blocks, cursor, at or (0, 0))
        if self.at is not None:
            self._goal = plan.spot(*self.at).x
        if not _alike(old_plan, plan):
            return None
        same = _SAME[density]
        dirty = set(range(min(len(old_plan.lines), len(plan.lines)), max(len(old_plan.lines), len(plan.lines))))
        for y, (was, now) in enumerate(zip(old_plan.lines, plan.lines, strict=False)):
            shapes = was.title == now.title and [p[1:] for p in was.places] == [p[1:] for p in now.places]
            if not shapes or not all(
                old_blocks[a.block].key == blocks[b.block].key
                and old_blocks[a.block].label == blocks[b.block].label
                and same(old_blocks[a.block], blocks[b.block])
                for a, b in zip(was.places, now.places, strict=True)
            ):
                dirty.add(y)
        if at is not None:
            dirty.add(old_plan.spot(*at).y)
        if self.at is not None:
            dirty.add(plan.spot(*self.at).y)
        return dirty

    def _chosen(self, blocks: tuple[Block, ...], settled: bool) -> Density:
        """The density to draw.

        When blocks come and go a richer one must fit with room to spare before it is taken again, so that a fleet
        at the edge does not make the picture flap.
        """
        if self._wanted != "auto":
            return self._wanted
        width, height, _ = self._room
        best, now = richest(blocks, width, height), self.plan.density
        if not settled or not self.blocks or DENSITIES.index(best) >= DENSITIES.index(now):
            return best
        spare = richest(blocks, width, height - max(1, height // 8))
        return min(spare, now, key=DENSITIES.index)


def _alike(old: Plan, new: Plan) -> bool:
    """Whether two plans draw the same block the same way."""
    return (old.density, old.width, old.halves, old.label, old.lead, old.cells, old.note) == (
        (new.density, new.width, new.halves, new.label, new.lead, new.cells, new.note)
    )


def _changed(old: tuple[Block, ...], new: tuple[Block, ...]) -> list[int] | None:
    """The positions of the blocks that differ in value alone; None where their shape or order differs."""
    if len(old) != len(new):
        return None
    changed: list[int] = []
    for i, (was, now) in enumerate(zip(old, new, strict=True)):
        if was is now:
            continue
        if was.key != now.key or len(was.cells) != len(now.cells) or was.label != now.label or was.group != now.group:
            return None
        changed.append(i)
    return changed
