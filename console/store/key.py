"""The key of a lab's pseudonyms: made once, kept beside the file, its user's alone."""

import os
import secrets
from pathlib import Path

from console.store.modes import of_files, settle

BYTES = 32


def read_key(path: Path) -> bytes | None:
    """Read the key; None where there is none.

    Raises:
        OSError: it cannot be read, or is too short to be one.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(file, "rb") as opened:
        found = opened.read(BYTES)
    if len(found) < BYTES:
        raise OSError(f"{path} is too short to be the key of the pseudonyms; remove it to get a new one")
    return found


def key_of(path: Path) -> bytes:
    """Read the key, or make it where there is none, with the mode of the lab's files; the caller holds the lease.

    Args:
        path: of the key. Without it nobody can tell any more who a pseudonym stood for, and everybody gets another.

    Raises:
        OSError: it cannot be read or made.
    """
    found = read_key(path)
    if found is not None:
        settle(path, of_files(path.parent))
        return found
    fresh, made = path.with_suffix(".new"), secrets.token_bytes(BYTES)
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as opened:
        os.fchmod(file, of_files(path.parent))
        opened.write(made)
        opened.flush()
        os.fsync(file)
    fresh.rename(path)
    return made
