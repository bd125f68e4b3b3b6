"""Options of a connection, and what a connection made with them does."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncssh
import pytest
from stand_in import Person

from backends.ports import Prompt
from backends.ssh.identities import Identities, Offer, held
from backends.ssh.known import KnownHosts
from backends.ssh.options import Unusable, connect, options_of
from backends.ssh.route import Route

pytestmark = pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="no ssh-agent: install openssh-client")

HOST = asyncssh.generate_private_key("ssh-ed25519")
HOST_RSA = asyncssh.generate_private_key("ssh-rsa", key_size=2048)


class Server(asyncssh.SSHServer):
    """Takes the keys that it is told to, and remembers which ones were offered."""

    def __init__(self, taken: set[bytes], offered: list[bytes]) -> None:
        self.taken = taken
        self.offered = offered

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self.offered.append(key.public_data)
        return key.public_data in self.taken


class World:
    """A server, a user's folder and the route between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: set[bytes] = set()
        self.offered: list[bytes] = []
        self.port = 0

    def key(self, name: str, phrase: str = "", *, pem: bool = False) -> Path:
        """Make a key that the server takes."""
        path = self.folder / name
        kind = ["-t", "rsa", "-b", "2048", "-m", "PEM"] if pem else ["-t", "ed25519"]
        subprocess.run(["ssh-keygen", "-q", *kind, "-N", phrase, "-f", str(path)], check=True)
        self.taken.add(asyncssh.read_public_key(f"{path}.pub").public_data)
        return path

    def route(self, *keys: Path, **but: object) -> Route:
        known = self.folder / "known"
        if not known.exists():
            known.write_text(f"[127.0.0.1]:{self.port} {HOST.export_public_key().decode()}")
        values: dict[str, object] = {"known_hosts": (known,), "keys": keys, "user": "me", **but}
        return Route("node", "127.0.0.1", self.port, **values)  # type: ignore[arg-type]

    @contextlib.asynccontextmanager
    async def connected(
        self, route: Route, identities: Identities | None = None, known: KnownHosts | None = None
    ) -> AsyncIterator[asyncssh.SSHClientConnection]:
        known = known or KnownHosts()
        offer = await (identities or Identities()).offer(route)
        connection = await connect(route, options_of(route, known, offer))
        try:
            yield connection
        finally:
            connection.abort()
            if (proxy := connection.get_extra_info("proxy")) is not None:
                await proxy.finish()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[HOST, HOST_RSA],
        server_factory=lambda: Server(made.taken, made.offered),
        allow_pty=False,
    )
    made.port = server.get_port()
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    """An agent of the test's own."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(1000):
            if path.exists():
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        yield str(path)
    finally:
        process.terminate()
        process.wait(10)


def keygen(*arguments: object) -> None:
    subprocess.run(["ssh-keygen", "-q", *map(str, arguments)], check=True)


def forget(*paths: Path) -> None:
    for path in paths:
        path.unlink()


def add(agent: str, key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], env={"SSH_AUTH_SOCK": agent, "PATH": "/usr/bin:/bin"}, check=True)


async def test_the_cheap_algorithms_come_first_and_the_known_key_is_asked_for(world: World):
    async with world.connected(world.route(world.key("id"))) as connection:
        assert connection.get_extra_info("send_cipher") == "aes256-gcm@openssh.com"
        assert connection.get_extra_info("username") == "me"
        key = connection.get_server_host_key()
        assert key is not None
        assert key.algorithm == b"ssh-ed25519"


async def test_a_host_that_is_known_by_its_second_key_is_no_changed_one(world: World):
    route = world.route(world.key("id"))
    route.known_hosts[0].write_text(f"[127.0.0.1]:{world.port} {HOST_RSA.export_public_key().decode()}")
    async with world.connected(route) as connection:
        key = connection.get_server_host_key()
        assert key is not None
        assert key.algorithm == b"ssh-rsa"


async def test_the_users_own_algorithms_hold_and_unknown_ones_are_dropped(world: World):
    route = world.route(world.key("id"), ciphers=("made-up@example", "aes128-ctr"), macs=("hmac-sha2-512",))
    async with world.connected(route) as connection:
        assert connection.get_extra_info("send_cipher") == "aes128-ctr"
        assert connection.get_extra_info("send_mac") == "hmac-sha2-512"


async def test_algorithms_that_nobody_here_has_are_told_and_not_replaced(world: World):
    with pytest.raises(Unusable) as unusable:
        options_of(world.route(ciphers=("made-up@example",)), KnownHosts(), Offer())
    trouble = unusable.value.trouble
    assert "made-up@example" in trouble.text.format(**trouble.values)
    assert "aes256-gcm@openssh.com" in trouble.hint.format(**trouble.values)


async def test_a_host_key_that_is_not_known_is_refused(world: World):
    route = world.route(world.key("id"), known_hosts=(Path("/dev/null"),))
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        async with world.connected(route):
            pass
    assert world.offered == []


async def test_accept_new_takes_a_new_key_once(world: World):
    key = world.key("id")
    known = KnownHosts()
    route = world.route(key, known_hosts=(Path("/dev/null"),), strict="accept-new")
    async with world.connected(route, known=known):
        pass
    assert known.kinds(route) == (["ssh-ed25519"], False)


async def test_a_home_with_keys_and_a_configuration_is_not_looked_into(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    world.key("home/.ssh/id_ed25519")
    (home / ".ssh" / "config").write_text("Host *\n  Port 1\n  User somebody\n  Nonsense\n")
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{world.port} {HOST.export_public_key().decode()}")
    monkeypatch.setenv("HOME", str(home))
    with pytest.raises(asyncssh.PermissionDenied):
        async with world.connected(world.route()):
            pass
    assert world.offered == []
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        async with world.connected(world.route(known_hosts=(tmp_path / "none",))):
            pass


async def test_a_certificate_beside_the_key_is_shown(world: World, tmp_path: Path):
    key, authority = world.key("id"), tmp_path / "ca"
    keygen("-t", "ed25519", "-N", "", "-f", authority)
    keygen("-s", authority, "-I", "x", "-n", "me", f"{key}.pub")
    offer = await Identities().offer(world.route(key))
    assert [certificate.principals for certificate in offer.certificates] == [["me"]]
    named = (tmp_path / "id-cert.pub").rename(tmp_path / "elsewhere.pub")
    assert len((await Identities().offer(world.route(key, certificates=(named,)))).certificates) == 1
    options = asyncssh.SSHClientConnectionOptions(**options_of(world.route(key), KnownHosts(), offer))
    assert options.client_keys is not None
    assert [pair.has_cert for pair in options.client_keys] == [True, False]


async def test_the_agent_is_asked(world: World, agent: str):
    key = world.key("id")
    add(agent, key)
    forget(key, Path(f"{key}.pub"))
    async with world.connected(world.route(agent=agent)):
        pass
    with pytest.raises(asyncssh.PermissionDenied):
        async with world.connected(world.route(agent=None)):
            pass


async def test_with_identities_only_the_agent_offers_what_is_named(world: World, agent: str):
    first, second = world.key("first"), world.key("second")
    for key in (first, second):
        add(agent, key)
        key.unlink()
    named = Path(f"{second}.pub")
    async with world.connected(world.route(named, agent=agent, only_these_keys=True)):
        pass
    assert set(world.offered) == {asyncssh.read_public_key(named).public_data}
    world.offered.clear()
    with pytest.raises(asyncssh.PermissionDenied):
        async with world.connected(world.route(agent=agent, only_these_keys=True)):
            pass
    assert world.offered == []


async def test_the_named_key_of_a_full_agent_is_among_the_few_that_are_offered(world: World, agent: str):
    keys = [world.key(f"id{number}") for number in range(9)]
    for key in keys:
        add(agent, key)
    named = Path(f"{keys[8]}.pub")
    world.taken = {asyncssh.read_public_key(named).public_data}
    async with world.connected(world.route(keys[8], agent=agent)):
        pass
    assert len(set(world.offered)) <= 5
    offer = await Identities().offer(world.route(keys[8], agent=agent))
    assert offer.keys == ()
    assert offer.agent is not None
    assert offer.agent[0] in world.taken


async def test_an_agent_that_does_not_answer_does_not_hold_anything_up(tmp_path: Path):
    assert await held(str(tmp_path / "nobody"), 0.5) == ()


async def test_a_locked_key_is_skipped_and_said(world: World):
    key = world.key("id", "secret", pem=True)
    offer = await Identities().offer(world.route(key))
    assert offer.keys == ()
    said = offer.skipped[0]
    assert str(key) in said.text.format(**said.values)
    assert f"ssh-add {key}" in said.hint.format(**said.values)


async def test_a_locked_key_that_the_agent_holds_is_no_reason_to_ask(world: World, agent: str):
    key = world.key("id", "secret", pem=True)
    unlocked = world.folder / "unlocked"
    unlocked.write_bytes(key.read_bytes())
    unlocked.chmod(0o600)
    keygen("-p", "-P", "secret", "-N", "", "-f", unlocked)
    add(agent, unlocked)

    async def ask(prompt: Prompt) -> str | None:
        raise AssertionError(prompt)

    offer = await Identities(ask).offer(world.route(key, agent=agent))
    assert (offer.keys, offer.skipped) == ((), ())


@pytest.mark.parametrize("pem", [True, False], ids=["pem", "openssh"])
async def test_a_passphrase_is_asked_once_for_all_hosts(world: World, pem: bool):
    key = world.key("id", "secret", pem=pem)
    answers = ["wrong", "secret"]
    asked = []

    async def ask(prompt: Prompt) -> str | None:
        asked.append(prompt)
        return answers.pop(0)

    identities = Identities(ask)
    async with world.connected(world.route(key), identities):
        pass
    async with world.connected(world.route(key, family="inet"), identities):
        pass
    assert len(asked) == 2
    assert not asked[0].echo
    assert str(key) in asked[0].text


async def test_a_passphrase_that_nobody_gave_is_asked_for_again(world: World):
    key = world.key("id", "secret", pem=True)
    person = Person(None, "secret")
    identities = Identities(person)
    for _ in range(3):
        assert len((await identities.offer(world.route(key))).skipped) == 1
    assert len(person.asked) == 1, "not for each of 512 nodes"
    identities.forgive()
    offer = await identities.offer(world.route(key))
    assert (len(offer.keys), offer.skipped, len(person.asked)) == (1, (), 2)


async def test_a_passphrase_that_nobody_gave_is_asked_for_again_after_a_pause(world: World):
    key = world.key("id", "secret", pem=True)
    identities = Identities(Person(None, "secret"), pause=0.0)
    assert (await identities.offer(world.route(key))).keys == ()
    assert len((await identities.offer(world.route(key))).keys) == 1


async def test_a_passphrase_that_was_wrong_stays_wrong(world: World):
    key = world.key("id", "secret", pem=True)
    person = Person("a", "b", "c", "secret")
    identities = Identities(person, pause=0.0)
    for _ in range(2):
        assert len((await identities.offer(world.route(key))).skipped) == 1
        identities.forgive()
    assert len(person.asked) == 3


async def test_a_key_file_that_is_none_is_skipped_and_said(world: World, tmp_path: Path):
    (tmp_path / "bad").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n-----END OPENSSH PRIVATE KEY-----\n")
    (tmp_path / "folder").mkdir()
    good = world.key("good")
    offer = await Identities().offer(world.route(tmp_path / "bad", tmp_path / "folder", tmp_path / "nothing", good))
    assert len(offer.keys) == 1
    assert len(offer.skipped) == 2


async def test_a_proxy_command_is_run_by_the_shell_and_replaced_by_it(world: World, tmp_path: Path):
    log = tmp_path / "log"
    relay = tmp_path / "relay.py"
    relay.write_text(
        "import os, select, socket, sys\n"
        f"open({str(log)!r}, 'w').write(open(f'/proc/{{os.getppid()}}/cmdline').read())\n"
        "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "while True:\n"
        "    for ready in select.select([0, s], [], [])[0]:\n"
        "        data = s.recv(65536) if ready is s else os.read(0, 65536)\n"
        "        if not data: sys.exit()\n"
        "        os.write(1, data) if ready is s else s.sendall(data)\n"
    )
    route = world.route(world.key("id"), proxy=f"'{sys.executable}' {relay} 127.0.0.1 \"{world.port}\"")
    async with world.connected(route):
        assert "relay.py" not in log.read_text()


async def test_nothing_is_asked_of_a_session_that_we_did_not_ask_for(world: World):
    options = asyncssh.SSHClientConnectionOptions(**options_of(world.route(), KnownHosts(), Offer()))
    assert not options.agent_forward_path
    assert not options.x11_forwarding
    assert (options.env, options.send_env, options.command) == (None, None, None)
    assert options.known_hosts is not None
