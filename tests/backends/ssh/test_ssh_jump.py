"""Jump hosts: a login code is asked once for all nodes behind, and what is told where one leads nowhere."""

import asyncio
import os
from pathlib import Path

import pytest
from msgspec.structs import replace
from rig import command_line, descendants, free_port, until
from stand_in import CODE, Asking, Person

from backends.ssh.pool import Limits, Pool
from backends.ssh.proxy import program_of, struck
from backends.ssh.words import Unreachable


@pytest.fixture
async def asking(rig):
    server = Asking(rig, banner="\x1b[2JAuthorised use only\n")
    yield server
    await server.stop()


async def test_a_login_code_is_asked_once_for_all_nodes_behind(rig, collect, asking):
    jump = await asking.start()
    node, person = rig.sshd(), Person(CODE)
    names = [f"n{i}" for i in range(3)]
    run = collect(*(rig.route(node, name, jumps=(jump,)) for name in names), ask=person)
    await run.up(*names)
    assert [prompt.host for prompt in person.asked] == ["jump"]
    assert person.asked[0].text == "One-time\x1b[31m code\nCode: "  # who shows it makes it harmless
    assert not person.asked[0].echo
    assert (asking.asked, asking.connections) == (1, 1)


async def test_a_wrong_code_is_asked_again_and_then_told(rig, collect, asking):
    jump = await asking.start()
    person = Person("1", "2", "3", CODE)
    run = collect(rig.route(rig.sshd(), "n", jumps=(jump,)), ask=person)
    text, _hint = await run.why("n")
    assert text == f"The jump host jump cannot be used: 127.0.0.1 did not accept the answer for {rig.user}."
    assert len(person.asked) == 3
    run.source.again()
    await run.up("n")


async def test_nobody_answers_and_nobody_is_asked_again(rig, collect, asking):
    jump = await asking.start()
    person, node = Person(), rig.sshd()
    names = [f"n{i}" for i in range(3)]
    run = collect(*(rig.route(node, name, jumps=(jump,)) for name in names), ask=person)
    for name in names:
        text, _hint = await run.why(name)
        assert text.endswith(f"127.0.0.1 asks {rig.user} for a login code or a password, and nobody answered.")
        assert run.downs(name)[0].next_try - run.downs(name)[0].at > 500
    assert (len(person.asked), asking.connections) == (1, 1)


async def test_without_anybody_to_ask(rig, collect, asking):
    jump = await asking.start()
    run = collect(rig.route(rig.sshd(), "n", jumps=(jump,)))
    text, _hint = await run.why("n")
    assert text.endswith("nobody answered.")


async def test_a_person_may_take_longer_than_a_connection(rig, collect, asking):
    jump = await asking.start()

    async def slow(_prompt):
        await asyncio.sleep(1.0)
        return CODE

    run = collect(rig.route(rig.sshd(), "n", jumps=(replace(jump, patience=0.5),)), ask=slow)
    await run.up("n")
    assert run.downs("n") == []


async def test_a_jump_host_that_is_down_is_named_and_tried_once_for_all(rig, collect):
    jump, node = rig.sshd(start=False), rig.sshd()
    names = [f"n{i}" for i in range(3)]
    run = collect(*(rig.route(node, name, jumps=(rig.route(jump, "login1"),)) for name in names))
    for name in names:
        text, hint = await run.why(name)
        assert text == f"The jump host login1 cannot be used: 127.0.0.2 refuses connections on port {jump.port}."
        assert hint == "Is sshd running there?"
    jump.start()
    await run.up(*names)
    assert len(jump.sessions()) == 1


async def test_a_jump_host_that_dies_takes_nobody_down_for_long(rig, collect):
    jump, node = rig.sshd(), rig.sshd()
    run = collect(*(rig.route(node, name, jumps=(rig.route(jump, "login1"),)) for name in ("a", "b")))
    await run.up("a", "b")
    jump.stop()
    for name in ("a", "b"):
        await run.why(name)
    jump.start()
    await run.up("a", "b")


async def test_a_jump_host_that_forwards_nothing(rig, collect):
    jump = rig.sshd(AllowTcpForwarding="no")
    run = collect(rig.route(rig.sshd(), "n", jumps=(rig.route(jump, "login1"),)))
    text, hint = await run.why("n")
    assert text.startswith("The jump host login1 does not let connections through to 127.0.0.3: ")
    assert hint.startswith("AllowTcpForwarding")


