"""Looking into the stores of secrets before a person is asked."""

import logging

from backends.ports import Ask, Clock, Prompt, SecretStore, Unavailable
from backends.secrets.chain import chain
from console.model.config import Config

OFFERED = 60.0
"""Seconds within which the same question again means that what the store gave was wrong: then a person is asked."""

_log = logging.getLogger(__name__)


def remembered(ask: Ask, store: SecretStore, clock: Clock) -> Ask:
    """Return a way to ask that gives what a store knows under `Prompt.secret`, and asks a person for everything else.

    Args:
        ask: asks a person.
        store: is asked first, for those that name a secret.
        clock: its monotonic time says what was given lately.
    """
    given: dict[str, float] = {}

    async def look(prompt: Prompt) -> str | None:
        name = prompt.secret
        if name is not None and clock.mono() - given.get(name, float("-inf")) > OFFERED:
            try:
                found = await store.get(name)
            except Unavailable as error:
                _log.warning("the secret %s was not read: %s", name, error.trouble.text.format(**error.trouble.values))
                found = None
            if found is not None:
                given[name] = clock.mono()
                return found
        return await ask(prompt)

    return look


def asking(config: Config, ask: Ask, clock: Clock) -> Ask:
    """Give a way to ask that looks into this user's own stores first."""
    return remembered(ask, chain(config.secrets.command), clock)
