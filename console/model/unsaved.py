"""What would be lost if a job ended now: GPU-hours since its last checkpoint; who has no progress has no answer."""

from backends.jobs import HOLDING, Job, Progress


def cards(job: Job) -> int | None:
    """Return how many cards a job holds, else how many it asked for; None where nobody says."""
    counts = [len(held.slots) if held.count is None and held.slots is not None else held.count for held in job.held]
    if counts and all(count is not None for count in counts):
        return sum(count for count in counts if count is not None)
    return job.gpus


def unsaved_hours(job: Job, progress: Progress | None, now: float) -> float | None:
    """Return GPU-hours since the last checkpoint or, where none was seen, since the job was started.

    Args:
        job: that runs; of one that was started again only what it did since then counts.
        progress: what was read of it; None where nothing could be: then nobody knows whether it saves.
        now: UTC in seconds.

    Returns:
        GPU-hours; None where the number of cards, the start or the progress is not known, or the job holds nothing.
    """
    held = cards(job)
    if progress is None or job.started is None or held is None or job.state not in HOLDING:
        return None
    since = max(job.started, progress.saved or job.started)
    return held * max(now - since, 0.0) / 3600
