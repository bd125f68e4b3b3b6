"""The key map: our own is sound, the user's is checked with lines, lookups and help follow it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model import actions
from console.model.keys import DEFAULT_FILE, KeyMapError, load, rows
from console.views.keys_page import keys_page

OURS = DEFAULT_FILE.read_text("utf-8")
SCOPES = ["global", "move", "list", "gpus", "time"]


def problems(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(KeyMapError) as caught:
        load(OURS, text, "mine.toml")
    assert all(problem.source == "mine.toml" for problem in caught.value.problems)
    return [(problem.line, problem.key, problem.message) for problem in caught.value.problems]


def test_ours_names_every_action_once_and_warns_of_nothing() -> None:
    keymap = load(OURS)
    assert keymap.warnings == ()
    assert list(keymap.bound) == [action.name for action in actions.ACTIONS]
    assert len(actions.by_name()) == len(actions.ACTIONS)
    assert {action.scope for action in actions.ACTIONS} == {scope.name for scope in actions.SCOPES}


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("colon", "command"),
        ("ctrl+p", "palette"),
        ("slash", "filter"),
        ("question_mark", "help"),
        ("minus", "last_view"),
        ("left_square_bracket", "back"),
        ("7", "pinned_7"),
        ("G", "last"),
        ("g", "first"),
        ("asterisk", "mark_all"),
        ("m", "metric"),
        ("fullwidth_colon", "command"),
        ("fullwidth_question_mark", "help"),
        ("ideographic_comma", "filter"),
        ("ｑ", "quit"),
        ("x", None),
        ("", None),
    ],
)
def test_a_key_starts_its_action(key: str, action: str | None) -> None:
    assert load(OURS).action(key, SCOPES) == action


def test_only_active_scopes_count() -> None:
    assert load(OURS).action("m", ["global", "move", "list"]) is None
    assert load(OURS).action("q", []) is None


def test_the_user_replaces_the_keys_of_an_action() -> None:
    keymap = load(OURS, '[list]\nraw = "y"\njump = []\n[gpus]\nmetric = ["Shift+M", "v"]\n', "mine.toml")
    assert keymap.action("y", SCOPES) == "raw"
    assert keymap.action("v", SCOPES) == "metric"
    assert keymap.action("o", SCOPES) is None
    assert keymap.keys("metric") == ("M", "v")
    assert keymap.shown("jump") == ""
    assert keymap.action("s", SCOPES) == "sort"


def test_every_problem_is_told_with_its_line() -> None:
    text = """# mine
[list]
describe = ["x", "Ctrl+C", "hyper+x"]
descrbe = "a"
metric = ["m"]
raw = ["w",
 "w"]
sort = 3

[gpus]
density = [""]
[nope]
[text]
a = ["b"]
"""
    found = problems(text)
    assert [(line, key) for line, key, _ in found] == [
        (3, "list.describe"),
        (3, "list.describe"),
        (4, "list.descrbe"),
        (5, "list.metric"),
        (6, "list.raw"),
        (8, "list.sort"),
        (11, "gpus.density"),
        (12, "nope"),
        (13, "text"),
    ]
    said = " ".join(message for _, _, message in found)
    for words in (
        "“Ctrl+C” cannot",
        "hyper+x",
        "mean “describe”",
        "belongs to [gpus]",
        "twice",
        "global, move, list, gpus",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[gpus]\n\ndensity = ["s"]', 3, "list.sort"),
        ('[gpus]\ndensity = ["r"]', 2, "global.refresh"),
        ('[global]\nquit = ["s"]', 2, "list.sort"),
        ('list.jump = ["v"]', 1, "list.raw"),
        ("list = { jump = ['v'] }", 1, "list.raw"),
        ('[gpus]\nmetric = ["x"]\ndensity = ["x"]', 3, "gpus.metric"),
    ],
)
def test_one_key_means_one_thing_where_scopes_are_active_together(text: str, line: int, said: str) -> None:
    ((at, _, message),) = problems(text)
    assert at == line
    assert said in message


def test_text_that_is_no_toml_is_told_with_its_line() -> None:
    ((line, key, message),) = problems("[list]\nraw = [\n[gpus]\n=")
    assert line >= 2
    assert key == ""
    assert "TOML" in message


def test_two_actions_may_exchange_their_keys() -> None:
    keymap = load(OURS, '[list]\nraw = ["d"]\ndescribe = ["v"]')
    assert keymap.action("d", SCOPES) == "raw"


def test_keys_that_may_never_arrive_are_warned_about() -> None:
    keymap = load(OURS, '[gpus]\n\ndensity = ["f5", "ctrl+b", "ctrl+j", "alt+x", "ctrl+z", "D"]', "mine.toml")
    assert [warning.line for warning in keymap.warnings] == [3] * 5
    assert "tmux" in keymap.warnings[1].message
    assert str(keymap.warnings[0]).startswith("mine.toml:3: gpus.density: ")


def test_help_has_every_action_and_folds_families() -> None:
    found = rows(load(OURS), [scope.name for scope in actions.SCOPES])
    assert len(found) == len(actions.ACTIONS) - 8
    by_title = {row.title: row for row in found}
    assert by_title["pinned views"].keys == "1…9"
    assert by_title["palette"].keys == "Ctrl+P"
    assert by_title["cursor up"].keys == "↑ k"
    assert all(row.meaning.endswith((".", "…")) for row in found)


def test_the_page_of_keys_is_fresh() -> None:
    page = Path(__file__).parents[3] / "docs" / "keys.md"
    assert page.read_text("utf-8") == keys_page(load(OURS)), "docs/keys.md is stale: run python docs/generate.py"


TOML = st.sampled_from(
    [
        "[list]\n",
        "[gpus]\n",
        "raw",
        "density",
        " = ",
        '["x"]',
        '["ctrl+c"]',
        '"d"',
        "\n",
        "[",
        "]",
        '"',
        "3",
        ".",
        "#",
        "{",
        "}",
        "é",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.lists(TOML, max_size=15).map("".join), st.text(max_size=40)))
def test_any_text_is_loaded_or_refused(text: str) -> None:
    try:
        keymap = load(OURS, text)
    except KeyMapError as error:
        found = error.problems
    else:
        found = keymap.warnings
    assert all(1 <= problem.line <= max(1, text.count("\n") + 1) and problem.message for problem in found)
