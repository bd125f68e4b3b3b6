"""Why a login was refused: what was tried, what was not, and what the server would have taken."""

from pathlib import Path

from backends.probe.line import ending, excerpt
from backends.record import N_, Trouble
from backends.ssh.login import Login


def denied(login: Login, skipped: list[str]) -> Trouble:
    """Say why a server did not take what we have.

    Args:
        login: what was tried.
        skipped: files of keys that could not be used, as ``path: why``.
    """
    route = login.route
    values = {
        "host": _shown(route.host),
        "user": _shown(route.user),
        "target": _shown(route.typed or route.name),
        "methods": ", ".join(login.offered) or "-",
        "keys": ", ".join(map(str, route.keys)) or "-",
        "skipped": _shown("; ".join(skipped)),
        "said": ending(login.said.encode("utf-8", "replace")),
    }
    asks = [method for method in login.offered if method in ("keyboard-interactive", "password")]
    if asks and login.declined:
        text = N_("{host} asks {user} for a login code or a password, and nobody answered.")
        return Trouble(text, N_("Answer when asked again, or use a key that the server takes: {methods}."), values)
    if asks and login.rounds:
        return Trouble(N_("{host} did not accept the answer for {user}."), N_("Try again with a new code."), values)
    expired = _certificate(login)
    if expired is not None:
        values["path"], values["why"] = expired
        text = N_("{host} denies {user}: the certificate {path} is of no use ({why}).")
        return Trouble(text, N_("Have a new one signed; it is read as soon as the file changes."), values)
    if skipped:
        text = N_("{host} denies {user}; it takes: {methods}. Not tried: {skipped}")
        return Trouble(text, N_("Add the key to the agent: ssh-add."), values)
    text = N_("{host} denies {user}; it takes: {methods}. Tried: {keys}.")
    if route.agent is not None:
        text = N_("{host} denies {user}; it takes: {methods}. Tried: {keys} and those of the agent.")
    return Trouble(
        text, N_("Is the public key in authorized_keys there, and is the user right? Try ssh -v {target}."), values
    )


def _certificate(login: Login) -> tuple[str, str] | None:
    """A certificate that is named or lies beside a key and is not valid, and why."""
    import asyncssh
    from asyncssh.public_key import CERT_TYPE_USER, SSHOpenSSHCertificate

    for path in [*login.route.certificates, *(Path(f"{key}-cert.pub") for key in login.route.keys)]:
        try:
            certificate = asyncssh.read_certificate(path)
            if isinstance(certificate, SSHOpenSSHCertificate):
                certificate.validate(CERT_TYPE_USER, None)  # which principals count is the server's matter
        except (OSError, asyncssh.KeyImportError):
            continue
        except ValueError as error:
            return _shown(str(path)), _shown(str(error))
    return None


def _shown(text: str) -> str:
    return excerpt(text.encode("utf-8", "replace"), 240)
