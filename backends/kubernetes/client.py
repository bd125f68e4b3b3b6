"""The official client's own way to the API server, without its models: bytes come back, and failures in words.

None of its typed calls is used: they cost 20 times the CPU and 40 times the memory (5,000 pods: 7.2 s and 717 MB). Its
TLS, its connections and what it knows of logins are; see `backends.kubernetes.door`.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backends.kubernetes.words import Failure, broken, dropped, garbled, refused

CONNECT = 5.0
"""Seconds for a connection."""
READ = 20.0
"""Seconds without a byte."""
WHOLE = 60.0
"""Seconds for a whole answer that is no stream."""
LARGEST = 256 * 2**20
"""Bytes of an answer; a page of 500 pods is 3 MB."""
MERGE = "application/merge-patch+json"
STEPS = "application/json-patch+json"
_PIECE = 1 << 20
Query = Sequence[tuple[str, str]]


class Stream:
    """An answer that goes on: a watch, a log. Read by one thread, ended by any."""

    def __init__(self, response: Any, where: str) -> None:
        self._response = response
        self._where = where
        self._ended = False

    def pieces(self) -> Iterator[bytes]:
        """Yield what comes, as it comes, until the server ends it or `end` is called.

        Raises:
            Failure: the connection broke, or nothing came for as long as was allowed.
        """
        raw = self._response
        try:
            if getattr(raw, "chunked", False):
                yield from raw.stream(amt=None, decode_content=True)
            else:
                while piece := raw.read1(1 << 16):
                    yield piece
        except Exception as error:  # the client hands on whatever its parsing of a hostile server threw
            if not self._ended:
                raise broken(error, self._where) from error
        finally:
            self._response.close()

    def end(self) -> None:
        """End it now; who reads is told nothing but that it is over."""
        self._ended = True
        shutdown = getattr(self._response, "shutdown", None)
        if shutdown is None:  # an old urllib3; to close it here would wait for who reads, who ends with the next byte
            return
        try:
            shutdown()
        except (OSError, RuntimeError, ValueError):  # it has ended by itself meanwhile
            return


class Client:
    """One cluster as one user. All calls block and may be made on any thread."""

    def __init__(self, api: Any, namespace: str | None, context: str | None) -> None:
        self._api = api
        self.namespace = namespace
        """The one of the context."""
        self.context = context
        self.where = str(api.configuration.host).removeprefix("https://").removeprefix("http://").rstrip("/")
        """The server, as a person knows it."""

    def get(self, path: str, query: Query = (), *, seconds: float = WHOLE, accept: str = "application/json") -> bytes:
        """Read something.

        Raises:
            Failure: there was no whole answer, or it was a refusal.
        """
        headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        response = self._request("GET", path, query, headers, None, READ)
        return self._whole(response, path, seconds)

    def send(self, method: str, path: str, body: object | None, *, kind: str = "application/json") -> tuple[int, bytes]:
        """Change something; returns the status of HTTP and what was answered.

        Raises:
            Failure: see `get`; where it has no status, nobody knows whether it was done.
        """
        headers = {"Accept": "application/json", "Content-Type": kind}
        response = self._request(method, path, (), headers, body, READ)
        return int(response.status), self._whole(response, path, WHOLE)

    def stream(self, path: str, query: Query, *, read: float, accept: str = "application/json") -> Stream:
        """Begin an answer that goes on.

        Args:
            path: of what.
            query: its parameters.
            read: seconds without a byte after which it is given up.
            accept: what is wanted.

        Raises:
            Failure: it did not begin.
        """
        response = self._request("GET", path, query, {"Accept": accept}, None, read)
        if response.status >= 300:
            self._whole(response, path, READ)
        return Stream(response.response, self.where)

    def close(self) -> None:
        """Give up all connections that nobody reads."""
        self._api.close()

    def _request(
        self, method: str, path: str, query: Query, headers: Mapping[str, str], body: object | None, read: float
    ) -> Any:
        for again in (False, True):
            try:
                return self._once(method, path, query, headers, body, read)
            except Exception as error:  # the client hands on whatever TLS, urllib3 and a login plugin threw
                if again or method != "GET" or not dropped(error):
                    raise broken(error, self.where) from error
        raise AssertionError("the second try returns or raises")

    def _once(
        self, method: str, path: str, query: Query, headers: Mapping[str, str], body: object | None, read: float
    ) -> Any:
        asked = self._api.param_serialize(
            method,
            path,
            query_params=list(query),
            header_params=dict(headers),
            body=body,
            auth_settings=["BearerToken"],
        )
        return self._api.call_api(*asked, _request_timeout=(CONNECT, read))

    def _whole(self, response: Any, path: str, seconds: float) -> bytes:
        raw, until = response.response, time.monotonic() + seconds
        pieces: list[bytes] = []
        size = 0
        try:
            for piece in raw.stream(_PIECE, decode_content=True):
                size += len(piece)
                if size > LARGEST:
                    raise garbled(ValueError(f"more than {LARGEST} bytes"), self.where, path)
                if time.monotonic() > until:
                    raise broken(TimeoutError(), self.where)
                pieces.append(piece)
        except Failure:
            raw.close()
            raise
        except Exception as error:  # see _request
            raw.close()
            raise broken(error, self.where) from error
        raw.release_conn()
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if not 200 <= response.status < 300:
            raise refused(response.status, body, self.where, path, _wait(response.headers.get("Retry-After")))
        return body


def _wait(text: str | None) -> float:
    try:
        return min(120.0, max(0.0, float(text or 0)))
    except ValueError:
        return 0.0
