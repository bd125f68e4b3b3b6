"""What a secret may be called, and how a store that cannot be used is said."""

import re

from backends.ports import Unavailable
from backends.record import N_, Trouble

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:./@+-]{0,199}")


def check(name: str) -> None:
    """See that a name can be handed to every store: no option of a command, no path that leads elsewhere.

    Raises:
        Unavailable: it cannot.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise unavailable(
            N_("“{name}” is no name for a secret."),
            N_("Use letters, digits and _ : . / @ + -, beginning with a letter or digit; e.g. ssh:/home/me/.ssh/id."),
            name=name[:60],
        )


def unavailable(text: str, hint: str = "", **values: str) -> Unavailable:
    """Make the exception of a store that cannot be used; `text` and `hint` are message ids."""
    return Unavailable(Trouble(text, hint, values))


def read_only(store: str, name: str) -> Unavailable:
    """Make the exception of a store that is filled by somebody else."""
    text = N_("“{name}” is not changed here: the store ({store}) is filled by its own tools.")
    return unavailable(text, name=name, store=store)
