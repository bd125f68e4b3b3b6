"""Editing one line of text: a frozen value, and what each key of a text field makes of it. Pure, no drawing."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from widgets.text import plain, width_of

LONGEST = 1_000
"""Characters of a line; more is a paste gone wrong."""

_WORD_BEFORE = re.compile(r"\S+\s*\Z")
_WORD_AFTER = re.compile(r"\s*\S+")


class Edit(msgspec.Struct, frozen=True):
    """A line and where in it one types. A combining mark is never parted from its character."""

    text: str = ""
    at: int = 0
    """Index of the character under the cursor; the length of the text at its end."""

    def insert(self, text: str) -> "Edit":
        """Type or paste; line breaks become spaces, control characters do not enter."""
        room = LONGEST - len(self.text)
        added = plain(text)[: max(0, room)]
        return Edit(self.text[: self.at] + added + self.text[self.at :], self.at + len(added))

    def left(self) -> "Edit":
        """Go one character back."""
        at = max(0, self.at - 1)
        while at > 0 and width_of(self.text[at]) == 0:
            at -= 1
        return Edit(self.text, at)

    def right(self) -> "Edit":
        """Go one character on."""
        at = min(len(self.text), self.at + 1)
        while at < len(self.text) and width_of(self.text[at]) == 0:
            at += 1
        return Edit(self.text, at)

    def word_left(self) -> "Edit":
        """Go to the start of the word."""
        found = _WORD_BEFORE.search(self.text[: self.at])
        return Edit(self.text, found.start() if found else 0)

    def word_right(self) -> "Edit":
        """Go to the end of the word."""
        found = _WORD_AFTER.match(self.text, self.at)
        return Edit(self.text, found.end() if found else len(self.text))

    def start(self) -> "Edit":
        """Go to the start of the line."""
        return Edit(self.text, 0)

    def end(self) -> "Edit":
        """Go to the end of the line."""
        return Edit(self.text, len(self.text))

    def _without(self, one: int, other: int) -> "Edit":
        low, high = sorted((one, other))
        return Edit(self.text[:low] + self.text[high:], low)

    def back(self) -> "Edit":
        """Delete the character before the cursor."""
        return self._without(self.left().at, self.at)

    def delete(self) -> "Edit":
        """Delete the character under the cursor."""
        return self._without(self.at, self.right().at)

    def back_word(self) -> "Edit":
        """Delete to the start of the word."""
        return self._without(self.word_left().at, self.at)

    def back_all(self) -> "Edit":
        """Delete everything before the cursor."""
        return self._without(0, self.at)

    def delete_all(self) -> "Edit":
        """Delete everything from the cursor on."""
        return self._without(self.at, len(self.text))


KEYS: Mapping[str, Callable[[Edit], Edit]] = MappingProxyType(
    {
        "left": Edit.left,
        "right": Edit.right,
        "ctrl+left": Edit.word_left,
        "ctrl+right": Edit.word_right,
        "home": Edit.start,
        "ctrl+a": Edit.start,
        "end": Edit.end,
        "ctrl+e": Edit.end,
        "backspace": Edit.back,
        "ctrl+h": Edit.back,
        "delete": Edit.delete,
        "ctrl+d": Edit.delete,
        "ctrl+w": Edit.back_word,
        "ctrl+u": Edit.back_all,
        "ctrl+k": Edit.delete_all,
    }
)
"""What the keys of a text field do, by the names the toolkit gives them."""
