"""One command on many hosts, over real sshd."""

import asyncio
import shlex

import pytest
from rig import command_line, descendants

from backends.ssh.pool import Pool
from backends.ssh.run import Result, folded, node_set, run
from backends.ssh.session import UNREAD

HOSTILE = ["", "a b", "$(id)", "`id`", "'", '"', "\\", "a\nb", "*", "~", "!x", "-n", ";exit 9", "日本", "\x1b[2J"]


@pytest.fixture
async def pool():
    made = Pool()
    yield made
    await made.close()


async def test_arguments_arrive_as_they_are(rig, pool):
    route = rig.route(rig.sshd(), "n")
    show = "import sys; sys.stdout.buffer.write('\\0'.join(sys.argv[1:]).encode()); sys.exit(3)"
    result = (await run(pool, {"n": route}, ["python3", "-c", show, *HOSTILE]))["n"]
    assert result.output.decode().split("\0") == HOSTILE
    assert (result.name, result.status, result.errors, result.cut, result.trouble) == ("n", 3, b"", False, None)


async def test_connections_are_held_and_progress_is_told(rig, pool):
    server = rig.sshd()
    routes = {name: rig.route(server, name) for name in ("a", "b", "c")}
    seen: list[Result] = []
    first = await run(pool, routes, ["echo", "one"], on_progress=seen.append, at_once=2)
    held = server.sessions()
    second = await run(pool, routes, ["echo", "two"])
    assert server.sessions() == held
    assert list(first) == list(routes)
    assert {one.name for one in seen} == set(routes)
    assert [one.output for one in second.values()] == [b"two\n"] * 3


async def test_a_command_is_left_in_time(rig, pool):
    server = rig.sshd()
    routes = {"n": rig.route(server, "n")}
    await pool.connection(routes["n"])
    result = (await run(pool, routes, ["sleep", "61"], timeout=0.5))["n"]
    assert result.trouble.text.format(**result.trouble.values) == "The command was not done on 127.0.0.2 within 0.5 s."
    assert result.status is None
    assert (await run(pool, routes, ["echo", "still"]))["n"].output == b"still\n"


async def test_input_is_empty_and_output_is_bounded(rig, pool):
    route = rig.route(rig.sshd(), "n")
    assert (await run(pool, {"n": route}, ["cat"]))["n"].status == 0
    result = (await run(pool, {"n": route}, ["seq", "1000000"], most=10))["n"]
    assert (result.output, result.cut, result.status) == (b"1\n2\n3\n4\n5\n", True, 0)


async def test_what_goes_wrong_is_told_of_each_host(rig, pool):
    server, off = rig.sshd(), rig.sshd(start=False)
    routes = {"on": rig.route(server, "on"), "off": rig.route(off, "off")}
    result = await run(pool, routes, ["sh", "-c", "echo no >&2; kill -9 $$"])
    assert result["off"].trouble.text.endswith("refuses connections on port {port}.")
    assert result["on"].errors == b"no\n"
    assert result["on"].trouble.values["signal"] == "KILL"


async def test_a_connection_that_is_lost_under_a_command(rig, pool):
    server = rig.sshd()
    route = rig.route(server, "n")
    await pool.connection(route)
    running = asyncio.create_task(run(pool, {"n": route}, ["sleep", "62"]))
    while not any("62" in command_line(pid) for pid in descendants(server.pid)):  # noqa: ASYNC110 - a process far away
        await asyncio.sleep(0.02)
    server.stop()
    result = (await running)["n"]
    assert "without saying how the command ended" in result.trouble.text


async def test_a_slow_reader_makes_a_fast_command_wait_and_loses_nothing(rig, pool, tmp_path):
    megabyte, count = 1 << 20, 32
    write = f"for n in range({count}): os.write(1, bytes([n]) * {megabyte}); open(sys.argv[1], 'w').write(str(n))"
    script = ["python3", "-c", f"import os, sys\n{write}", str(tmp_path / "at")]
    session = await pool.session(rig.route(rig.sshd(), "n"), shlex.join(script))
    while len(session.output) <= UNREAD:  # noqa: ASYNC110 - a process far away
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)  # it would be done by then
    assert UNREAD < len(session.output) < 2 * UNREAD
    written = int((tmp_path / "at").read_text())
    assert written < count / 2
    got, most = bytearray(), 0
    while data := await session.read():
        most = max(most, len(data))
        got += data
    await session.finish()
    assert session.status == 0
    assert most < 5 * megabyte
    assert got == b"".join(bytes([n]) * megabyte for n in range(count))


async def test_a_session_that_is_given_up_while_it_waits_is_over(rig, pool):
    session = await pool.session(rig.route(rig.sshd(), "n"), "exec cat /dev/zero")
    while len(session.output) <= UNREAD:  # noqa: ASYNC110 - a process far away
        await asyncio.sleep(0.02)
    session.end()
    async with asyncio.timeout(10):
        await session.finish()
        while await session.read():
            pass


async def test_one_session_only(rig, collect):
    server = rig.sshd(MaxSessions="1")
    source = collect(rig.route(server, "n"))
    await source.up("n")
    result = (await run(source.source.pool, source.source.routes, ["true"]))["n"]
    assert result.trouble.hint.startswith("MaxSessions")
    await source.fresh("n")


def test_equal_answers_are_folded():
    results = [Result(f"gpu{n:02}", 0.1, 0, b"ok\n") for n in (1, 2, 3, 5)]
    results += [Result("gpu04", 0.1, 1, b"ok\n"), Result("gpu06", 0.1, 0, b"ok\n", b"but\n")]
    folds = folded(results)
    assert [(fold.folded, fold.status, fold.errors) for fold in folds] == [
        ("gpu[01-03,05]", 0, b""),
        ("gpu04", 1, b""),
        ("gpu06", 0, b"but\n"),
    ]
    assert folds[0].names == ("gpu01", "gpu02", "gpu03", "gpu05")


def test_names_that_are_no_node_names_stay_as_they_are():
    assert node_set(["a[", "b"]) == "a[,b"
    assert node_set(["@all", "b"]) == "@all,b"
