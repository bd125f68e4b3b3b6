"""A lab's privacy put in force: with the key of its pseudonyms, where it has one."""

import os
from contextlib import suppress

from console.model.settings import Settings
from console.rules.privacy import Discretion
from console.store.folder import Folder
from console.store.key import BYTES, key_of, read_key


def discretion_of(settings: Settings, *, collects: bool) -> Discretion:
    """What this lab keeps and tells of people.

    Args:
        settings: of the lab.
        collects: the caller holds the lease and may make the key of the pseudonyms. Who only looks, and finds none
            that may be read, calls people by words of its own.

    Raises:
        OSError: the key cannot be read or made by the one who must.
    """
    privacy = settings.config.privacy
    if privacy.users != "pseudonyms":
        return Discretion(privacy)
    path = Folder(settings.folder).key
    if collects:
        return Discretion(privacy, key_of(path))
    with suppress(OSError):
        return Discretion(privacy, read_key(path) or os.urandom(BYTES))
    return Discretion(privacy, os.urandom(BYTES))
