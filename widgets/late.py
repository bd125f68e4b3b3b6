"""Rows that are made when they are seen: a list of thousands costs what is on the screen."""

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from widgets.models import Row


class LateRows(Sequence[Row]):
    """Looks like a sequence of rows; each is made at its first use and kept.

    The keys are known without making any row, so that a table finds its cursor again.
    """

    def __init__(self, keys: Sequence[str], make: Callable[[int], Row]) -> None:
        """Make the sequence.

        Args:
            keys: Of all rows, in their order; they differ from each other.
            make: The row at a place; its key is the one that stands there.
        """
        self.keys = keys
        self._make = make
        self._made: dict[int, Row] = {}

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        row = self._made.get(place)
        if row is None:
            if not 0 <= place < len(self):
                raise IndexError(index)
            row = self._made[place] = self._make(place)
        return row

    def __iter__(self) -> Iterator[Row]:
        return (self[index] for index in range(len(self)))


def keys_of(rows: Sequence[Row]) -> Sequence[str]:
    """Return the keys of any rows, without making those that are made late."""
    return rows.keys if isinstance(rows, LateRows) else [row.key for row in rows]
