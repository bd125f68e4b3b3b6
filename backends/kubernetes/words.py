"""Why the API server could not be asked, or refused, in words that a person can act on."""

import re
import socket

import msgspec

from backends.probe.line import excerpt
from backends.record import N_, Trouble

_PLACE = re.compile(r"cannot (?P<verb>\w+) resource \"(?P<what>[\w./-]+)\"(?: in API group \"(?P<group>[\w.-]*)\")?")


class Failure(Exception):  # noqa: N818 - it is a state of the world, not a mistake in the program
    """A request did not bring what was asked for; the trouble says why and what to do."""

    def __init__(self, trouble: Trouble, status: int | None = None, reason: str = "", said: str = "") -> None:
        super().__init__(trouble.text)
        self.trouble = trouble
        self.status = status
        """Of HTTP; None where there was no answer."""
        self.reason = reason
        """The server's word for it: ``Expired``, ``TooManyRequests``."""
        self.said = said
        """The server's sentence; hostile text."""
        self.body = b""
        """The answer as it was; hostile."""
        self.wait = 0.0
        """Seconds that the server asked to be left alone for."""


class _Cause(msgspec.Struct):
    reason: str | None = None
    message: str | None = None


class _Details(msgspec.Struct):
    causes: list[_Cause] | None = None


class Status(msgspec.Struct):
    """The server's own form of a refusal."""

    message: str | None = None
    reason: str | None = None
    code: int | None = None
    details: _Details | None = None


_STATUS = msgspec.json.Decoder(Status)


def status_of(body: bytes) -> Status:
    """Read a refusal; one that is plain text is its own message."""
    try:
        return _STATUS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Status(message=excerpt(body.strip(), 240))


def refused(status: int, body: bytes, where: str, path: str, wait: float = 0.0) -> Failure:
    """Say why the server refused a request.

    Args:
        status: of HTTP.
        body: what it answered.
        where: the server, as a person knows it.
        path: what was asked for.
        wait: seconds of its ``Retry-After``.
    """
    told = status_of(body)
    causes = told.details.causes if told.details is not None else None
    said = next((cause.message for cause in causes or () if cause.message), None) if status == 429 else None
    said = excerpt((said or told.message or "").encode("utf-8", "replace"), 400)
    failure = Failure(_trouble(status, said, where, path), status, told.reason or "", said)
    failure.body, failure.wait = body, wait
    return failure


def _trouble(status: int, said: str, where: str, path: str) -> Trouble:
    values = {"server": where, "said": said, "status": str(status), "path": path}
    if status == 401:
        text = N_("{server} does not know who asks: {said}")
        hint = N_("The login of this context has expired or is wrong; log in again as for kubectl.")
        return Trouble(text, hint, values)
    if status == 403:
        return _forbidden(said, values)
    if status == 404:
        return Trouble(N_("{server} has nothing at {path}: {said}"), "", values)
    if status == 429:
        return Trouble(N_("{server} asks to be left alone for a while: {said}"), "", values)
    if status >= 500:
        text = N_("{server} failed (HTTP {status}): {said}")
        return Trouble(text, N_("The control plane has a fault; its own logs say which."), values)
    return Trouble(N_("{server} refused (HTTP {status}): {said}"), "", values)


def _forbidden(said: str, values: dict[str, str]) -> Trouble:
    found = _PLACE.search(said)
    if found is None:
        hint = N_("Whoever gives rights in this cluster must allow it.")
        return Trouble(N_("{server} does not allow that: {said}"), hint, values)
    what = found["what"] + (f".{found['group']}" if found["group"] else "")
    text = N_("The right to {verb} {what} is missing on {server}.")
    hint = N_("Whoever gives rights in this cluster must add it to your role. It says: {said}")
    return Trouble(text, hint, {**values, "verb": found["verb"], "what": what})


def broken(error: Exception, where: str) -> Failure:
    """Say why there was no whole answer: the network, TLS, a time-out, the login's program."""
    why = excerpt(_innermost(error).encode("utf-8", "replace"), 240)
    values = {"server": where, "why": why}
    lower, kinds = why.casefold(), {type(one).__name__ for one in _chain(error)}
    if "certificate" in lower or "ssl" in lower or "SSLError" in kinds:
        text = N_("TLS with {server} failed: {why}")
        hint = N_("certificate-authority-data in the kubeconfig must be that of this server.")
        return Failure(Trouble(text, hint, values))
    if kinds & {"ReadTimeoutError", "TimeoutError", "ConnectTimeoutError", "timeout"}:
        hint = N_("It, or the way to it, is overloaded or gone.")
        return Failure(Trouble(N_("{server} did not answer in time."), hint, values))
    if "DecodeError" in kinds:
        return garbled(error, where, "/")
    if "ConfigException" in kinds:
        return Failure(Trouble(N_("The login for {server} cannot be used: {why}"), "", values))
    if "IncompleteRead" in kinds or "ProtocolError" in kinds:
        return Failure(Trouble(N_("{server} ended the connection in the midst of an answer: {why}"), "", values))
    hint = N_("Look whether the address in the kubeconfig is right and can be reached from here.")
    return Failure(Trouble(N_("{server} cannot be reached: {why}"), hint, values))


def dropped(error: Exception) -> bool:
    """Whether a connection that was kept had been closed by the other side before we asked on it."""
    kinds = {type(one).__name__ for one in _chain(error)}
    return bool(kinds & {"RemoteDisconnected", "ConnectionResetError", "BrokenPipeError"})


def garbled(error: Exception, where: str, path: str) -> Failure:
    """Say that an answer is none of Kubernetes."""
    values = {"server": where, "path": path, "why": excerpt(str(error).encode("utf-8", "replace"), 160)}
    hint = N_("Something else may listen at that address, a proxy with a login page for instance.")
    return Failure(Trouble(N_("{server} answered {path} with something that is not Kubernetes: {why}"), hint, values))


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found and len(found) < 8:
        found.append(one)
        inner = getattr(one, "reason", None)
        one = inner if isinstance(inner, BaseException) else one.__cause__ or one.__context__
    return found


def _innermost(error: BaseException) -> str:
    """What the system said, without the layers of libraries around it."""
    for one in reversed(_chain(error)):
        if isinstance(one, socket.gaierror):
            return one.strerror or str(one)
        if isinstance(one, OSError) and one.strerror:
            return one.strerror
    return str(error) or type(error).__name__
