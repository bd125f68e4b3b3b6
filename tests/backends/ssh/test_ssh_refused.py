"""What a person is told where a node cannot be reached or lets nobody in: real sshd, and ports that are none."""

import re
import socket

import pytest
from delivered import HEAD
from rig import keygen
from stand_in import Person, Saying

from backends.ssh.driver import Ssh


def harmless(text: str) -> bool:
    return text.isprintable()


async def refused(collect, route, **options) -> tuple[str, str]:
    run = collect(route, **options)
    text, hint = await run.why(route.name)
    assert harmless(text)
    assert harmless(hint)
    await run.stop()
    return text, hint


async def test_a_host_key_that_is_not_known(rig, collect):
    server = rig.sshd(known=False)
    text, hint = await refused(collect, rig.route(server, "n", typed="me@gpu01"))
    assert text == f"The key of 127.0.0.2 is not known: {server.fingerprint} (ssh-ed25519)."
    assert hint.endswith("then ssh me@gpu01 and accept it.")


async def test_a_host_key_that_has_changed_and_is_then_accepted(rig, collect, monkeypatch):
    monkeypatch.setattr("backends.ssh.driver.WATCH", 0.1)
    server = rig.sshd()
    old = server.fingerprint
    server.stop()
    server.new_key()
    server.start()
    run = collect(rig.route(server, "n"))
    text, hint = await run.why("n")
    where = f"{rig.known_hosts}:1"
    assert text == f"The key of 127.0.0.2 has CHANGED: it is {server.fingerprint} (ssh-ed25519); {where} knows {old}."
    assert f"ssh-keygen -R '[127.0.0.2]:{server.port}' -f {rig.known_hosts}" in hint
    assert run.downs("n")[0].next_try - run.downs("n")[0].at > 500  # nobody keeps knocking
    rig.known_hosts.write_text(server.known)
    await run.up("n")


async def test_another_kind_of_host_key_is_a_changed_one(rig, collect):
    server = rig.sshd()
    server.stop()
    server.new_key("ecdsa")
    server.start()
    text, _hint = await refused(collect, rig.route(server, "n"))
    assert "has CHANGED" in text


async def test_a_revoked_host_key(rig, collect):
    server = rig.sshd(known=False)
    rig.known_hosts.write_text(f"@revoked * {server.public}\n")
    text, hint = await refused(collect, rig.route(server, "n"))
    assert text.startswith("The key of 127.0.0.2 is revoked")
    assert hint == "Do not log in there."


async def test_a_host_certificate_for_another_name(rig, collect):
    server = rig.sshd(known=False, start=False)
    server.options["HostCertificate"] = str(rig.certify_host(server, "elsewhere"))
    server.start()
    rig.known_hosts.write_text(f"@cert-authority * {rig.public(rig.authority)}")
    text, _hint = await refused(collect, rig.route(server, "n"))
    assert text.startswith("The certificate of 127.0.0.2 is not accepted: ")


async def test_a_login_that_is_denied_is_not_tried_again_until_a_key_changes(rig, collect, monkeypatch):
    monkeypatch.setattr("backends.ssh.driver.WATCH", 0.1)
    server = rig.sshd(Banner="none")
    wrong = rig.new_key("wrong")
    run = collect(rig.route(server, "n", keys=(wrong,)))
    text, hint = await run.why("n")
    assert text == f"127.0.0.2 denies {rig.user}; it takes: publickey. Tried: {wrong}."
    assert "authorized_keys" in hint
    assert run.downs("n")[0].next_try - run.downs("n")[0].at > 500
    wrong.write_bytes(rig.key.read_bytes())
    await run.up("n")


async def test_who_has_mended_something_can_say_so(rig, collect):
    server = rig.sshd()
    run = collect(rig.route(server, "n", keys=(rig.new_key("wrong"),)))
    await run.why("n")
    (rig.folder / "authorized_keys").write_text(rig.public(rig.folder / "wrong"))
    run.source.again()
    await run.up("n")


async def test_a_key_that_is_locked_is_named(rig, collect):
    server = rig.sshd()
    locked = rig.new_key("locked", phrase="secret")
    text, hint = await refused(collect, rig.route(server, "n", keys=(locked,)))
    assert text.startswith(f"127.0.0.2 denies {rig.user}; it takes: publickey. Not tried: {locked} is not used")
    assert "ssh-add" in hint


async def test_a_key_that_nobody_unlocked_is_asked_for_again(rig, collect):
    key = rig.new_key("id_rsa", kind="rsa")
    keygen("-p", "-m", "PEM", "-P", "", "-N", "secret", "-f", str(key))
    server = rig.sshd()
    (rig.folder / "authorized_keys").write_text(rig.public(key))
    person = Person(None, "secret")
    run = collect(rig.route(server, "n", keys=(key,)), ask=person)
    await run.why("n")
    run.source.again()
    await run.up("n")
    assert len(person.asked) == 2


async def test_an_expired_certificate_is_named(rig, collect):
    server = rig.sshd(AuthorizedKeysFile="none", TrustedUserCAKeys=f"{rig.authority}.pub")
    certificate = rig.certify(rig.key, valid="-2h:-1h")
    text, _hint = await refused(collect, rig.route(server, "n"))
    assert text == f"127.0.0.2 denies {rig.user}: the certificate {certificate} is of no use (Certificate expired)."


async def test_too_many_keys(rig, collect):
    server = rig.sshd(MaxAuthTries="2")
    keys = tuple(rig.new_key(f"wrong{i}") for i in range(4))
    text, hint = await refused(collect, rig.route(server, "n", keys=keys))
    assert text.startswith("127.0.0.2 broke off after too many keys: Too many authentication failures")
    assert "IdentitiesOnly" in hint


