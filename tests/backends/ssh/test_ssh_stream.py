"""Streams from real sshd: through jump hosts, with certificates, dropped, stalled, stopped and started again."""

import os
import signal
from pathlib import Path

import pytest
from rig import descendants, until

from backends.record import Trouble
from backends.records import LinkState, NodeFacts, NodeLink, NodeListed, NodeSample


async def test_the_real_probe_by_way_of_the_ssh_configuration(rig, collect, tmp_path):
    server = rig.sshd()
    config = tmp_path / "config"
    config.write_text(
        f"Host gpu01\n  HostName {server.address}\n  Port {server.port}\n  IdentityFile {rig.key}\n"
        f"  UserKnownHostsFile {rig.known_hosts}\n"
    )
    hosts = [{"name": "gpu01", "rack": "r7", "cards": 8, "labels": {"owner": "[b]me"}}]
    run = collect(hosts=hosts, resolve=True, program=None, config=str(config))
    await run.until(lambda: run.of("gpu01", NodeSample))
    listed = run.of("gpu01", NodeListed)[0]
    assert run.records[0] is listed
    assert (listed.cards, listed.rack, listed.labels, listed.address) == (8, "r7", {"owner": "[b]me"}, None)
    assert run.states("gpu01") == [LinkState.CONNECTING, LinkState.UP]
    assert run.of("gpu01", NodeFacts)[0].rack == "r7"
    assert run.of("gpu01", NodeSample)[0].host.load1 is not None


async def test_a_jump_host_is_shared(rig, collect):
    jump, node = rig.sshd(), rig.sshd()
    through = (rig.route(jump, "jump"),)
    names = [f"n{i}" for i in range(5)]
    run = collect(*(rig.route(node, name, jumps=through) for name in names))
    await run.up(*names)
    assert len(jump.sessions()) == 1
    assert len(node.sessions()) == 5
    await run.stop()
    until(lambda: not jump.sessions() and not node.sessions(), "every connection is closed")


async def test_two_jump_hosts_in_a_row(rig, collect):
    first, second, node = rig.sshd(), rig.sshd(), rig.sshd()
    run = collect(rig.route(node, "n", jumps=(rig.route(first, "first"), rig.route(second, "second"))))
    await run.up("n")
    assert [len(server.sessions()) for server in (first, second, node)] == [1, 1, 1]


async def test_certificates_of_the_user_and_of_the_host(rig, collect):
    server = rig.sshd(known=False, start=False)
    server.options |= {
        "AuthorizedKeysFile": "none",
        "TrustedUserCAKeys": f"{rig.authority}.pub",
        "HostCertificate": str(rig.certify_host(server, server.address)),
    }
    server.start()
    rig.known_hosts.write_text(f"@cert-authority [127.0.0.*]:{server.port} {rig.public(rig.authority)}")
    rig.certify(rig.key)
    run = collect(rig.route(server, "n"))
    await run.up("n")


async def test_a_dropped_connection_comes_back_while_the_other_lives(rig, collect):
    one, other = rig.sshd(), rig.sshd()
    run = collect(rig.route(one, "one"), rig.route(other, "other"))
    await run.up("one", "other")
    for pid in one.sessions():
        os.kill(pid, signal.SIGKILL)
    text, _hint = await run.why("one")
    assert text.startswith("The connection to 127.0.0.2 was lost: ")
    await run.up("one")
    await run.fresh("other")
    assert run.states("other") == [LinkState.CONNECTING, LinkState.UP]


async def test_a_probe_that_is_killed_starts_anew_on_the_same_connection(rig, collect):
    server = rig.sshd()
    run = collect(rig.route(server, "n"))
    await run.up("n")
    held = server.sessions()
    os.kill(int(run.of("n", NodeFacts)[0].boot), signal.SIGKILL)
    text, _hint = await run.why("n")
    assert text == "The probe on 127.0.0.2 ended (signal KILL)."
    await run.up("n")
    assert server.sessions() == held


