"""Lines of tables, keys and elements: as a person counts them, whatever TOML allows between them."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.toml_lines import Path, line_of, lines

TEXT = '''# first
top = 1
[lab]   # the lab
name = "a = [x] # no comment"
"odd key" = 2
note = """
[nodes]
hosts = "no"
"""
dotted.deep = 3

[[nodes]]
hosts = "a"
labels = { gen = "a", "x.y" = "b" }
[[nodes]]
hosts = [
  "b", # ] no end
  "c",
]
[nodes.inner]
k = 1
[[nodes]]
hosts = \'\'\'
[ghost]
\'\'\'
[lab.more."x y"]
z = [{a = 1},
     {b = 2}]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("lab",), 3),
        (("lab", "name"), 4),
        (("lab", "odd key"), 5),
        (("lab", "dotted", "deep"), 10),
        (("nodes",), 12),
        (("nodes", 0, "hosts"), 13),
        (("nodes", 0, "labels", "gen"), 14),
        (("nodes", 0, "labels", "x.y"), 14),
        (("nodes", 1), 15),
        (("nodes", 1, "hosts", 1), 18),
        (("nodes", 1, "inner", "k"), 21),
        (("nodes", 2, "hosts"), 23),
        (("lab", "more", "x y", "z", 1, "b"), 28),
        (("lab", "absent"), 3),
        (("ghost",), 1),
    ],
)
def test_a_place_has_its_line(path: Path, line: int) -> None:
    tomllib.loads(TEXT)
    assert line_of(TEXT, path) == line


def places(value: object, path: Path = ()) -> list[Path]:
    """Every place of a parsed text."""
    found = [path] if path else []
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in parts:
        found += places(each, (*path, name))
    return found


PIECES = st.sampled_from(
    [
        *(
            "a = 1",
            'b = "x]"',
            "c = [1, [2, 3],",
            "]",
            "]]",
            "[t]",
            "[[l]]",
            "[l.s]",
            "# [n]",
            'd = """',
            '"""',
            "e.f = 2",
        ),
        *("g = {h = [1], i.j = 'k'}", "", '"q\\"r" = 1.5e3', "[t.u]", "m = 1979-05-27T07:32:00Z", "'n o' = '''", "'''"),
    ]
)


@given(st.lists(PIECES, max_size=12).map("\n".join))
def test_every_place_of_a_sound_text_has_a_line_of_its_own(text: str) -> None:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert all(1 <= line <= text.count("\n") + 1 for line in lines(text).values())
        return
    found = lines(text)
    assert set(places(tree)) <= set(found)
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())
