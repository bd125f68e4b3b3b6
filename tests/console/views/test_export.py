"""One list in five forms: aligned, harmless, and read back by the programs that read it."""

import csv
import io
import json
import math
import unicodedata

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.fields import UNSUPPORTED, Kind
from console.views import cells
from console.views.export import FORMS, Column, csv_text, document, forms_message, markdown, table

COLUMNS = (
    Column("node", "Node"),
    Column("slot", "GPU", Kind.NUMBER),
    Column("util", "Util", Kind.PERCENT),
    Column("mem", "Memory", Kind.BYTES, priority=1),
    Column("user", "User", priority=2),
    Column("mig", "MIG", Kind.BOOL, priority=4),
    Column("seen", "Seen", Kind.TIME, wide_only=True),
    Column("held", "Held", Kind.DURATION, priority=3),
    Column("label", "Label", value=lambda row: f"{row['node']}/{row['slot']}", wide_only=True),
)
ROWS: list[dict[str, object]] = [
    {
        "node": "gpu-01",
        "slot": 0,
        "util": 95.6,
        "mem": 61.4 * 2**30,
        "user": "wang",
        "mig": False,
        "seen": 0.0,
        "held": 725,
    },
    {
        "node": "节点-02",
        "slot": 1,
        "util": None,
        "mem": UNSUPPORTED,
        "user": None,
        "mig": None,
        "seen": None,
        "held": 11520.5,
    },
]


def test_table() -> None:
    assert table(ROWS, COLUMNS) == (
        "NODE     GPU  UTIL  MEMORY  USER  MIG    HELD\n"
        "gpu-01     0   96%   61.4G  wang  no   12m05s\n"
        "节点-02    1     ?     n/a  ?     ?     3h12m\n"
    )


def test_wide_adds_columns() -> None:
    titles = table(ROWS, COLUMNS, wide=True).splitlines()[0].split()
    assert titles == ["NODE", "GPU", "UTIL", "MEMORY", "USER", "MIG", "SEEN", "HELD", "LABEL"]
    assert "gpu-01/0" in table(ROWS, COLUMNS, wide=True)


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (45, "NODE GPU UTIL MEMORY USER MIG HELD"),
        (44, "NODE GPU UTIL MEMORY USER HELD"),
        (30, "NODE GPU UTIL MEMORY"),
        (18, "NODE GPU UTIL"),
    ],
)
def test_columns_go_by_priority(width: int, titles: str) -> None:
    assert table(ROWS, COLUMNS, width).splitlines()[0].split() == titles.split()


def test_long_text_is_clipped_before_numbers_go() -> None:
    columns = (Column("name", "Name"), Column("n", "N", Kind.NUMBER))
    found = table([{"name": "x" * 200, "n": 5}], columns, 20)
    assert found == "NAME               N\n" + "x" * 16 + "…  5\n"


def test_csv() -> None:
    assert csv_text(ROWS, COLUMNS[:6]) == (
        f"node,slot,util,mem,user,mig\r\ngpu-01,0,95.6,{61.4 * 2**30!r},wang,false\r\n节点-02,1,,n/a,,\r\n"
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "＝1"])
def test_formulas_are_defused(text: str) -> None:
    written = csv_text([{"a": text}], [Column("a", "A")])
    assert written.splitlines()[1].lstrip('"').startswith("'")
    assert csv_text([{"a": -1}], [Column("a", "A", Kind.NUMBER)]) == "a\r\n-1\r\n"


def test_markdown_has_no_markup_of_others() -> None:
    written = markdown([{"a": "x|y [l](http://e) <b>*\n# t"}], [Column("a", "A"), Column("n", "N", Kind.NUMBER)])
    assert written.splitlines()[:2] == ["| A | N |", "| --- | ---: |"]
    assert written.splitlines()[2] == r"| x\|y \[l\](http://e) \<b\>\*␊\# t | ? |"


