"""One kind of objects in one scope, kept as the server has it: listed, then watched, on a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from backends.kubernetes.client import Client, Stream
from backends.kubernetes.door import Door
from backends.kubernetes.kinds import Kind
from backends.kubernetes.listing import Bare, decoder, fields_of, listed
from backends.kubernetes.raw import Line
from backends.kubernetes.words import Failure, Status, garbled, refused
from backends.ports import Unavailable
from backends.probe.backoff import Backoff
from backends.record import N_, Trouble

SESSION = 270
"""Seconds after which the server ends a watch by itself; kubectl's own are as long."""
QUIET = 90.0
"""Seconds without a byte after which a watch is begun anew; bookmarks come about once a minute."""
REFUSED = 300.0
"""Seconds before a listing is tried again that rights do not allow."""
POLLED = 30.0
"""Seconds between listings where watching is not allowed."""
LONGEST = 16 * 2**20
"""Bytes of a line; etcd takes objects of 1.5 MB."""
CUTS = 2
"""Watches in a row that broke without a word, after which everything is listed anew."""
EARLY = 0.5
"""Seconds before a watch is begun again that ended well but soon."""
WORKED = 30.0
"""Seconds that a watch has to last before the pauses begin anew."""

_LINES = msgspec.json.Decoder(Line)
_log = logging.getLogger(__name__)


class Expired(Exception):  # noqa: N818 - it is a state of the world, not a mistake in the program
    """The server does not know the version any more: everything must be listed anew."""