async def test_a_node_that_its_jump_host_does_not_reach(rig, collect):
    jump, node = rig.sshd(), rig.sshd(start=False)
    run = collect(rig.route(node, "n", jumps=(rig.route(jump, "login1"),)))
    text, _hint = await run.why("n")
    assert text.startswith(f"The jump host login1 does not reach 127.0.0.3 on port {node.port}: ")


async def test_a_proxy_command_that_talks_beside(rig, collect):
    jump, node = rig.sshd(), rig.sshd()
    config = rig.folder / "config"
    config.write_text(
        f"Host jump\n  HostName {jump.address}\n  Port {jump.port}\n  IdentityFile {rig.key}\n"
        f"  UserKnownHostsFile {rig.known_hosts}\n"
    )
    through = f"sh -c 'echo warning >&2; (sleep 1; echo more >&2)& exec ssh -F {config} -W %s:%d jump'"
    run = collect(rig.route(node, "n", proxy=through % (node.address, node.port)))
    await run.up("n")
    for _ in range(60):  # 1.2 s
        await run.fresh("n")
    assert run.downs("n") == []
    below = [pid for pid in descendants(os.getpid()) if "-W" in command_line(pid)]
    assert len(below) == 1
    await run.stop()
    until(lambda: not Path(f"/proc/{below[0]}").exists(), "the command ends with the connection")


async def test_a_proxy_command_that_fails(rig, collect):
    run = collect(rig.route(rig.sshd(start=False), "n", proxy="sh -c 'echo \x1b[2Jno way >&2; exit 1'"))
    text, hint = await run.why("n")
    assert text == "The ProxyCommand for 127.0.0.2 ended before an SSH server spoke: sh"
    assert hint == "It said: ·[2Jno way"


async def test_a_proxy_command_that_fails_tells_no_secret(rig, collect):
    proxy = "API=hunter0 sh -c 'echo first; echo bad --token hunter1 given >&2; exit 1' --token hunter2"
    run = collect(rig.route(rig.sshd(start=False), "n", proxy=f"env {proxy}"))
    text, hint = await run.why("n")
    assert text == "The ProxyCommand for 127.0.0.2 ended before an SSH server spoke: env"
    assert hint == "It said: bad --token *** given"
    assert "hunter" not in repr(run.records)


@pytest.mark.parametrize(
    ("command", "program"),
    [
        *(("/usr/bin/sshpass -p hunter2 ssh -W %h:%p", "sshpass"), ("TOKEN=hunter2 'my prog' x", "my prog")),
        *(("exec nc h 22", "nc"), ("'hunter2", "?"), ("A=hunter2", "?"), ("", "?"), ("\x1b[2J x", "·[2J")),
    ],
)
def test_of_a_proxy_command_the_program_is_named_only(command, program):
    assert program_of(command) == program


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("usage\nHost key verification failed.\n\n", "Host key verification failed."),
        ("x: Permission denied (publickey,password).", "x: Permission denied (publickey,password)."),
        ("AUTH_TOKEN=hunter2 refused", "AUTH_TOKEN=*** refused"),
        ('{"secret": "hunter2 hunter3"}', '{"secret": ***}'),
        ("Authorization: Bearer hunter2", "Authorization: Bearer ***"),
        ("--api-key hunter2 is bad", "--api-key *** is bad"),
        ("GET http://me:hunter2@proxy/ 407", "GET http://***@proxy/ 407"),
        ("password \x1bhunter2", "password ***"),
        ("", ""),
        ("a" * 1000, "a" * 199 + "…"),
    ],
)
def test_what_a_proxy_command_said_is_shown_without_secrets(said, shown):
    assert struck(said.encode()) == shown


async def test_at_most_so_many_handshakes_through_one_jump_host(rig):
    jump, node = rig.sshd(), rig.sshd(MaxStartups="4:100:4")  # drops the fifth that has not logged in
    pool = Pool(limits=Limits(at_once_per_jump=2))
    through = (rig.route(jump, "login1"),)
    routes = [rig.route(node, f"n{i}", jumps=through) for i in range(16)]
    made = await asyncio.gather(*map(pool.connection, routes))
    assert len(set(made)) == 16
    assert await pool.connection(routes[0]) is made[0]
    await pool.close()


async def test_who_waits_for_what_is_given_up_is_told(rig):
    server = rig.sshd(start=False)
    route = rig.route(server, "n", host="127.0.0.1", port=free_port("127.0.0.1"), proxy="sleep 30")
    pool = Pool()
    waiting = asyncio.create_task(pool.connection(route))
    await asyncio.sleep(0.05)
    pool.drop(route)
    with pytest.raises(Unreachable, match="given up"):
        await waiting
    await pool.close()
    assert not pool.up(route)