def test_document() -> None:
    text = document(
        "gpus", 1795269731.5, [{"name": "local", "age": 4.0, "trouble": None}], ROWS, COLUMNS, complete=False
    )
    found = json.loads(text)
    assert list(found) == ["kind", "at", "complete", "sources", "items"]
    assert (found["kind"], found["at"], found["complete"]) == ("gpus", "2026-11-21T14:02:11Z", False)
    assert found["sources"] == [{"name": "local", "age": 4.0, "trouble": None}]
    assert found["items"][0]["mem"] == 61.4 * 2**30
    assert found["items"][0]["seen"] == "1970-01-01T00:00:00Z"
    assert found["items"][1]["mem"] is None
    assert found["items"][1]["util"] is None
    assert list(found["items"][0]) == [column.key for column in COLUMNS]
    assert text.endswith("}\n")


def test_document_of_nothing_and_of_nested_values() -> None:
    assert json.loads(document("gpus", 0, [], [], COLUMNS))["items"] == []
    row = {"a": ("x", None, 1), "b": {"k": math.nan, "s": {"z", "y"}}, "c": math.inf}
    columns = [Column("a", "A"), Column("b", "B"), Column("c", "C", Kind.NUMBER)]
    assert json.loads(document("x", 0, [], [row], columns))["items"] == [
        {"a": ["x", None, 1], "b": {"k": None, "s": ["y", "z"]}, "c": None}
    ]


def test_forms_are_named_where_one_is_wrong() -> None:
    assert all(form in forms_message("xml") for form in FORMS)


HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "[red]x[/]",
            "\x1b]0;x\x07",
            "大模型训练" * 40,
            "a,b;\"c'",
            "x\r\ny",
            "\udcff\u202e",
            "=cmd|' /C calc'!A0",
            "|",
        ]
    ),
)
VALUE = st.one_of(st.none(), st.just(UNSUPPORTED), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), HOSTILE)
SHEET = st.lists(st.tuples(HOSTILE, VALUE, VALUE, VALUE, HOSTILE), max_size=6).map(
    lambda rows: [dict(zip(("node", "slot", "mem", "seen", "user"), row, strict=True)) for row in rows]
)


@settings(max_examples=150, deadline=None)
@given(SHEET, st.one_of(st.none(), st.integers(1, 90)))
def test_lines_of_a_table_are_equally_wide_and_harmless(rows: list[dict[str, object]], width: int | None) -> None:
    text = table(rows, COLUMNS, width, wide=True)
    lines = text.split("\n")
    assert len(lines) == len(rows) + 2
    widths = {cells.width(line) for line in lines[:-1]}
    assert len(widths) == 1
    assert width is None or widths.pop() <= width
    assert not {unicodedata.category(character) for character in text.replace("\n", "")} & {"Cc", "Cf", "Cs"}
    text.encode()


@settings(max_examples=150, deadline=None)
@given(SHEET)
def test_what_csv_writes_is_read_back(rows: list[dict[str, object]]) -> None:
    text = csv_text(rows, COLUMNS)
    header, *found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert header == [column.key for column in COLUMNS]
    assert len(found) == len(rows)
    for row, read in zip(rows, found, strict=True):
        said = cells.harmless(str(row["node"]))
        assert read[0] in (said, "'" + said)
        for value, cell in ((row["slot"], read[1]), (row["mem"], read[3])):
            if isinstance(value, float) and math.isfinite(value):
                assert float(cell) == round(value, 3)
            if value is None:
                assert cell == ""
            if isinstance(value, str):
                assert cell[:1] not in tuple("=+-@\t\r")
    text.encode()


@settings(max_examples=150, deadline=None)
@given(SHEET)
def test_documents_are_strict_json_and_safe_to_print(rows: list[dict[str, object]]) -> None:
    text = document("gpus", 0.0, [], rows, COLUMNS)
    found = json.loads(text)["items"]
    msgspec.json.decode(text.encode())
    assert not {unicodedata.category(character) for character in text.replace("\n", "")} & {"Cc", "Cs", "Zl", "Zp"}
    for row, item in zip(rows, found, strict=True):
        name = str(row["node"])
        if name.isascii():
            assert item["node"] == name


@settings(max_examples=100, deadline=None)
@given(SHEET)
def test_markdown_keeps_its_shape(rows: list[dict[str, object]]) -> None:
    lines = markdown(rows, COLUMNS).split("\n")
    assert len(lines) == len(rows) + 3
    for line in lines[:-1]:
        bare = line.replace("\\\\", "").replace("\\|", "")
        assert bare.count("|") == sum(not column.wide_only for column in COLUMNS) + 1
