"""From one look after the other: what began, and what ended. Remembers what holds, and nothing else.

What is found within a round counts only once `keep` is called, so that a round that could not be written down is found
again by the next one.
"""

from collections.abc import Callable, Collection, Mapping

from console.model.history import Kind
from console.model.intervals import SECONDS_BRIDGED, Begun, Change, Ended, Fact, Held, Key, Seen

JOBS = ""
"""The scope of all jobs; every other scope is a node's name."""

Calmer = Callable[[Kind, Fact, Fact | None], bool]


class Intervals:
    """What holds now, scope by scope.

    A round is `begin`, `look` at any of the scopes, `missing`, `changes`, and `keep`.
    """

    def __init__(
        self, held: Mapping[str, Mapping[Key, Held]], last: float | None, calmer: Calmer, speed: float = 1.0
    ) -> None:
        """Go on from what held when somebody last looked.

        Args:
            held: by scope.
            last: when that was, UTC; None where nobody ever did.
            calmer: whether a change should last `SECONDS_BRIDGED` before it is believed.
            speed: of the lab's clock.
        """
        self._held = {scope: dict(things) for scope, things in held.items()}
        self._away = {} if last is None else dict.fromkeys(held, last)
        self._last = last
        self._calmer = calmer
        self._bridged = SECONDS_BRIDGED * speed
        self._at = 0.0
        self._changes: list[Change] = []
        self._found: dict[str, dict[Key, Held]] = {}
        self._found_away: dict[str, float] = {}

    def begin(self, at: float) -> float:
        """Begin a round; returns the time that it gets, which is never before that of the one before it.

        Where nobody looked for long, or the clock was set back for as long, everything ended when it was last seen.
        """
        self._changes, self._found, self._found_away = [], {}, dict(self._away)
        last = self._last if self._last is not None else at
        self._at = at
        if not -self._bridged <= at - last <= self._bridged:
            for scope in self._held:
                self._end(scope, self._away.get(scope, last))
            self._found_away = {}
        elif at < last:
            self._at = last
        return self._at

    def look(self, scope: str, seen: Seen) -> None:
        """Take in what one look at a whole scope found."""
        held = self._things(scope)
        self._found_away.pop(scope, None)
        new: dict[Key, Held | None] = {}
        for key, old in held.items():
            if key in seen.unknown and key not in seen.holds:
                now = self._unseen(key, old, seen.unknown[key])
            else:
                now = self._seen(key, old, seen.holds)
            if now is not old:
                new[key] = now
        for key, fact in seen.holds.items():
            if key not in held:
                new[key] = self._start(key, fact, self._at)
        self._merge(scope, new)

    def change(self, scope: str, facts: Mapping[Key, Fact | None]) -> None:
        """Take in some of a scope: what holds now, or None where nothing does. The rest of it is as it was."""
        held = self._things(scope)
        new: dict[Key, Held | None] = {}
        for key, fact in facts.items():
            old = held.get(key)
            if old is not None:
                new[key] = self._seen(key, old, {} if fact is None else {key: fact})
            elif fact is not None:
                new[key] = self._start(key, fact, self._at)
        self._merge(scope, new)

    def _merge(self, scope: str, new: Mapping[Key, Held | None]) -> None:
        if new:
            merged = {**self._things(scope), **new}
            self._found[scope] = {key: thing for key, thing in merged.items() if thing is not None}

    def missing(self, present: Collection[str]) -> None:
        """Say which scopes there are; what holds of the others ends, when they stay away, where they were last seen."""
        for scope in self._held.keys() | self._found.keys():
            if scope in present:
                self._found_away.pop(scope, None)
                continue
            since = self._found_away.setdefault(scope, self._last if self._last is not None else self._at)
            if self._at - since > self._bridged:
                self._end(scope, since)
                del self._found_away[scope]

    def changes(self) -> list[Change]:
        """What this round changes, in the order in which it must be written."""
        return self._changes

    def keep(self) -> None:
        """Take this round over: it is written."""
        for scope, things in self._found.items():
            if things:
                self._held[scope] = things
            else:
                self._held.pop(scope, None)
        self._away = self._found_away
        self._last = self._at
        self._changes, self._found, self._found_away = [], {}, dict(self._away)

    def held(self, scope: str) -> Mapping[Key, Held]:
        """What holds of a scope, this round included."""
        return self._things(scope)

    def _things(self, scope: str) -> Mapping[Key, Held]:
        found = self._found.get(scope)
        return found if found is not None else self._held.get(scope, {})

    def _end(self, scope: str, at: float) -> None:
        """End everything of a scope at that time, or where it was last seen before."""
        for key, old in self._things(scope).items():
            self._finish(key, old, at if old.unseen is None else old.unseen)
        self._found[scope] = {}

    def _unseen(self, key: Key, old: Held, last_seen: float) -> Held | None:
        unseen = old.unseen
        if unseen is None:
            before = self._last if self._last is not None else self._at
            unseen = max(old.since, min(last_seen, before))
        if self._at - unseen > self._bridged:
            self._finish(key, old, unseen)
            return None
        return old if old.unseen is not None else Held(old.fact, old.since, unseen)

    def _seen(self, key: Key, old: Held, holds: Mapping[Key, Fact]) -> Held | None:
        fact = holds.get(key)
        if fact == old.fact:
            return old if old.unseen is None and old.next_since is None else Held(old.fact, old.since)
        if not self._calmer(key.kind, old.fact, fact):
            self._finish(key, old, self._at if old.unseen is None else old.unseen)
            return None if fact is None else self._start(key, fact, self._at)
        since = old.next_since if old.next_since is not None and old.next == fact else self._at
        if self._at - since < self._bridged:
            return Held(old.fact, old.since, None, fact, since)
        self._finish(key, old, since)
        return None if fact is None else self._start(key, fact, since)

    def _start(self, key: Key, fact: Fact, since: float) -> Held:
        self._changes.append(Begun(key, fact, since))
        return Held(fact, since)

    def _finish(self, key: Key, old: Held, until: float) -> None:
        self._changes.append(Ended(key, old.since, max(old.since, until)))
