"""A source whose hosts change while it runs: real sshd sees who goes on, who ends and who begins."""

import asyncio
from collections.abc import Sequence

import pytest
from delivered import Delivered, World
from rig import until

from backends.ports import Opening
from backends.record import Trouble
from backends.records import LinkState, NodeListed
from backends.ssh.driver import Ssh


def opened(*names: str, hosts: Sequence[dict[str, object]] = (), **settings: object) -> Ssh:
    """The same driver, as it is opened after an edit."""
    listed = [*({"name": name} for name in names), *hosts]
    return Ssh(Opening(World(), 0.25, {"hosts": listed, **settings}))


def about(run: Delivered, node: str) -> list[object]:
    return [record for record in run.records if getattr(record, "node", None) == node]


async def test_a_node_more_and_a_node_less_leave_the_others_connection_alone(rig, collect):
    one, other, third = rig.sshd(), rig.sshd(), rig.sshd()
    routes = (rig.route(one, "one"), rig.route(other, "other"), rig.route(third, "third"))
    run: Delivered = collect(*routes, hosts=[{"name": "one"}, {"name": "other"}])
    await run.up("one", "other")
    held = one.sessions()
    pool = run.source.pool

    assert run.source.adapt(opened("one", "third"))
    told = len(about(run, "other"))
    await run.up("third")
    await run.fresh("one")
    assert run.source.pool is pool
    assert one.sessions() == held
    assert run.states("one") == [LinkState.CONNECTING, LinkState.UP]
    assert len(run.of("one", NodeListed)) == 1
    assert run.states("third") == [LinkState.CONNECTING, LinkState.UP]
    assert len(about(run, "other")) == told, "nothing of a node that is gone"
    await asyncio.to_thread(until, lambda: not other.sessions(), "the connection of the node that is gone is closed")
    assert set(run.source.routes) == {"one", "third"}

    assert run.source.adapt(opened("one", "third", "other"))
    await run.up("other")
    assert one.sessions() == held
    await run.stop()
    await asyncio.to_thread(until, lambda: not one.sessions() + other.sessions() + third.sessions(), "all are closed")


async def test_a_jump_host_that_is_needed_stays(rig, collect):
    jump, node = rig.sshd(), rig.sshd()
    way = rig.route(jump, "jump")
    routes = (way, rig.route(node, "a", jumps=(way,)), rig.route(node, "b", jumps=(way,)))
    run: Delivered = collect(*routes)
    await run.up("jump", "a", "b")
    held = jump.sessions()
    assert len(held) == 1
    assert run.source.adapt(opened("b"))
    await asyncio.to_thread(until, lambda: len(node.sessions()) == 1, "the connection of a is closed")
    await run.fresh("b")
    assert jump.sessions() == held
    assert run.source.adapt(opened("a", "b"))
    await run.up("a")
    assert jump.sessions() == held
    assert run.states("b") == [LinkState.CONNECTING, LinkState.UP]


async def test_a_host_that_is_listed_otherwise_begins_anew(rig, collect):
    server, other = rig.sshd(), rig.sshd()
    run: Delivered = collect(rig.route(server, "n"), rig.route(other, "other"))
    await run.up("n", "other")
    run.resolver.routes = {"n": rig.route(other, "n"), "other": rig.route(other, "other")}
    assert run.source.adapt(opened("other", hosts=[{"name": "n", "address": "elsewhere"}]))
    await run.until(lambda: run.states("n") == [LinkState.CONNECTING, LinkState.UP, LinkState.CONNECTING, LinkState.UP])
    await asyncio.to_thread(until, lambda: not server.sessions(), "the connection to the old address is closed")
    assert len(other.sessions()) == 2


async def test_edits_in_a_row_end_as_the_last_one_says(rig, collect):
    server = rig.sshd()
    names = [f"n{number}" for number in range(6)]
    run: Delivered = collect(*(rig.route(server, name) for name in names), hosts=[{"name": "n0"}])
    for number in range(1, 6):
        await asyncio.sleep(0)
        assert run.source.adapt(opened(*names[: number + 1]))
    assert run.source.adapt(opened("n1", "n4"))
    await run.up("n1", "n4")
    await run.fresh("n1")
    await asyncio.to_thread(until, lambda: len(server.sessions()) == 2, "two connections")
    assert set(run.source.routes) == {"n1", "n4"}


async def test_a_host_that_cannot_be_resolved_is_told_and_the_others_go_on(rig, collect):
    server = rig.sshd()
    run: Delivered = collect(rig.route(server, "n"))
    await run.up("n")
    run.resolver.routes = {**run.resolver.routes, "new": Trouble("ssh says no")}
    assert run.source.adapt(opened("n", "new"))
    assert await run.why("new") == ("ssh says no", "")
    await run.fresh("n")
    assert run.states("n") == [LinkState.CONNECTING, LinkState.UP]


@pytest.mark.parametrize(
    "edit",
    [
        {"at_once": 7},
        {"user": "other"},
        {"python": ["python3.11"]},
        {"config": "/etc/hosts"},
        {"at_once": 0},
        {"hosts": [{"name": "n"}]},
    ],
)
async def test_what_else_differs_has_to_be_opened_anew(rig, collect, edit):
    run: Delivered = collect(rig.route(rig.sshd(), "n"))
    await run.up("n")
    assert not run.source.adapt(opened("n", **edit))
    assert not run.source.adapt(object())
    await run.fresh("n")
    await run.stop()
    assert not run.source.adapt(opened("n")), "it does not run"
