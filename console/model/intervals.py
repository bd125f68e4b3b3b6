"""What holds of a card, a node or a job at one moment, and what changes from one moment to the next."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from console.model.history import Holder, Kind

SECONDS_BRIDGED = 60.0
"""Something that was out of sight for no longer, and is the same when it is seen again, held all the time.

Longer than a collector takes to be replaced or started anew (5 to 30 s), and no longer than the shortest slot of a
plot, so that whatever is bridged could not be drawn as a gap anyway.
"""


class Key(NamedTuple):
    """Of what something holds; a card, a node (without a slot) or, of `Kind.JOB`, a job."""

    kind: Kind
    name: str
    """The node's, or the job's id."""
    slot: int | None = None


class Fact(NamedTuple):
    """What holds of it."""

    value: str
    holder: Holder | None = None


class Seen(msgspec.Struct, frozen=True):
    """What one look at a node, or at the jobs, found. What is in neither does not hold."""

    holds: Mapping[Key, Fact]
    unknown: Mapping[Key, float]
    """What cannot be seen now, and when it was seen last, UTC."""


class Held(msgspec.Struct, frozen=True, gc=False):
    """Something that has held since then, and still does as far as anybody knows."""

    fact: Fact
    since: float
    unseen: float | None = None
    """When it was last seen, where it no longer is."""
    next: Fact | None = None
    next_since: float | None = None
    """What seems to hold instead, and since when; it is believed once it lasts."""


class Begun(msgspec.Struct, frozen=True, gc=False):
    """Something holds from then on."""

    key: Key
    fact: Fact
    since: float


class Ended(msgspec.Struct, frozen=True, gc=False):
    """Something that had held since then held until then."""

    key: Key
    since: float
    until: float


Change = Begun | Ended
