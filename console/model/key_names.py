"""The names of keys: as they arrive (Textual's), as people write them, and as they are shown."""

import unicodedata

from console.language import _

_SHORTER = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_NAMED = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "Backspace",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
} | {f"f{number}": f"F{number}" for number in range(1, 25)}
_SPOKEN = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "page_up": "pageup"} | {
    "page_down": "pagedown",
    "del": "delete",
    "ins": "insert",
}
_MODIFIERS = ("alt", "ctrl", "shift")
"""In the order in which they arrive."""
_CHINESE = {
    "ideographic_comma": "slash",
    "left_black_lenticular_bracket": "left_square_bracket",
    "right_black_lenticular_bracket": "right_square_bracket",
    "left_double_angle_bracket": "less_than_sign",
    "right_double_angle_bracket": "greater_than_sign",
}
"""What a Chinese input method types for ``/ [ ] < >``; its other signs are the full-width forms of ours."""


def of_character(character: str) -> str:
    """Return the name under which a printable character arrives."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return _SHORTER.get(name, name)


_CHARACTERS = {of_character(chr(code)): chr(code) for code in range(0x21, 0x7F)}


def canonical(text: str) -> str | None:
    """Return the name under which the key arrives that a person wrote, None when there is no such key.

    ``?`` and ``question_mark``, ``Ctrl+P`` and ``ctrl+p``, ``Esc`` and ``escape`` are the same.
    """
    if len(text) == 1:
        name = "space" if text == " " else of_character(text)
        return name if name in _CHARACTERS or name == "space" else None
    *before, last = [*text[:-2].split("+"), "+"] if text.endswith("++") else text.split("+")
    modifiers = {part.strip().lower() for part in before}
    last = last.strip()
    if not modifiers <= set(_MODIFIERS) or len(modifiers) != len(before):
        return None
    key = _key(last)
    if key is None:
        return None
    if "shift" in modifiers and key in _CHARACTERS:
        if not key.isalpha() or len(modifiers) > 1:
            return None  # a terminal cannot tell it
        return key.upper()
    if "ctrl" in modifiers and len(key) == 1:
        key = key.lower()
    return "+".join([*sorted(modifiers), key])


def _key(text: str) -> str | None:
    if len(text) == 1:
        return canonical(text)
    lower = _SPOKEN.get(text.lower(), text.lower())
    return lower if lower in _NAMED or lower in _CHARACTERS else None


def latin(key: str) -> str:
    """Return the key that is meant when a Chinese input method is on: ``：`` is ``:``."""
    if key in _CHINESE:
        return _CHINESE[key]
    if key.startswith("fullwidth_"):
        name = key.removeprefix("fullwidth_")
        return _SHORTER.get(name, name)
    return unicodedata.normalize("NFKC", key) if len(key) == 1 else key


def shown(key: str) -> str:
    """Return how a key is written for people: ``Ctrl+P``, ``↑``, ``?``."""
    *modifiers, last = key.split("+")
    name = _NAMED.get(last) or _CHARACTERS.get(last, last)
    if modifiers and len(name) == 1:
        name = name.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


def reserved(key: str) -> str | None:
    """Return why a key cannot be given to an action, translated; None when it can."""
    if key == "ctrl+c":
        return _("Ctrl+C always asks whether to quit")
    return None


def doubtful(key: str) -> str | None:
    """Return why a key may never arrive, translated; None when it should."""
    arrives_as = {"ctrl+h": "backspace", "ctrl+i": "tab", "ctrl+j": "enter", "ctrl+m": "enter"}
    if key in arrives_as:
        return _("terminals send it as {key}").format(key=shown(arrives_as[key]))
    if key in ("ctrl+a", "ctrl+b"):
        return _("it is the prefix of screen or tmux")
    if key in ("ctrl+s", "ctrl+q"):
        return _("terminals stop and start their output with it")
    if key in ("ctrl+z", "ctrl+d"):
        return _("shells suspend or end programs with it; people press it by habit")
    if key in ("ctrl+k", "ctrl+l"):
        return _("terminals and shells clear text with it; people press it by habit")
    last = key.rpartition("+")[2]
    if last.startswith("f") and last in _NAMED:
        return _("laptops and desktops keep function keys for themselves")
    if "alt" in key.split("+"):
        return _("desktops and terminals keep many Alt keys for themselves")
    return None