async def test_a_node_that_stalls_is_given_up_and_returns(rig, collect):
    stalled, other = rig.sshd(), rig.sshd()
    run = collect(rig.route(stalled, "n", patience=2.0), rig.route(other, "other"), silence=3.0)
    await run.up("n", "other")
    frozen = [stalled.pid, *descendants(stalled.pid)]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    text, _hint = await run.why("n")
    assert text == "No sample for 3 s."
    await run.until(lambda: len(run.downs("n")) > 1)
    text, _hint = await run.why("n")
    assert text == f"127.0.0.2 takes connections on port {stalled.port}, but no SSH server spoke within 2 s."
    await run.fresh("other")
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    await run.up("n")
    await run.fresh("n")


async def test_a_stopped_probe_leaves_no_connection_behind(rig, collect):
    server = rig.sshd(MaxSessions="1")
    run = collect(rig.route(server, "n"), silence=3.0)
    await run.up("n")
    first = int(run.of("n", NodeFacts)[0].boot)
    os.kill(first, signal.SIGSTOP)
    await run.until(lambda: len(run.of("n", NodeFacts)) > 1)  # although one session only is allowed on a connection
    os.kill(first, signal.SIGCONT)
    until(lambda: not Path(f"/proc/{first}").exists(), "the stopped probe notices that nobody listens")
    until(lambda: len(server.sessions()) == 1, "the old connection is gone")


async def test_a_node_that_was_off_comes_up_by_itself(rig, collect):
    server = rig.sshd(start=False)
    run = collect(rig.route(server, "n"))
    text, hint = await run.why("n")
    assert text == f"127.0.0.2 refuses connections on port {server.port}."
    assert hint == "Is sshd running there?"
    assert run.downs("n")[0].next_try > run.downs("n")[0].at
    server.start()
    await run.up("n")


async def test_a_storm_that_sshd_drops_is_ridden_out(rig, collect):
    server = rig.sshd(MaxStartups="2:100:2")
    names = [f"n{i}" for i in range(8)]
    run = collect(*(rig.route(server, name) for name in names))
    await run.up(*names)
    told = [link.trouble for name in names for link in run.downs(name)]
    assert told, "no connection was dropped: the test shows nothing"
    assert "MaxStartups" in told[0].hint


async def test_a_start_up_file_that_is_slow_and_noisy(rig, collect):
    home = rig.home("echo 'Welcome \033[2J'; printf '\033]0;title\007'; echo oops >&2; sleep 1\n")
    run = collect(rig.route(rig.sshd(**home), "n"))
    await run.up("n")
    await run.fresh("n")
    assert run.downs("n") == []


async def test_a_host_that_ssh_could_not_resolve_is_asked_for_again(rig, collect, monkeypatch):
    monkeypatch.setattr("backends.ssh.driver.WATCH", 0.1)
    monkeypatch.setattr("backends.ssh.driver.UNRESOLVED", 0.3)
    route = rig.route(rig.sshd(), "n")
    run = collect(route)
    run.resolver.routes = {"n": Trouble("ssh says: {why}", values={"why": "no"})}
    assert await run.why("n") == ("ssh says: no", "")
    run.resolver.routes = {"n": route}
    await run.up("n")


@pytest.mark.parametrize("kinds", [(NodeSample,), (NodeSample, NodeLink)])
async def test_a_defect_that_one_node_brings_out_ends_no_other_session(rig, collect, caplog, kinds):
    one, other = rig.sshd(), rig.sshd()
    run = collect(rig.route(one, "one"), rig.route(other, "other"))
    await run.up("one", "other")
    held = other.sessions()

    def flaw(batch):
        if any(isinstance(record, kinds) and record.node == "one" for record in batch):
            raise KeyError("gpu\x1b[31m")

    run.flaw = flaw
    if NodeLink in kinds:
        await run.until(lambda: "could not be told" in caplog.text)
    else:
        text, _hint = await run.why("one")
        assert "KeyError: 'gpu" in text
        assert text.isprintable()
        assert run.downs("one")[-1].next_try > run.downs("one")[-1].at
    await run.fresh("other")
    run.flaw = lambda _batch: None
    await run.until(lambda: run.states("one")[-1] is LinkState.UP)
    await run.fresh("one")
    assert run.states("other") == [LinkState.CONNECTING, LinkState.UP]
    assert other.sessions() == held
