"""Where the cells of a heatmap lie: every cell once, at any size, and as many as promised."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from widgets.layout import DENSITIES, LABEL, Density, Plan, arrange, richest
from widgets.models import Block
from widgets.travel import ends, paged, sideways, upright


def fleet(nodes: int, gpus: int = 8, groups: int = 1) -> list[Block]:
    return [
        Block(f"n{i}", f"gpu-{i:04}", bytes(gpus), "wang  llama", group=f"rack {i * groups // nodes}" if groups else "")
        for i in range(nodes)
    ]


def starts(plan: Plan) -> list[list[tuple[int, int]]]:
    """Block and column of each place, line by line."""
    return [[(place.block, place.x) for place in line.places] for line in plan.lines]


def test_named_stands_in_columns_like_the_picture() -> None:
    plan = arrange([Block(f"n{i}", f"gpu-0{i}", bytes(8)) for i in range(6)], "named", 108, 20, False)
    assert starts(plan) == [[(0, 0), (1, 37), (2, 74)], [(3, 0), (4, 37), (5, 74)]]
    assert (plan.label, plan.lead, plan.cells, plan.note) == (6, 8, 8, 16)


def test_compact_drops_the_notes() -> None:
    plan = arrange(fleet(6), "compact", 60, 20, False)
    assert starts(plan) == [[(0, 0), (1, 19), (2, 38)], [(3, 0), (4, 19), (5, 38)]]
    assert plan.note == 0


def test_dense_flows_under_headings_and_parts_blocks_while_there_is_room() -> None:
    plan = arrange(fleet(6, groups=2), "dense", 14, 20, True)
    assert [line.title for line in plan.lines] == ["rack 0", "", "rack 1", ""]
    assert starts(plan)[1] == [(0, 0), (1, 5), (2, 10)]
    tight = arrange(fleet(6, groups=2), "dense", 12, 4, True)
    assert starts(tight)[1] == [(0, 0), (1, 4), (2, 8)]


def test_dense_gathers_a_group_that_lies_scattered() -> None:
    blocks = [Block(str(i), str(i), bytes(2), group="ab"[i % 2]) for i in range(6)]
    plan = arrange(blocks, "dense", 40, 20, True)
    assert [[place.block for place in line.places] for line in plan.lines] == [[], [0, 2, 4], [], [1, 3, 5]]


def test_notes_do_not_move_anything() -> None:
    short = [Block("a", "a", bytes(8)), Block("b", "b", bytes(8))]
    long = [Block("a", "a", bytes(8), "x" * 200), Block("b", "b", bytes(8), "y")]
    for density in DENSITIES:
        assert arrange(short, density, 100, 20, True) == arrange(long, density, 100, 20, True)


def test_one_huge_block_does_not_widen_every_column() -> None:
    plan = arrange([Block("a", "a", bytes(200)), *fleet(3)], "compact", 100, 20, False)
    assert plan.cells == 32
    assert plan.reach[0] == range(7)


def test_a_long_label_leaves_room_for_the_cells() -> None:
    for density in ("named", "compact"):
        plan = arrange([Block("a", "x" * 200, bytes(8))], density, 60, 20, False)
        assert plan.label == LABEL
        assert plan.cells == 8
        narrow = arrange([Block("a", "x" * 200, bytes(8))], density, 20, 20, False)
        assert narrow.lead + narrow.cells <= 20
        assert narrow.cells == 8


def test_capacity_of_the_dense_picture() -> None:
    # below the frame's four lines; with headings of four racks and eight racks
    assert len(arrange(fleet(2500 // 8 + 1, groups=4), "dense", 80, 20, True).lines) <= 20
    assert len(arrange(fleet(16384 // 8, groups=8), "dense", 200, 56, True).lines) <= 56
    # without half blocks it is half as many
    assert len(arrange(fleet(1250 // 8 + 1, groups=4), "dense", 80, 20, False).lines) <= 20


def test_beyond_its_capacity_it_is_longer_than_the_screen() -> None:
    assert len(arrange(fleet(4000, groups=4), "dense", 80, 20, True).lines) > 20


def test_richest_is_the_first_that_fits() -> None:
    found: dict[Density, int] = {}
    for nodes in range(1, 400):
        density = richest(fleet(nodes), 120, 30)
        if density != "dense":
            assert len(arrange(fleet(nodes), density, 120, 30, True).lines) <= 30
        found[density] = nodes
    assert list(found) == list(DENSITIES)
    assert richest(fleet(found["named"] + 1), 120, 30) == "compact"
    assert richest(fleet(found["compact"] + 1), 120, 30) == "dense"
    assert richest([], 120, 30) == "named"


blocks = st.lists(
    st.builds(
        lambda label, cells, note, group: (label, bytes(cells), note, group),
        st.text(max_size=30),
        st.integers(0, 70),
        st.text(max_size=10),
        st.sampled_from(["", "a", "机柜"]),
    ),
    max_size=24,
).map(
    lambda rows: [Block(str(i), label, cells, note, group=group) for i, (label, cells, note, group) in enumerate(rows)]
)
# a busy machine makes values slowly; that says nothing about the layout
calm = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
sizes = st.tuples(st.integers(1, 250), st.integers(0, 80))


@calm
@given(blocks, st.sampled_from(DENSITIES), sizes, st.booleans())
def test_every_cell_lies_at_one_place(
    shown: list[Block], density: Density, size: tuple[int, int], halves: bool
) -> None:
    plan = arrange(shown, density, *size, halves)
    seen: dict[tuple[int, int], tuple[int, int, bool]] = {}
    for y in range(len(plan.lines)):
        for low in (False, True) if plan.halves else (False,):
            for x, block, index in plan.stops(y, low):
                assert (block, index) not in seen
                assert 0 <= x < plan.width or (index == -1 and plan.lead)
                seen[block, index] = (y, x, low)
    expected = {(i, j) for i, block in enumerate(shown) for j in (range(len(block.cells)) if block.cells else (-1,))}
    assert seen.keys() == expected
    assert len(set(seen.values())) == len(seen)
    for stop, (y, x, low) in seen.items():
        assert plan.spot(*stop) == (y, x, low)
        if not low and stop[1] >= 0:
            assert plan.hit(x, y) == stop


@calm
@given(blocks, st.sampled_from(DENSITIES), sizes, st.booleans())
def test_places_do_not_overlap_and_stay_inside(
    shown: list[Block], density: Density, size: tuple[int, int], halves: bool
) -> None:
    plan = arrange(shown, density, *size, halves)
    for line in plan.lines:
        reached = 0
        for place in line.places:
            assert place.x >= reached
            reached = place.x + plan.extent(place)
        assert reached <= plan.width
    for block, lines in enumerate(plan.reach):
        assert [y for y, line in enumerate(plan.lines) if any(p.block == block for p in line.places)] == list(lines)


@calm
@given(blocks.filter(bool), st.sampled_from(DENSITIES), sizes, st.booleans(), st.data())
def test_a_cursor_travels_from_cell_to_cell(
    shown: list[Block], density: Density, size: tuple[int, int], halves: bool, data: st.DataObject
) -> None:
    plan = arrange(shown, density, *size, halves)
    first, last = ends(plan)
    at = first
    cells = {(i, j) for i, block in enumerate(shown) for j in (range(len(block.cells)) if block.cells else (-1,))}
    assert {first, last} <= cells
    for _ in range(12):
        way = data.draw(st.sampled_from(["left", "right", "up", "down", "back", "on"]))
        goal = plan.spot(*at).x
        before = plan.spot(*at)
        if way in ("left", "right"):
            at = sideways(plan, at, 1 if way == "right" else -1)
            assert plan.spot(*at).y == before.y
        elif way in ("up", "down"):
            at = upright(plan, at, 1 if way == "down" else -1, goal)
            after = plan.spot(*at)
            rows = (after.y, after.low), (before.y, before.low)
            assert rows[0] >= rows[1] if way == "down" else rows[0] <= rows[1]
        else:
            at = paged(plan, at, 5 if way == "on" else -5, goal)
        assert at in cells


def test_down_crosses_headings_and_keeps_its_column() -> None:
    plan = arrange(fleet(8, groups=2), "dense", 40, 20, True)
    assert upright(plan, (1, 1), 1, 6) == (1, 5)
    assert upright(plan, (1, 5), 1, 6) == (5, 1)
    assert upright(plan, (5, 1), -1, 6) == (1, 5)
    assert upright(plan, (1, 1), -1, 6) == (1, 1)
    assert sideways(plan, (0, 3), 1) == (1, 0)
    assert sideways(plan, (3, 3), 1) == (3, 3)


def test_a_row_of_short_blocks_is_passed() -> None:
    shown = [Block("a", "a", bytes(3)), Block("b", "b", b""), Block("c", "c", bytes(4))]
    plan = arrange(shown, "dense", 40, 20, True)
    assert upright(plan, (0, 1), 1, 1) == (0, 2)
    assert upright(plan, (1, -1), 1, 3) == (2, 2)
