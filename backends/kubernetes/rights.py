"""Which rights a person has in a cluster, asked for before an act, so that an impossible one says what is missing."""

import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from backends.kubernetes.client import Client
from backends.kubernetes.words import Failure
from backends.ports import Unavailable
from backends.record import N_, Trouble

KEPT = 180.0
"""Seconds for which an answer is believed."""
_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Right(NamedTuple):
    """Something that may be done to one kind of objects in one namespace."""

    verb: str
    group: str
    plural: str
    namespace: str
    sub: str = ""

    @property
    def title(self) -> str:
        """What it is about: ``deployments.apps/scale``."""
        what = f"{self.plural}.{self.group}" if self.group else self.plural
        return f"{what}/{self.sub}" if self.sub else what


class _Status(msgspec.Struct):
    allowed: bool = False
    reason: str | None = None


class _Review(msgspec.Struct):
    status: _Status | None = None


class Rights:
    """Asks, and remembers for some minutes. Blocks; for one thread at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[Right, tuple[bool, float]] = {}

    def has(self, client: Client, right: Right) -> bool:
        """Whether the person has a right; True where the server does not say: then it will refuse by itself.

        Raises:
            Failure: the server does not answer.
        """
        known = self._known.get(right)
        if known is not None and self._clock() - known[1] < KEPT:
            return known[0]
        about = {"verb": right.verb, "group": right.group, "resource": right.plural, "namespace": right.namespace}
        if right.sub:
            about["subresource"] = right.sub
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": about},
        }
        try:
            told = msgspec.json.decode(client.send("POST", _PATH, review)[1], type=_Review)
        except Failure as failure:
            if failure.status is None or failure.status == 401:
                raise
            return True
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return True
        allowed = told.status is None or told.status.allowed
        self._known[right] = allowed, self._clock()
        return allowed

    def demand(self, client: Client, right: Right) -> None:
        """Insist on a right.

        Raises:
            Unavailable: the person does not have it.
            Failure: the server does not answer.
        """
        if not self.has(client, right):
            text = N_("The right to {verb} {what} in {namespace} is missing.")
            hint = N_("Whoever gives rights in this cluster must add it to your role.")
            values = {"verb": right.verb, "what": right.title, "namespace": right.namespace}
            raise Unavailable(Trouble(text, hint, values))

    def forget(self) -> None:
        """Ask anew from now on: something was refused though it had been allowed."""
        self._known.clear()
