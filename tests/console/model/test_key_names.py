"""Names of keys agree with those under which Textual delivers them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import keys as textual_keys

from console.model import key_names


@pytest.mark.parametrize("character", sorted(set(string.printable) - set(string.whitespace)))
def test_characters_have_the_names_under_which_they_arrive(character: str) -> None:
    name = textual_keys._character_to_key(character)
    assert key_names.canonical(character) == name
    assert key_names.shown(name) == character
    assert key_names.canonical(name) == name


@pytest.mark.parametrize(
    "key", ["up", "pageup", "pagedown", "home", "enter", "escape", "space", "tab", "backspace", "delete", "f1", "f24"]
)
def test_named_keys_are_known_to_textual(key: str) -> None:
    assert key in {str(known.value) for known in textual_keys.Keys}
    assert key_names.canonical(key) == key


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Ctrl+P", "ctrl+p"),
        ("CTRL+ALT+x", "alt+ctrl+x"),
        ("shift+tab", "shift+tab"),
        ("Shift+g", "G"),
        ("Esc", "escape"),
        ("PgUp", "pageup"),
        (" ", "space"),
        ("+", "plus"),
        ("ctrl++", "ctrl+plus"),
        ("中", None),
        ("", None),
        ("ctrl+", None),
        ("ctrl+ctrl+x", None),
        ("ctrl+shift+x", None),
        ("shift+?", None),
        ("super+x", None),
        ("\x1b", None),
        ("f25", None),
    ],
)
def test_what_people_write(written: str, key: str | None) -> None:
    assert key_names.canonical(written) == key


def test_shown() -> None:
    assert [key_names.shown(key) for key in ("ctrl+p", "up", "shift+tab", "alt+ctrl+x", "g", "G")] == [
        "Ctrl+P",
        "↑",
        "Shift+Tab",
        "Alt+Ctrl+X",
        "g",
        "G",
    ]


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_none(text: str) -> None:
    key = key_names.canonical(text)
    if key is not None:
        assert key_names.canonical(key) == key
        assert key_names.shown(key).isprintable()
    assert key_names.latin(text) is not None
