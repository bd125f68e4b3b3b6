"""What one line of a training's output says, as an immutable value; what it means is `course`'s."""

import msgspec


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One line, one row of a metrics file, or one event."""

    strand: str = ""
    """By what it was read. Two bars of one job, or a bar and a log, count different things."""
    bar: bool = False
    """Whether it is a bar, which may begin again for each epoch."""
    step: int | None = None
    steps: int | None = None
    epoch: float | None = None
    epochs: float | None = None
    loss: float | None = None
    """May be nan or infinite."""
    speed: float | None = None
    """Steps a second, as the trainer itself says."""
    saved: bool = False
    """Whether it says that a checkpoint was written."""
    at: float | None = None
    """UTC at which it was written; None where it does not say."""

    @property
    def place(self) -> float | None:
        """How far it is: its step or, where it counts none, its epoch."""
        return self.epoch if self.step is None else float(self.step)

    @property
    def goal(self) -> float | None:
        """How far it will go, counted as `place` is."""
        if self.step is None:
            return self.epochs
        return None if self.steps is None else float(self.steps)

    @property
    def kind(self) -> tuple[str, int | None]:
        """What is counted: readings of one kind belong to one course."""
        return self.strand, self.steps

    @property
    def done(self) -> bool:
        """Whether it says that all is done."""
        return self.place is not None and self.goal is not None and self.place >= self.goal


class Carried(msgspec.Struct, frozen=True, gc=False):
    """The epoch that a heading names for the lines below it."""

    epoch: int
    epochs: int | None = None
    first: int = 0
    """The number of the first epoch."""
