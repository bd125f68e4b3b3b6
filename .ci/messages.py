"""The catalogues' upkeep: gather what the code says, and bring every language up to it.

``python .ci/messages.py`` rewrites the template and the catalogues; ``--check`` writes nothing and says what is wrong.
No line numbers, dates or tool versions are written: a catalogue changes when, and only when, a text does.
"""

from __future__ import annotations

import argparse
import io
import string
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "NN_": (1, 2)}
SAID_IN = ("backends", "console")
WIDTH = 120


def template(root: Path) -> Catalog:
    """Gather every marked text of the source below ``root``."""
    found = Catalog(project="quarterdeck", charset="utf-8")
    for folder in SAID_IN:
        texts = extract_from_dir(
            str(root / folder), [("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
        )
        for _, _, message, comments, context in texts:
            found.add(message, auto_comments=comments, context=context)
    return found


def written(catalog: Catalog, language: str | None = None) -> str:
    """Write a catalogue as text, in the order of its messages, under a header that never churns."""
    head = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    if language is not None:
        head = [f"Language: {language}", f"Plural-Forms: {catalog.plural_forms}", *head]
    body = io.BytesIO()
    write_po(body, catalog, width=WIDTH, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    lines = ['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in head), "", body.getvalue().decode()]
    return "\n".join(lines).rstrip("\n") + "\n"


def named(path: Path) -> str:
    """Name the language of a catalogue: the folder above ``LC_MESSAGES``."""
    return path.parent.parent.name


def brought_up(path: Path, to: Catalog) -> Catalog:
    """Read a language's catalogue and give it the template's messages; new ones are empty, never guessed."""
    with path.open("rb") as text:
        catalog = read_po(text, locale=named(path))
    catalog.update(to, no_fuzzy_matching=True)
    return catalog


def placeholders(text: str) -> set[str]:
    """Name the ``{fields}`` of a format string.

    Raises:
        ValueError: the braces do not match.
    """
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def faults(catalog: Catalog) -> Iterator[str]:
    """Say what keeps a language's catalogue from being used: missing, fuzzy, or other placeholders than the English."""
    for message in catalog:
        if message.id:
            yield from (f"{message.id!r}: {fault}" for fault in _of_message(message))


def _of_message(message: Message) -> Iterator[str]:
    source = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    if message.fuzzy:
        yield "marked fuzzy; check it and take the mark away"
    if not strings or not all(strings):
        yield "not translated"
        return
    wanted = set().union(*map(placeholders, source))
    for text in strings:
        try:
            if placeholders(text) != wanted:
                yield f"{text!r} has the placeholders {sorted(placeholders(text))}, the English {sorted(wanted)}"
        except ValueError as broken:
            yield f"{text!r}: {broken}"


def languages(root: Path) -> list[Path]:
    """List the catalogues, one per language."""
    return sorted((root / "console" / "locale").glob("*/LC_MESSAGES/quarterdeck.po"))


def check(root: Path) -> list[str]:
    """List everything that is stale or wrong below ``root``, in words."""
    now = template(root)
    path = root / "console" / "locale" / "quarterdeck.pot"
    wrong = []
    if path.read_text(encoding="utf-8") != written(now):
        wrong.append(f"{path.relative_to(root)} is not what the code says; run: make messages")
    for language in languages(root):
        name = language.relative_to(root)
        catalog = brought_up(language, now)
        if language.read_text(encoding="utf-8") != written(catalog, named(language)):
            wrong.append(f"{name} is not in step with the code; run: make messages")
        wrong.extend(f"{name}: {fault}" for fault in faults(catalog))
    return wrong


def update(root: Path) -> None:
    """Write the template and every language anew."""
    now = template(root)
    (root / "console" / "locale" / "quarterdeck.pot").write_text(written(now), encoding="utf-8")
    for language in languages(root):
        language.write_text(written(brought_up(language, now), named(language)), encoding="utf-8")


def main() -> int:
    """Update, or check; say what is left to translate."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; fail when a catalogue is stale")
    if not arguments.parse_args().check:
        update(ROOT)
    wrong = check(ROOT)
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