class Watch(threading.Thread):
    """Keeps the objects of one kind in one namespace, or in all. Started by `start`, ended by `end`."""

    listings = 0
    """How often everything was listed."""
    trouble: Trouble | None = None
    """Why it is not as the server has it; None where it is."""
    status: int | None = None
    """Of HTTP, where the trouble has one."""

    def __init__(
        self,
        door: Door,
        kind: Kind,
        path: str,
        changed: Callable[[], None],
        *,
        forbidden: Callable[[], bool] = lambda: False,
        backoff: Backoff | None = None,
    ) -> None:
        """Make one.

        Args:
            door: the way to the server.
            kind: of what.
            path: where it is listed.
            changed: called on this thread after each change, of objects or of troubles.
            forbidden: called when it may not be listed; where it returns True the thread ends.
            backoff: pauses between tries.
        """
        super().__init__(name=f"kubernetes {kind.key}", daemon=True)
        self._door = door
        self._kind = kind
        self._path = path
        self._changed = changed
        self._forbidden = forbidden
        self._backoff = backoff or Backoff(1.0, 30.0)
        self._over = threading.Event()
        self._stream: Stream | None = None
        self._objects: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._version: str | None = None
        """From which on it is watched; None: it must be listed."""
        self._failures = 0
        """In a row."""
        self._cuts = 0
        """Watches in a row that broke before anything was heard on them."""

    def objects(self) -> list[Any]:
        """Everything that is known now."""
        with self._lock:
            return list(self._objects.values())

    def end(self) -> None:
        """End the thread soon; one that waits for the server is woken."""
        self._over.set()
        stream = self._stream
        if stream is not None:
            stream.end()

    def run(self) -> None:
        """List and watch until ended; see `threading.Thread.run`."""
        while not self._over.is_set():
            try:
                if self._version is None:
                    self._list()
                self._watch()
            except Expired:
                self._version = None
                self._over.wait(self._backoff.pause() if self.listings > 1 else 0.0)
            except Unavailable as closed:
                self._failed(closed.trouble, None)
                self._over.wait(self._backoff.pause())
            except Failure as failure:
                self._after(failure)
            except Exception as defect:  # noqa: BLE001 - what one odd object brings out must not end the listing for good
                _log.exception("kubernetes: %s", self._path)
                why = f"{type(defect).__name__}: {defect}"[:240]
                self._failed(Trouble(N_("Quarterdeck has a defect: {why}"), "", {"why": why}), None)
                self._version = None
                self._over.wait(self._backoff.pause())

    def _after(self, failure: Failure) -> None:
        """Wait as a failure demands; a watch that broke for the first time is begun again without a word."""
        if self._over.is_set():
            return
        if self._version is not None and failure.status in (403, 404, 405):  # may be listed, and not watched
            self._version = None
            self._over.wait(POLLED)
            return
        if failure.status == 403 and self._forbidden():
            self._over.set()
            return
        self._failures += 1
        if self._failures > 1 or self._version is None or failure.status is not None:
            self._failed(failure.trouble, failure.status)
        if failure.status == 401:
            self._renew()
        self._over.wait(REFUSED if failure.status == 403 else max(failure.wait, self._backoff.pause()))

    def _renew(self) -> None:
        try:
            self._door.renew()
        except Unavailable as refusal:
            self._failed(refusal.trouble, 401)

    def _failed(self, trouble: Trouble, status: int | None) -> None:
        self.trouble, self.status = trouble, status
        self._changed()

    def _worked(self) -> None:
        self._failures = 0
        if self.trouble is not None:
            self.trouble = self.status = None
            self._changed()

    def _list(self) -> None:
        found, version = listed(self._door.client(), self._kind, self._path)
        with self._lock:
            self._objects = found
        self.listings += 1
        self._version = version
        self._failures, self.trouble, self.status = 0, None, None
        self._changed()

    def _watch(self) -> None:
        """Follow what changes until the server ends it.

        Raises:
            Expired: from this version on nothing can be followed.
            Failure: the watch broke.
        """
        client = self._door.client()
        if not self._version:  # a server that names none can only be asked again
            self._version = None
            self._over.wait(POLLED)
            return
        began = time.monotonic()
        stream = self._begin(client, self._version)
        try:
            for line in lines(stream.pieces(), client.where, self._path):
                self._take(line, client.where)
                self._cuts = 0
        except Failure:
            self._cuts += 1
            if self._cuts >= CUTS:  # watching brings nothing here: list instead, so that nothing old is believed
                self._cuts, self._version = 0, None
            raise
        finally:
            self._stream = None
            if time.monotonic() - began > WORKED:
                self._backoff.reset()
        if time.monotonic() - began < WORKED:  # something between us ends it early, and may again
            self._over.wait(EARLY)

    def _begin(self, client: Client, version: str) -> Stream:
        """Begin a watch; see `_watch`."""
        query = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", str(SESSION)),
            ("resourceVersion", version),
            *fields_of(self._kind),
        ]
        try:
            self._stream = stream = client.stream(self._path, query, read=QUIET)
        except Failure as failure:
            if failure.status == 410:
                raise Expired from failure
            raise
        if self._over.is_set():
            stream.end()
        self._worked()
        return stream

    def _take(self, line: bytes, where: str) -> None:
        """Apply one line, and keep the version that it carries."""
        try:
            told = _LINES.decode(line)
            if told.type == "ERROR":
                status = msgspec.json.decode(told.object, type=Status)
                if status.code == 410 or status.reason in ("Expired", "Gone"):
                    raise Expired
                raise refused(status.code or 500, bytes(told.object), where, self._path)
            meta = decoder(Bare).decode(told.object).metadata
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise garbled(error, where, self._path) from error
        if told.type in ("ADDED", "MODIFIED", "DELETED") and meta.uid and self._apply(told.type, meta.uid, told.object):
            self._changed()
        self._version = meta.resource_version or self._version

    def _apply(self, how: str, uid: str, raw: msgspec.Raw) -> bool:
        """Apply one change; False where nothing that we keep is different: nodes say again and again that they live."""
        made = None
        if how != "DELETED":
            try:
                made = self._kind.make(decoder(self._kind.raw).decode(raw))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                made = None  # odd: as unknown as if it were not there
        with self._lock:
            if made == self._objects.get(uid):
                return False
            if made is None:
                del self._objects[uid]
            else:
                self._objects[uid] = made
            return True


def lines(pieces: Iterator[bytes], where: str, path: str) -> Iterator[bytes]:
    """Cut what comes into lines; empty ones are left out, and so is a last one that has no end.

    Raises:
        Failure: a line is longer than any object can be.
    """
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n") if b"\n" in piece else (rest + piece,)
        for line in whole:
            if line.strip():
                yield line
        if len(rest) > LONGEST:
            raise garbled(ValueError(f"a line of more than {LONGEST} bytes"), where, path)
