"""What a queue with a quota may hand out: its own, or what the queue behind it has left."""

from backends.jobs import Queue, Quota
from console.rules.jobs.queues import quota

GPU = "nvidia.com/gpu"


def test_a_queue_shows_its_own_quota() -> None:
    cards = Queue("cards", "clusterqueue", nodes=("n1",), quotas=(Quota(GPU, 48.0, 40.0), Quota(GPU, 24.0, 24.0)))
    local = Queue("nlp-queue", "localqueue", parent="cards", quotas=(Quota(GPU, None, 5.0),))
    space = Queue("nlp", "namespace", quotas=(Quota(GPU, 36.0, 5.0), Quota("cpu", 64.0, 1.0)))
    assert quota(cards, None) == (72, 64, 8)
    assert quota(local, cards) == (72, 5, 8)
    assert quota(local, None) is None
    assert quota(space, None) == (36, 5, 31)


def test_what_may_be_borrowed_is_there_too() -> None:
    assert quota(Queue("a", "clusterqueue", quotas=(Quota(GPU, 8.0, 10.0, None, 2.0, 8.0),)), None) == (8, 10, 4)


def test_a_partition_has_its_nodes() -> None:
    assert quota(Queue("a100", nodes=("n1",), quotas=(Quota("gres/gpu", 8.0, 1.0),)), None) is None
    assert quota(Queue("plain"), None) is None
