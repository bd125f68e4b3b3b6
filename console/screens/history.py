"""Where one has been: the history of views, with back, forward and the last view."""

import msgspec

KEPT = 50


class Place(msgspec.Struct, frozen=True):
    """A view with what it is of, and the filter that it had."""

    view: str
    argument: str = ""
    expression: str = ""


class History:
    """Places in the order in which they were gone to, and where one is among them."""

    def __init__(self, first: Place) -> None:
        self._places = [first]
        self._at = 0

    @property
    def here(self) -> Place:
        """The present place."""
        return self._places[self._at]

    def go(self, place: Place) -> None:
        """Go on to a place; what was ahead is forgotten."""
        if place == self.here:
            return
        self._places = [*self._places[: self._at + 1], place][-KEPT:]
        self._at = len(self._places) - 1

    def alter(self, place: Place) -> None:
        """The present place has changed: another filter, a neighbour."""
        self._places[self._at] = place

    def back(self) -> bool:
        """Go back by one; False at the beginning."""
        if self._at == 0:
            return False
        self._at -= 1
        return True

    def forward(self) -> bool:
        """Go forward by one; False at the end."""
        if self._at == len(self._places) - 1:
            return False
        self._at += 1
        return True

    def last(self) -> bool:
        """Go to the view before this one as a step of its own, so that the same again leads back."""
        if self._at == 0:
            return False
        self.go(self._places[self._at - 1])
        return True
