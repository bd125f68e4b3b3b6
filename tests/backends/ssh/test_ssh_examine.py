"""Hosts examined step by step: real servers, each with one thing that is wrong."""

import ast
import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rig import Rig

from backends.record import Trouble
from backends.ssh import examine_node, examine_program
from backends.ssh.examine import STEPS, Examined, Found, Tools, examine
from backends.ssh.identities import Identities
from backends.ssh.known import KnownHosts
from backends.ssh.pool import Pool
from backends.ssh.route import Route

OK, NOTE, WRONG, SKIPPED = Found.OK, Found.NOTE, Found.WRONG, Found.SKIPPED


async def examined(route: Route | Trouble, now: Callable[[], float] = time.time) -> dict[str, Examined]:
    """Every step by id; all of them have come, in their order, and can be said."""
    known = KnownHosts()
    pool = Pool(known)
    try:
        steps = [step async for step in examine("node", route, Tools(pool, known, Identities(), now=now))]
    finally:
        await pool.close()
    assert tuple(step.id for step in steps) == STEPS
    assert all(step.node == "node" and said(step) for step in steps)
    return {step.id: step for step in steps}


def said(step: Examined) -> str:
    """What is shown of a step, its advice included."""
    return f"{step.said.text.format(**step.said.values)} | {step.said.hint.format(**step.said.values)}"


def text(path: str) -> str:
    """What stands in a file."""
    return Path(path).read_text(encoding="utf-8")


def after(steps: dict[str, Examined], id_: str) -> set[Found]:
    """How everything after a step ended."""
    return {steps[other].found for other in STEPS[STEPS.index(id_) + 1 :]}


async def test_a_host_where_all_is_well(rig: Rig):
    server = rig.sshd()
    steps = await examined(rig.route(server))
    assert {steps[id_].found for id_ in ("name", "port", "hostkey", "login", "python", "skew")} == {OK}
    assert "SSH-2.0-OpenSSH" in said(steps["port"])
    assert server.fingerprint in said(steps["hostkey"])
    assert f"{rig.known_hosts}:1" in said(steps["hostkey"])
    assert f"as {rig.user} by publickey" in said(steps["login"])
    assert steps["driver"].found in (OK, NOTE)
    assert steps["rights"].found in (OK, NOTE)


async def test_a_host_behind_a_jump_host(rig: Rig):
    jump, server = rig.sshd(), rig.sshd()
    steps = await examined(rig.route(server, jumps=(rig.route(jump, "gate"),)))
    assert "looked up by gate" in said(steps["name"])
    assert steps["python"].found is OK


async def test_a_jump_host_that_is_down(rig: Rig):
    jump, server = rig.sshd(start=False), rig.sshd()
    steps = await examined(rig.route(server, jumps=(rig.route(jump, "gate"),)))
    assert steps["port"].found is WRONG
    assert said(steps["port"]).startswith("The jump host gate cannot be used: ")
    assert after(steps, "port") == {SKIPPED}


async def test_a_host_without_a_route(rig: Rig):
    steps = await examined(Trouble("There is a line {n}.", "Mend it.", {"n": "3"}))
    assert said(steps["name"]) == "There is a line 3. | Mend it."
    assert steps["name"].found is WRONG
    assert after(steps, "name") == {SKIPPED}


async def test_a_name_that_nobody_knows(rig: Rig):
    steps = await examined(rig.route(rig.sshd(start=False), host="no-such-host.invalid"))
    assert steps["name"].found is WRONG
    assert "no-such-host.invalid is not found" in said(steps["name"])


async def test_a_port_on_which_nobody_listens(rig: Rig):
    steps = await examined(rig.route(rig.sshd(start=False)))
    assert steps["name"].found is OK
    assert steps["port"].found is WRONG
    assert "refuses connections" in said(steps["port"])


GREETINGS = {"silence": b"", "http": b"HTTP/1.1 400 Bad Request\r\n\r\n", "a line without an end": b"x" * 200_000}


@pytest.mark.parametrize("kind", GREETINGS)
async def test_what_listens_is_no_ssh_server(kind: str, rig: Rig):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETINGS[kind])
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        steps = await examined(rig.route(rig.sshd(start=False), host="127.0.0.1", port=port))
    assert steps["port"].found is WRONG
    assert "MaxStartups" in said(steps["port"])


async def test_a_host_key_that_nobody_knows(rig: Rig):
    server = rig.sshd(known=False)
    steps = await examined(rig.route(server))
    assert steps["hostkey"].found is WRONG
    assert server.fingerprint in said(steps["hostkey"])
    assert "ssh-keygen -lf" in said(steps["hostkey"])
    assert after(steps, "hostkey") == {SKIPPED}


