"""The official client's own way to the API server, without its models: bytes come back, and failures in words.

`kubernetes` is imported here and nowhere else, when a client is opened, on a worker thread. Its kubeconfig, login
plugins and TLS are used as they are; of its typed calls, which cost 20 times the CPU and 40 times the memory, none.
"""

import importlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from backends.kubernetes.settings import Settings
from backends.kubernetes.words import Failure, broken, dropped, garbled, refused
from backends.ports import Unavailable
from backends.probe.line import excerpt
from backends.record import Trouble

CONNECT = 5.0
"""Seconds for a connection."""
READ = 20.0
"""Seconds without a byte."""
WHOLE = 60.0
"""Seconds for a whole answer that is no stream."""
LARGEST = 256 * 2**20
"""Bytes of an answer; a page of 500 pods is 3 MB."""
MERGE = "application/merge-patch+json"
_PIECE = 1 << 20
_POOL = 40
"""Connections kept: each watch holds one."""

Query = Sequence[tuple[str, str]]


def N_(message: str) -> str:  # noqa: N802 - the name that every gettext tool knows
    """Mark a message that is translated where it is read."""
    return message


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
        self._closed = False
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

    def send(self, method: str, path: str, body: object | None, *, kind: str = "application/json") -> bytes:
        """Change something; see `get`."""
        headers = {"Accept": "application/json", "Content-Type": kind}
        response = self._request(method, path, (), headers, body, READ)
        return self._whole(response, path, WHOLE)

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
        self._closed = True
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


class Door:
    """Opens clients of one cluster, and opens anew when the login has expired."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._client: Client | None = None
        self._renewed = 0.0

    def client(self) -> Client:
        """Return the client that all share; blocks for half a second when it is the first.

        Raises:
            Unavailable: there is no way in as it is configured.
        """
        with self._lock:
            if self._client is None:
                self._client = opened(self._settings)
            return self._client

    def renew(self) -> None:
        """Read the kubeconfig and ask the login plugin again, at most twice a minute."""
        with self._lock:
            if time.monotonic() - self._renewed < 30.0:
                return
            self._renewed = time.monotonic()
            self._client = opened(self._settings)

    def close(self) -> None:
        """Close the client."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


def opened(settings: Settings) -> Client:
    """Open a client; blocks.

    Raises:
        Unavailable: the package, the kubeconfig, the context or the login is missing or wrong.
    """
    try:
        config = importlib.import_module("kubernetes.config")
        configuration: Any = importlib.import_module("kubernetes.client.configuration").Configuration
    except ImportError as error:
        text = N_("The package kubernetes is not installed.")
        hint = N_("Install it beside quarterdeck: pip install quarterdeck[kubernetes]")
        raise Unavailable(Trouble(text, hint)) from error
    wanted = type.__call__(configuration)
    wanted.retries = False
    wanted.keep_alive = True
    wanted.connection_pool_maxsize = _POOL
    if settings.kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ and not _has_file(config):
        return _inside(config, wanted)
    file = None if settings.kubeconfig is None else str(Path(settings.kubeconfig).expanduser())
    try:
        contexts, active = config.list_kube_config_contexts(config_file=file)
    except Exception as error:  # yaml, the file system and the client each have errors of their own
        raise _unreadable(error, file or config.KUBE_CONFIG_DEFAULT_LOCATION) from error
    named = {str(one.get("name")): one for one in contexts if isinstance(one, Mapping)}
    name = settings.context or str(active.get("name"))
    if name not in named:
        text, hint = N_("The kubeconfig has no context {context}."), N_("It has: {known}")
        raise Unavailable(Trouble(text, hint, {"context": name, "known": ", ".join(sorted(named)) or "-"}))
    try:
        api = config.new_client_from_config(config_file=file, context=name, client_configuration=wanted)
    except Exception as error:  # see above; a login plugin is run here
        raise _unusable(error, name) from error
    about = named[name].get("context")
    namespace = about.get("namespace") if isinstance(about, Mapping) else None
    return Client(api, str(namespace) if namespace else None, name)


def _has_file(config: Any) -> bool:
    places = str(config.KUBE_CONFIG_DEFAULT_LOCATION).split(os.pathsep)
    return any(Path(place).expanduser().is_file() for place in places if place)


def _inside(config: Any, wanted: Any) -> Client:
    """Be the service account of the pod that we run in."""
    try:
        config.load_incluster_config(client_configuration=wanted)
        namespace = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace").read_text(encoding="utf-8").strip()
    except Exception as error:  # see `opened`
        raise _unusable(error, "in-cluster") from error
    api = importlib.import_module("kubernetes.client.api_client").ApiClient(configuration=wanted)
    return Client(api, namespace or None, None)


def _unreadable(error: Exception, file: str) -> Unavailable:
    values = {"file": file, "why": excerpt(str(error).encode("utf-8", "replace"), 240)}
    places = [Path(place).expanduser() for place in file.split(os.pathsep) if place]
    if not any(place.exists() for place in places):
        hint = N_("Set kubeconfig in the configuration, or KUBECONFIG, to a file that kubectl can use.")
        return Unavailable(Trouble(N_("There is no kubeconfig: {file} does not exist."), hint, values))
    hint = N_("kubectl config view says what it makes of it.")
    return Unavailable(Trouble(N_("The kubeconfig {file} cannot be used: {why}"), hint, values))


def _unusable(error: Exception, context: str) -> Unavailable:
    values = {"context": context, "why": excerpt(str(error).encode("utf-8", "replace"), 240)}
    text = N_("The context {context} cannot be used: {why}")
    return Unavailable(Trouble(text, N_("kubectl --context {context} version says whether it works there."), values))


def _wait(text: str | None) -> float:
    try:
        return min(120.0, max(0.0, float(text or 0)))
    except ValueError:
        return 0.0
