"""Which words stand for people: made from names with a key, and put where a name stands. It keeps no records."""

import hashlib
import re

KNOWN = 4096
"""Names that are remembered and struck out of the texts of others; a lab has hundreds."""
TEXTS = 8192
"""Texts whose struck form is remembered: projects, reservations and the like come again with every listing."""
_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aeiou"
_SYLLABLES = 4
"""4.1e7 words: among 500 people two share one in 3 labs of 1,000."""


def pseudonym(key: bytes, user: str) -> str:
    """Return the word that stands for a person in this lab: the same for ever, and told only by who has the key."""
    number = int.from_bytes(hashlib.blake2b(user.encode("utf-8", "surrogatepass"), key=key, digest_size=8).digest())
    word = ""
    for _ in range(_SYLLABLES):
        number, consonant = divmod(number, len(_CONSONANTS))
        number, vowel = divmod(number, len(_VOWELS))
        word += _CONSONANTS[consonant] + _VOWELS[vowel]
    return word


def without(text: str, user: str, instead: str) -> str:
    """Return a text in which another word stands for a person's name, wherever that stands by itself."""
    if not user or user not in text:
        return text
    return re.sub(rf"(?<![\w]){re.escape(user)}(?![\w])", lambda _: instead, text)


class People:
    """The people of a lab, as far as they were seen, and the words for them."""

    def __init__(self, key: bytes) -> None:
        """Make it.

        Args:
            key: for pseudonyms.
        """
        self._key = key
        self._words: dict[str, str] = {}
        self._struck: dict[str, str] = {}

    def word(self, user: str) -> str:
        """The word for a person, who is known from now on."""
        word = self._words.get(user)
        if word is None:
            word = pseudonym(self._key, user)
            if len(self._words) < KNOWN:
                self._words[user] = word
                self._struck.clear()
        return word

    def struck(self, text: str) -> str:
        """A text that several people share, with the words for all who are known."""
        found = self._struck.get(text)
        if found is None:
            found = text
            for user, word in self._words.items():
                found = without(found, user, word)
            if len(self._struck) >= TEXTS:
                self._struck.clear()
            self._struck[text] = found
        return found
