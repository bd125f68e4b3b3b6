"""A whole listing of one kind, in pages, made small page by page; an odd object spoils only itself."""

from functools import cache
from typing import Any

import msgspec

from backends.kubernetes.client import Client, Query
from backends.kubernetes.kinds import Kind
from backends.kubernetes.raw import Meta, Page, Raw
from backends.kubernetes.words import Failure, garbled

PAGE = 500
"""Objects; caps memory, and lets others have the interpreter between two."""
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Bare(Raw):
    """An object of which only its name is wanted."""

    metadata: Meta


@cache
def _pages(raw: type[Raw]) -> msgspec.json.Decoder[Page[Any]]:
    return msgspec.json.Decoder(Page[raw])  # type: ignore[valid-type]


@cache
def decoder(raw: type[Raw]) -> msgspec.json.Decoder[Any]:
    """The decoder of one kind of objects, made once."""
    return msgspec.json.Decoder(raw)


_ODD = msgspec.json.Decoder(Page[msgspec.Raw])


def listed(
    client: Client, kind: Kind, path: str, selectors: Query = (), *, page: int = PAGE
) -> tuple[dict[str, Any], str]:
    """List all objects of a kind.

    Args:
        client: to ask.
        kind: of what.
        path: where it is listed.
        selectors: ``labelSelector`` and ``fieldSelector`` beyond the kind's own.
        page: objects at a time.

    Returns:
        The objects by uid, and the version from which on to watch them.

    Raises:
        Failure: they cannot be listed.
    """
    for again in (False, True):
        try:
            return _all(client, kind, path, selectors, page)
        except Failure as failure:
            if failure.status != 410 or again:  # the pages were too old to go on: begin anew, once
                raise
    raise AssertionError("the second try returns or raises")


def _all(client: Client, kind: Kind, path: str, selectors: Query, page: int) -> tuple[dict[str, Any], str]:
    found: dict[str, Any] = {}
    more = ""
    while True:
        query = [("limit", str(page)), *fields_of(kind, selectors)]
        if more:
            query.append(("continue", more))
        body = client.get(path, query)
        meta, items = _decoded(body, kind, client.where, path)
        for item in items:
            _take(found, kind, item)
        before, more = more, meta.more or ""
        if not more or more == before:
            return found, meta.resource_version or ""


def fields_of(kind: Kind, selectors: Query = ()) -> list[tuple[str, str]]:
    """The selectors of a kind with others."""
    own = [("fieldSelector", kind.selector)] if kind.selector else []
    return [*own, *selectors]


def _take(found: dict[str, Any], kind: Kind, item: Any) -> None:
    uid = item.metadata.uid
    made = kind.make(item) if uid else None
    if made is not None:
        found[uid] = made


def _decoded(body: bytes, kind: Kind, where: str, path: str) -> tuple[Any, list[Any]]:
    try:
        page = _pages(kind.raw).decode(body)
        return page.metadata, page.items or []
    except _BROKEN:
        pass  # one object of it is odd, or it is no listing at all
    try:
        odd = _ODD.decode(body)
    except _BROKEN as error:
        raise garbled(error, where, path) from error
    items = []
    for raw in odd.items or []:
        try:
            items.append(decoder(kind.raw).decode(raw))
        except _BROKEN:
            continue
    return odd.metadata, items