async def test_a_host_key_that_is_taken_unseen_is_noted(rig: Rig):
    server = rig.sshd(known=False)
    steps = await examined(rig.route(server, strict="accept-new"))
    assert steps["hostkey"].found is NOTE
    assert server.fingerprint in said(steps["hostkey"])
    assert steps["login"].found is OK


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
async def test_a_host_key_that_has_changed(kind: str, rig: Rig):
    server = rig.sshd(start=False)
    old = server.fingerprint
    server.new_key(kind)
    server.start()
    for strict in ("yes", "no"):
        steps = await examined(rig.route(server, strict=strict))
        assert steps["hostkey"].found is WRONG
        words = said(steps["hostkey"])
        assert "CHANGED" in words
        assert old in words
        assert server.fingerprint in words
        assert f"{rig.known_hosts}:1" in words


async def test_a_host_that_an_authority_vouches_for(rig: Rig):
    server = rig.sshd(known=False, start=False)
    certificate = rig.certify_host(server, server.address)
    server.options["HostCertificate"] = str(certificate)
    server.start()
    rig.known_hosts.write_text(f"@cert-authority [127.0.0.*]:* {text(f'{rig.authority}.pub')}")
    steps = await examined(rig.route(server))
    assert steps["hostkey"].found is OK, said(steps["hostkey"])
    assert "vouched for by an authority" in said(steps["hostkey"])


async def test_a_login_that_is_denied(rig: Rig):
    steps = await examined(rig.route(rig.sshd(), keys=(rig.new_key("stranger"),)))
    assert steps["hostkey"].found is OK
    assert steps["login"].found is WRONG
    assert "denies" in said(steps["login"])
    assert after(steps, "login") == {SKIPPED}


async def test_a_node_without_python(rig: Rig):
    steps = await examined(rig.route(rig.sshd(**rig.home(only=["bash", "sh"]))))
    assert steps["login"].found is OK
    assert steps["python"].found is WRONG
    assert "has no Python" in said(steps["python"])


async def test_a_start_up_file_that_talks_is_no_obstacle(rig: Rig):
    steps = await examined(rig.route(rig.sshd(**rig.home(bashrc="echo hello; printf 'no newline'\n"))))
    assert steps["python"].found is OK


async def test_a_command_that_is_forced_is_told(rig: Rig):
    steps = await examined(rig.route(rig.sshd(ForceCommand="printf 'only \\033[31mrsync here'")))
    assert steps["python"].found is WRONG
    assert "only" in said(steps["python"])
    assert "rsync here" in said(steps["python"])
    assert "\x1b" not in said(steps["python"])


async def test_a_server_that_opens_no_session(rig: Rig):
    steps = await examined(rig.route(rig.sshd(MaxSessions="0")))
    assert steps["login"].found is OK
    assert "opens no session" in said(steps["python"])


async def test_a_command_that_does_not_end_is_given_up(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(examine_node, "PATIENCE", 1.0)
    steps = await examined(rig.route(rig.sshd(**rig.home(bashrc="sleep 600\n"))))
    assert steps["python"].found is WRONG
    assert "has not ended within 1 s" in said(steps["python"])


@pytest.mark.parametrize(("ahead", "found", "word"), [(-60.0, NOTE, "+"), (60.0, NOTE, "-")])
async def test_a_clock_that_is_off(ahead: float, found: Found, word: str, rig: Rig):
    steps = await examined(rig.route(rig.sshd()), now=lambda: time.time() + ahead)
    assert steps["skew"].found is found
    assert f"off by {word}" in said(steps["skew"])


@pytest.mark.parametrize(
    ("values", "step", "found", "words"),
    [
        ({"python": "3.5.9"}, "python", "wrong", "3.5.9 is too old"),
        ({"python": "x"}, "python", "wrong", "too old"),
        ({"driver": "NVRM 580", "library": True, "cards": 8}, "driver", "ok", "8 NVIDIA cards"),
        ({"driver": "NVRM 580"}, "driver", "wrong", "libnvidia-ml.so.1"),
        ({"cards": 8}, "driver", "wrong", "not loaded"),
        ({}, "driver", "note", "no NVIDIA card"),
        ({"kernel_log": True, "others": True}, "rights", "ok", "sees all"),
        ({"kernel_log": True}, "rights", "note", "processes of others"),
        ({"others": True}, "rights", "note", "kernel log"),
        ({}, "rights", "note", "no owners"),
    ],
)
def test_what_a_node_says_is_judged(values: dict[str, object], step: str, found: str, words: str):
    node = examine_node._Said(**{"python": "3.9.1", "time": 0.0, **values})  # type: ignore[arg-type]
    judge = {
        "python": examine_node._python,
        "driver": examine_node._driver,
        "rights": lambda said: examine_node._rights(said, Route("node", "node", user="me")),
    }[step]
    outcome, trouble = judge(node)
    assert (outcome, words in trouble.text.format(**trouble.values)) == (found, True)


def test_the_program_only_looks_and_runs_on_an_old_python():
    source = Path(examine_program.__file__).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert set(examine_program.look()) == set(examine_node._Said.__struct_fields__)
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)}
    assert not {call for call in calls if "system" in call or "remove" in call or "write" in call} - {
        "sys.stdout.write"
    }
