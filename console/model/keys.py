"""The key map: which key starts which action. Our file first, the user's over it, every mistake with its line."""

import difflib
import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from console.language import _
from console.model import actions, key_names
from console.model.problem import Problem
from console.model.toml_lines import line_of, line_of_syntax

DEFAULT_FILE = Path(__file__).parents[1] / "keys.toml"
"""Our own key map; who starts the program reads it."""
_CLOSED = ("text", "dialog")
"""Scopes whose keys are fixed."""


class KeyMapError(Exception):
    """A key map that cannot be used; all its problems in the order of their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class HelpRow(msgspec.Struct, frozen=True):
    """A line of the help."""

    scope: str
    """Name of the scope."""
    keys: str
    """As people read them, several with a space; empty where the action has none."""
    title: str
    """Translated."""
    meaning: str
    """Translated."""


class KeyMap(msgspec.Struct, frozen=True):
    """Which keys start which actions; keys by the names under which they arrive."""

    bound: Mapping[str, tuple[str, ...]]
    """By the name of the action."""
    by_key: Mapping[tuple[str, str], str]
    """The name of the action by scope and key."""
    warnings: tuple[Problem, ...] = ()
    """What the user should know: keys that may never arrive."""

    def action(self, key: str, scopes: Sequence[str]) -> str | None:
        """Return the action that a key starts where these scopes are active.

        A key of a Chinese input method counts as the Latin one on the same key of the keyboard.
        """
        for name in dict.fromkeys((key, key_names.latin(key))):
            for scope in scopes:
                found = self.by_key.get((scope, name))
                if found is not None:
                    return found
        return None

    def keys(self, action: str) -> tuple[str, ...]:
        """Return the keys of an action, the one to show first; none for an action without keys."""
        return self.bound.get(action, ())

    def shown(self, action: str) -> str:
        """Return the first key of an action as people read it, ``""`` where it has none."""
        keys = self.keys(action)
        return key_names.shown(keys[0]) if keys else ""


def rows(keymap: KeyMap, scopes: Sequence[str]) -> list[HelpRow]:
    """Return the help of these scopes: every action, families in one line, translated."""
    found: list[HelpRow] = []
    families: dict[str, list[str]] = {}
    for scope in scopes:
        for action in actions.ACTIONS:
            if action.scope != scope:
                continue
            keys = [key_names.shown(key) for key in keymap.keys(action.name)]
            if action.family in families:
                families[action.family].extend(keys)
                found[-1] = msgspec.structs.replace(found[-1], keys=_span(families[action.family]))
                continue
            if action.family:
                families[action.family] = keys
            found.append(HelpRow(scope, " ".join(keys), _(action.title), _(action.meaning)))
    return found


def _span(keys: list[str]) -> str:
    following = len(keys) > 2 and all(
        len(one) == len(next_) == 1 and ord(next_) == ord(one) + 1 for one, next_ in itertools.pairwise(keys)
    )
    return f"{keys[0]}…{keys[-1]}" if following else " ".join(keys)


def load(default_text: str, user_text: str | None = None, source_name: str = "keys.toml") -> KeyMap:
    """Return the key map of our text with the user's over it: an action that the user names has the user's keys only.

    Args:
        default_text: What stands in DEFAULT_FILE.
        user_text: What stands in the user's file; None where there is none.
        source_name: What the user's file is called in problems.

    Raises:
        KeyMapError: one of them cannot be used, with all that is wrong in it.
    """
    ours = _File("console/keys.toml", default_text)
    ours.check()
    theirs = _File(source_name, user_text or "")
    theirs.check()
    bound = ours.bound | theirs.bound
    conflicts = [theirs.conflict(*found) for found in _conflicts(bound, theirs.bound)]
    if conflicts:
        raise KeyMapError(sorted(conflicts, key=lambda problem: problem.line))
    scope_of = {name: action.scope for name, action in actions.by_name().items()}
    by_key = {(scope_of[name], key): name for name, keys in bound.items() for key in keys}
    return KeyMap(bound, by_key, tuple(theirs.warnings))


def _conflicts(bound: Mapping[str, tuple[str, ...]], theirs: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Yield key, action and the other action that has it where both are active; the user's action is the first."""
    known = actions.by_name()
    holders: dict[str, list[str]] = {}
    for name in sorted(bound, key=lambda name: name in theirs):
        for key in bound[name]:
            for other in holders.setdefault(key, []):
                if actions.together(known[name].scope, known[other].scope):
                    yield key, name, other
            holders[key].append(name)


