"""By which uid a request names its object, so that another one that was given its name meanwhile is left alone."""

import msgspec

from backends.commands import Call
from backends.kubernetes.client import Client
from backends.kubernetes.words import Failure

REFUSALS = (409, 422)
"""What a server answers where the uid is another: a conflict to a deletion, an immutable field or a failed test to a
change."""
_TEST = "/metadata/uid"


def deleting(uid: str | None) -> dict[str, object]:
    """What the options of a deletion say of it."""
    return {"preconditions": {"uid": uid}} if uid else {}


def bound(change: dict[str, object], uid: str | None) -> dict[str, object]:
    """A change that is merged, for this object alone: no server lets a uid be changed."""
    if not uid:
        return change
    meta = change.get("metadata")
    return {**change, "metadata": {**(meta if isinstance(meta, dict) else {}), "uid": uid}}


def scaled(replicas: int, uid: str | None) -> object:
    """A change of the scale of an object; what is merged into a scale is not compared with the object's uid."""
    if not uid:
        return [{"op": "add", "path": "/spec/replicas", "value": replicas}]
    return [
        {"op": "test", "path": _TEST, "value": uid},
        {"op": "add", "path": "/spec/replicas", "value": replicas},
    ]


class _Meta(msgspec.Struct):
    uid: str | None = None


class _Body(msgspec.Struct):
    preconditions: _Meta | None = None
    metadata: _Meta | None = None


class _Step(msgspec.Struct):
    op: str
    path: str
    value: object = None


def uid_of(call: Call) -> str | None:
    """By which uid a call names its object; None where it does not."""
    if call.body is None:
        return None
    try:
        said = msgspec.json.decode(call.body, type=_Body | list[_Step])
    except msgspec.DecodeError:
        return None
    if isinstance(said, list):
        return next((str(step.value) for step in said if (step.op, step.path) == ("test", _TEST)), None)
    meta = said.preconditions or said.metadata
    return meta.uid if meta is not None else None


def another(client: Client, call: Call, status: int | None) -> bool:
    """Whether a call was refused because its object is another one now, or gone; asks for it as it is.

    Args:
        client: the cluster.
        call: as it was sent.
        status: of its refusal.
    """
    uid = uid_of(call)
    if uid is None or call.path is None or status not in REFUSALS:
        return False
    try:
        now = msgspec.json.decode(client.get(call.path.removesuffix("/scale")), type=_Body)
    except Failure as failure:
        return failure.status == 404
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return now.metadata is not None and now.metadata.uid not in (None, uid)