async def test_a_banner_with_escape_sequences_is_harmless(rig, collect):
    banner = rig.folder / "banner"
    banner.write_bytes(
        b"\x1b]0;owned\x07\x1b[2J[red]Access denied by pam_slurm_adopt: you have no active jobs\xc2\x9b5n\r\n"
    )
    server = rig.sshd(Banner=str(banner), MaxAuthTries="1")
    keys = (rig.new_key("wrong1"), rig.new_key("wrong2"))
    text, _hint = await refused(collect, rig.route(server, "n", keys=keys))
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("command", "said", "advice"),
    [
        ("echo This account is currently not available.; exit 1", "run nothing", "nologin"),
        (
            "printf '1) shell\\033[5n\\n2) quit\\n'; exit 3",
            r"\(exit 3\); instead it said: 1\) shell·\[5n / 2\) quit",
            "ForceCommand",
        ),
        (
            "echo Access denied by pam_slurm_adopt: you have no active jobs on this node >&2; exit 254",
            "pam_slurm",
            "Slurm lets",
        ),
        ("echo Password change required but no TTY available. >&2; exit 1", "Password change", "ssh n and change it"),
        ("echo cannot create: No space left on device >&2; exit 2", "No space left", "is full"),
        ("exit 0", r"\(exit 0\); nothing was said", "ForceCommand"),
        ("sleep 30", "did not start within 1 s", "ForceCommand"),
    ],
)
async def test_a_command_that_stands_in_the_way(rig, collect, command, said, advice):
    script = rig.folder / "forced"
    script.write_text(f"#!/bin/sh\n{command}\n")
    script.chmod(0o755)
    server = rig.sshd(ForceCommand=str(script))
    text, hint = await refused(collect, rig.route(server, "n"), silence=1.0 if "sleep" in command else 20.0)
    assert re.search(said, text), text
    assert advice in hint


async def test_no_python(rig, collect):
    server = rig.sshd(**rig.home(only=["sh", "bash"]))
    text, hint = await refused(collect, rig.route(server, "n"), python=["python3", "python3.99"])
    assert text == "127.0.0.2 has no Python: looked for python3, python3.99."
    assert "3.6" in hint


async def test_another_name_for_python(rig, collect):
    server = rig.sshd(**rig.home(only=["sh", "bash", "python3"]))
    run = collect(rig.route(server, "n"), python=["no such; python", "python3"])
    await run.up("n")


async def test_a_python_that_is_too_old(rig, collect):
    old = rig.folder / "python2"
    old.write_text("#!/bin/sh\necho 'Unknown option: -I' >&2; exit 2\n")
    old.chmod(0o755)
    text, _hint = await refused(collect, rig.route(rig.sshd(), "n"), python=[str(old)])
    assert text == "The Python of 127.0.0.2 is too old: Unknown option: -I"


async def test_a_probe_that_fails_at_once(rig, collect):
    text, hint = await refused(collect, rig.route(rig.sshd(), "n"), program=HEAD + "hello()\nraise OSError('\\x1b[2J')")
    assert text == "The probe on 127.0.0.2 ended (exit 1)."
    assert hint.endswith("OSError: ·[2J")


async def test_no_session_is_allowed(rig, collect):
    text, hint = await refused(collect, rig.route(rig.sshd(MaxSessions="0"), "n"))
    assert text == "127.0.0.2 opens no further session on this connection: open failed"
    assert hint.startswith("MaxSessions")


async def test_ports_that_are_no_ssh_server(rig, collect):
    for said, hang_up, words in (
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, "closed the connection before it said that it is an SSH server"),
        (b"220 mail ESMTP\r\n", False, "no SSH server spoke within 0.5 s"),
        (b"SSH-1.5-ancient\r\n", False, "is no SSH server"),
        (b"SSH-2.0-x\r\n\0\0\0\x1c\x0a\x14" + b"\xff" * 26, False, "sends is no proper SSH"),
        (b"SSH-2.0-\xff\xfe\r\n", False, "sends is no proper SSH"),
        (b"SSH-2.0-x\r\n\xff\xff\xff\xff" * 9, False, "ended the connection"),
        (b"", True, "closed the connection before it said that it is an SSH server"),
    ):
        port = await (saying := Saying(said, hang_up=hang_up)).start()
        route = rig.route(rig.sshd(start=False), "n", host="127.0.0.1", port=port, patience=0.5)
        text, _hint = await refused(collect, route)
        assert words in text
        await saying.stop()


async def test_a_name_that_is_not_found_and_a_port_that_drops(rig, collect):
    server = rig.sshd(start=False)
    text, _hint = await refused(collect, rig.route(server, "n", host="no-such-host.invalid"))
    assert text.startswith("The name no-such-host.invalid is not found: ")
    with socket.socket() as full:  # a queue that is full answers nothing, as a firewall that drops
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        text, _hint = await refused(collect, rig.route(server, "m", host="127.0.0.1", port=port, patience=0.5))
        for filler in fillers:
            filler.close()
    assert text == f"127.0.0.1 does not answer on port {port} within 0.5 s."


def test_settings_that_are_wrong_say_where(rig):
    from delivered import World

    from backends.ports import Opening, Unavailable
    from backends.ssh.inventory import settings_of

    for given, why in (
        ({"hosts": [{"name": "a", "cards": "eight"}]}, "$.hosts[0].cards"),
        ({"hosts": [{"name": "a"}, {"name": "a"}]}, "a"),
        ({"at_once": 0}, "at_once"),
    ):
        with pytest.raises(Unavailable) as caught:
            settings_of(given)
        trouble = caught.value.trouble
        assert why in trouble.text.format(**trouble.values)
    assert isinstance(Ssh(Opening(World(), 1.0, {})), Ssh)
