"""Sentences that depend on a count: which of two is said is decided where they are translated."""

from console.model.judged_jobs import Why


def counted(code: str, texts: tuple[str, str], count: int, values: dict[str, str], until: float | None = None) -> Why:
    """Make one.

    Args:
        code: see `Why.code`.
        texts: the message ids for 1 and for other counts, marked with ``NN_``; the second is empty where the first
            serves for all.
        count: on which it depends.
        values: fill both.
        until: see `Why.until`.
    """
    one, many = texts
    return Why(code, one, values, until, many, count)