class _File:
    """One key map file while it is read."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self.text = text
        self.bound: dict[str, tuple[str, ...]] = {}
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []

    def check(self) -> None:
        """Read it all.

        Raises:
            KeyMapError: with everything that is wrong.
        """
        try:
            tables = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            line = line_of_syntax(error, self.text)
            raise KeyMapError([Problem(self.source, line, "", _("not TOML: {error}").format(error=error))]) from None
        for scope, table in tables.items():
            self.scope(scope, table)
        if self.errors:
            raise KeyMapError(sorted(self.errors, key=lambda problem: problem.line))

    def scope(self, scope: str, table: object) -> None:
        known = actions.by_scope()
        if scope in _CLOSED:
            return self.error(_("text fields and dialogs keep their own keys"), scope)
        if scope not in known:
            return self.error(
                _("there is no scope “{name}”; there are {known}"), scope, name=scope, known=", ".join(known)
            )
        if not isinstance(table, dict):
            return self.error(_("a scope is a table: [{name}]"), scope, name=scope)
        for name, keys in table.items():
            self.action(scope, name, keys)
        return None

    def action(self, scope: str, name: str, keys: object) -> None:
        action = actions.by_name().get(name)
        if action is None:
            return self.no_action(scope, name)
        if action.scope != scope:
            return self.error(_("“{name}” belongs to [{scope}]"), scope, name, name=name, scope=action.scope)
        several = [keys] if isinstance(keys, str) else keys
        if not isinstance(several, list) or not all(isinstance(key, str) for key in several):
            return self.error(_('the keys of an action are a list of texts: ["d"], or [] for none'), scope, name)
        found = [self.key(scope, name, key) for key in several]
        if len(set(found)) < len(found):
            self.error(_("a key stands here twice"), scope, name)
        self.bound[name] = tuple(key for key in found if key)
        return None

    def no_action(self, scope: str, name: str) -> None:
        known = [action.name for action in actions.ACTIONS if action.scope == scope]
        close = difflib.get_close_matches(name, known, n=1)
        if close:
            message = _("[{scope}] has no action “{name}”; did you mean “{close}”?")
            return self.error(message, scope, name, scope=scope, name=name, close=close[0])
        message = _("[{scope}] has no action “{name}”; there are {known}")
        return self.error(message, scope, name, scope=scope, name=name, known=", ".join(known))

    def key(self, scope: str, name: str, written: str) -> str:
        """Return a key's name; ``""`` and an error when it has none."""
        key = key_names.canonical(written)
        if key is None:
            message = _(
                "there is no key “{key}”; a character, or space, enter, pageup, f5 …, behind ctrl+, alt+, shift+"
            )
            self.error(message, scope, name, key=written)
            return ""
        reason = key_names.reserved(key)
        if reason:
            self.error(_("“{key}” cannot be used: {reason}"), scope, name, key=key_names.shown(key), reason=reason)
        doubt = key_names.doubtful(key)
        if doubt:
            message = _("“{key}” may never arrive: {reason}").format(key=key_names.shown(key), reason=doubt)
            self.warnings.append(self.problem(message, scope, name))
        return key

    def conflict(self, key: str, name: str, other: str) -> Problem:
        known = actions.by_name()
        message = _("“{key}” is also the key of {scope}.{other}; give one of them another key, or [] for none")
        filled = message.format(key=key_names.shown(key), scope=known[other].scope, other=other)
        return self.problem(filled, known[name].scope, name)

    def error(self, message: str, *path: str, **values: str) -> None:
        self.errors.append(self.problem(message.format(**values), *path))

    def problem(self, message: str, *path: str) -> Problem:
        return Problem(self.source, line_of(self.text, path), ".".join(path), message)
