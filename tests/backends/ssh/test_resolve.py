"""Hosts resolved by the real `ssh`, from configurations that people do write."""

import asyncio
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from rig import until

from backends.record import Trouble
from backends.ssh import said
from backends.ssh.resolve import Resolver
from backends.ssh.route import Route

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="there is no ssh here: install openssh-client")

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a configuration and returns its file."""

    def written(text: str, name: str = "config") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return written


async def one(config: Path, address: str = "gpu01", environ: dict[str, str] | None = None) -> Route:
    found = (await Resolver(config, environ=environ or {"PATH": os.environ["PATH"]}).resolve({"node": address}))["node"]
    assert isinstance(found, Route), found
    return found


async def trouble(config: Path | None, address: str = "gpu01") -> str:
    found = (await Resolver(config).resolve({"node": address}))["node"]
    assert isinstance(found, Trouble), found
    said = found.text.format(**found.values)
    found.hint.format(**found.values)
    return said


async def test_patterns_and_their_negation(write: Write):
    config = write("Host gpu* !gpu09\n  User root\n  Port 2222\nHost *\n  HostName %h.cluster\n")
    found = await one(config)
    assert (found.name, found.host, found.user, found.port) == ("node", "gpu01.cluster", "root", 2222)
    other = await one(config, "gpu09")
    assert (other.host, other.port) == ("gpu09.cluster", 22)
    assert other.user != "" or os.getuid() == 0


async def test_what_the_address_says_holds_before_what_the_files_say(write: Write):
    config = write("Host *\n  User root\n  Port 2222\n")
    found = await one(config, "me@gpu01:23")
    assert (found.user, found.port, found.host, found.typed) == ("me", 23, "gpu01", "ssh://me@gpu01:23")
    assert (await one(config, "ssh://me@[::1]:24")).host == "::1"


async def test_the_user_of_the_settings_is_for_hosts_and_not_for_jump_hosts(write: Write):
    config = write("Host login\n  User gate\nHost gpu*\n  ProxyJump login\n")
    found = (await Resolver(config, user="ops").resolve({"a": "gpu1", "b": "me@gpu2"})).values()
    routes = [route for route in found if isinstance(route, Route)]
    assert [route.user for route in routes] == ["ops", "me"]
    assert {route.jumps[0].user for route in routes} == {"gate"}


async def test_a_list_of_jump_hosts_stands_in_one_row(write: Write):
    config = write(
        "Host a\n  HostName a.example\n  ProxyJump outer:44\nHost b\n  ProxyJump elsewhere\n  ProxyCommand false\n"
        "Host gpu*\n  ProxyJump me@a,ssh://b:33\n"
    )
    jumps = (await one(config)).jumps
    assert [(jump.name, jump.host, jump.port) for jump in jumps] == [
        ("outer", "outer", 44),
        ("a", "a.example", 22),
        ("b", "b", 33),
    ]
    assert jumps[1].user == "me"
    assert all(jump.jumps == () and jump.proxy is None for jump in jumps)


async def test_jump_hosts_that_go_in_a_circle_are_told(write: Write):
    config = write("Host gpu*\n  ProxyJump a\nHost a\n  ProxyJump b\nHost b\n  ProxyJump a\n")
    assert await trouble(config) == "The jump hosts of gpu01 go in a circle: gpu01 → a → b → a"
    itself = await trouble(write("Host *\n  ProxyJump login\n"))
    assert "circle" in itself or "loop" in itself  # ssh finds the plainest ones by itself


async def test_a_chain_with_ever_new_names_ends(write: Write):
    config = write("Host *\n  ProxyJump x%n\n")
    assert await trouble(config) == "gpu01 lies behind more than 8 jump hosts."


async def test_no_jump_host_where_none_is_wanted(write: Write):
    config = write("Host gpu*\n  ProxyJump none\n  ProxyCommand none\nHost *\n  ProxyJump login\n")
    found = await one(config)
    assert (found.jumps, found.proxy) == ((), None)


async def test_a_proxy_command_has_its_tokens_filled_in(write: Write):
    config = write("Host gpu*\n  HostName %h.x\n  User me\n  Port 99\n  ProxyCommand nc -X5 '%h' %p %r %n 100%%\n")
    assert (await one(config)).proxy == "nc -X5 'gpu01.x' 99 me gpu01 100%"


async def test_a_proxy_command_with_a_host_name_of_shell_signs_is_refused(write: Write):
    config = write('Host gpu*\n  HostName "x;reboot"\n  ProxyCommand nc %h %p\n')
    assert "x;reboot" in await trouble(config)


@pytest.mark.parametrize(
    "address", ["-oProxyCommand=x", "a;b", "a b", "$(x)", "a\nb", "", "me@", "-x@host", "h:0", "h:99999"]
)
async def test_an_address_that_is_none_never_reaches_ssh(address: str, write: Write, monkeypatch: pytest.MonkeyPatch):
    async def asked(*arguments: object) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr(said.Asking, "ask", asked)
    assert "is not handed to ssh" in await trouble(write(""), address)


@pytest.mark.parametrize("files", ["UserKnownHostsFile none", "UserKnownHostsFile /dev/null"])
async def test_host_keys_are_never_switched_off(files: str, write: Write):
    found = await one(write(f"Host *\n  {files}\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking no\n"))
    assert found.known_hosts == (Path("/dev/null"),)
    assert found.strict == "no"


async def test_the_systems_known_hosts_stay_where_the_user_has_none(write: Write):
    found = await one(write("UserKnownHostsFile none\n"))
    assert Path("/etc/ssh/ssh_known_hosts") in found.known_hosts


async def test_known_hosts_in_paths_with_blanks(write: Write, tmp_path: Path):
    write("", "my hosts/a /known")
    config = write(f'UserKnownHostsFile "{tmp_path}/my hosts/a /known" "{tmp_path}/two words" /plain/%h ~/.k\n')
    found = await one(config)
    assert found.known_hosts[:3] == (tmp_path / "my hosts/a /known", tmp_path / "two words", Path("/plain/gpu01"))
    assert found.known_hosts[3].is_absolute()


@pytest.mark.parametrize(
    ("line", "strict"),
    [("ask", "yes"), ("yes", "yes"), ("accept-new", "accept-new"), ("no", "no"), ("off", "no")],
)
async def test_strictness(line: str, strict: str, write: Write):
    assert (await one(write(f"StrictHostKeyChecking {line}\n"))).strict == strict


async def test_identities_that_are_not_there_do_no_harm(write: Write, tmp_path: Path):
    write("", "keys/me_gpu01.x")
    write("", "a key with blanks")
    write("", "in the agent.pub")
    config = write(
        f"User me\nHostName %h.x\nIdentityFile /does/not/exist\nIdentityFile {tmp_path}/keys/%r_%h\n"
        f'IdentityFile "{tmp_path}/a key with blanks"\nIdentityFile "{tmp_path}/in the agent"\nIdentityFile none\n'
        "IdentityFile ${KEYS}/keys/me_gpu01.x\nIdentitiesOnly yes\n"
    )
    found = await one(config, environ={"PATH": os.environ["PATH"], "KEYS": str(tmp_path)})
    names = [path.name for path in found.keys]
    assert names == ["me_gpu01.x", "a key with blanks", "in the agent.pub"]
    assert found.only_these_keys


async def test_certificates(write: Write, tmp_path: Path):
    write("", "cert of gpu01.pub")
    found = await one(write(f'CertificateFile "{tmp_path}/cert of %n.pub"\nCertificateFile /nowhere\n'))
    assert found.certificates == (tmp_path / "cert of gpu01.pub",)


@pytest.mark.parametrize(
    ("line", "agent"),
    [
        ("", "/run/a"),
        ("IdentityAgent none", None),
        ("IdentityAgent SSH_AUTH_SOCK", "/run/a"),
        ("IdentityAgent $OTHER", "/run/b"),
        ("IdentityAgent $UNSET", None),
        ('IdentityAgent "/run/a b"', "/run/a b"),
    ],
)
async def test_agents(line: str, agent: str | None, write: Write):
    environ = {"PATH": os.environ["PATH"], "SSH_AUTH_SOCK": "/run/a", "OTHER": "/run/b"}
    assert (await one(write(line + "\n"), environ=environ)).agent == agent


@pytest.mark.parametrize(
    ("lines", "methods"),
    [
        ("", ("publickey", "keyboard-interactive", "password")),
        ("PasswordAuthentication no", ("publickey", "keyboard-interactive")),
        ("BatchMode yes", ("publickey",)),
        ("PreferredAuthentications gssapi-with-mic,password,publickey", ("password", "publickey")),
        ("PubkeyAuthentication no\nKbdInteractiveAuthentication no", ("password",)),
    ],
)
async def test_ways_to_log_in(lines: str, methods: tuple[str, ...], write: Write):
    assert (await one(write(lines + "\n"))).methods == methods


async def test_a_login_that_we_cannot_do_is_told(write: Write):
    assert "gssapi-with-mic only" in await trouble(write("PreferredAuthentications gssapi-with-mic\n"))


async def test_algorithms_are_taken_where_somebody_chose_them(write: Write):
    plain = await one(write(""))
    assert (plain.ciphers, plain.key_exchanges, plain.macs, plain.host_key_types) == ((), (), (), ())
    chosen = await one(write("Host *\n  Ciphers aes128-ctr,aes256-ctr\n  MACs hmac-sha2-256\n"))
    assert (chosen.ciphers, chosen.macs, chosen.key_exchanges) == (("aes128-ctr", "aes256-ctr"), ("hmac-sha2-256",), ())


async def test_the_rest_of_a_route(write: Write):
    lines = "HostKeyAlias gate\nConnectTimeout 7\nBindAddress 127.0.0.9\nAddressFamily inet\nCompression yes\n"
    found = await one(write(lines))
    values = (found.alias, found.patience, found.bind, found.family, found.compression)
    assert values == ("gate", 7.0, "127.0.0.9", "inet", True)


async def test_our_patience_holds_where_ssh_says_nothing(write: Write):
    found = (await Resolver(write(""), patience=4.0).resolve({"node": "gpu01"}))["node"]
    assert isinstance(found, Route)
    assert found.patience == 4.0


async def test_includes_with_globs_and_a_change_in_one_of_them(write: Write, tmp_path: Path):
    config = write(f'Include "{tmp_path}/parts of it/*.conf"\n')
    write("Host gpu01\n  Port 1111\n", "parts of it/a.conf")
    resolver = Resolver(config)

    async def port() -> int:
        found = (await resolver.resolve({"node": "gpu01"}))["node"]
        assert isinstance(found, Route)
        return found.port

    assert await port() == 1111
    write("Host gpu01\n  Port 22222\n", "parts of it/a.conf")
    assert await port() == 22222
    write("Host gpu01\n  Port 3\n", "parts of it/0.conf")  # a new file that the glob finds first
    assert await port() == 3


async def test_the_words_of_ssh_about_a_line_that_it_does_not_understand(write: Write):
    config = write("Host other\n  BadOption x\n")
    said = await trouble(config)
    assert f"{config}: line 2: Bad configuration option: badoption" in said


async def test_a_broken_line_does_not_ask_ssh_about_every_host(write: Write, monkeypatch: pytest.MonkeyPatch):
    asked = counted(monkeypatch)
    found = await Resolver(write("BadOption x\n")).resolve({f"gpu{i}": f"gpu{i}" for i in range(50)})
    assert all(isinstance(one, Trouble) for one in found.values())
    assert found["gpu7"].values["host"] == "gpu7"  # type: ignore[union-attr]
    assert len(asked) == 2


async def test_a_configuration_that_is_not_there_is_told(tmp_path: Path):
    assert "No such file or directory" in await trouble(tmp_path / "nothing")


async def test_match_is_asked_of_ssh_for_each_host(write: Write):
    config = write('Match exec "test %n = gpu03"\n  Port 33\nMatch host gpu04\n  Port 44\n')
    resolver = Resolver(config)
    found = await resolver.resolve({f"gpu0{i}": f"gpu0{i}" for i in range(6)})
    ports = [route.port for route in found.values() if isinstance(route, Route)]
    assert ports == [22, 22, 22, 33, 44, 22]
    assert resolver.notes[0].values["word"] == "Match exec"


async def test_what_depends_on_more_than_files_is_asked_again_soon(write: Write, tmp_path: Path):
    flag = tmp_path / "flag"
    config = write(f'Match exec "test -e {flag}"\n  Port 33\n')
    time = 1000.0
    resolver = Resolver(config, cache=tmp_path / "cache", now=lambda: time)

    async def port() -> int:
        found = (await resolver.resolve({"node": "gpu01"}))["node"]
        assert isinstance(found, Route)
        return found.port

    assert await port() == 22
    flag.touch()
    time += 200.0
    assert await port() == 22
    time += 101.0
    assert await port() == 33


@pytest.mark.parametrize("line", ["Match localnetwork 127.0.0.0/8", "Match final", "CanonicalizeHostname yes"])
async def test_lines_that_other_readers_stumble_over(line: str, write: Write):
    resolver = Resolver(write(f"Host gpu*\n  Port 22\n{line}\n"))
    found = (await resolver.resolve({"node": "gpu01"}))["node"]
    if isinstance(found, Trouble):  # an older ssh does not know it, and says so
        assert "line 3" in str(found.values)
    else:
        assert found.port == 22


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that ssh is asked about from now on."""
    asked: list[str] = []
    ask = said.Asking.ask

    async def asking(self: said.Asking, address: said.Address) -> said.Said | Trouble:
        asked.append(address.host)
        return await ask(self, address)

    monkeypatch.setattr(said.Asking, "ask", asking)
    return asked


async def test_many_hosts_of_a_kind_are_asked_for_by_two_and_told_right(write: Write, monkeypatch: pytest.MonkeyPatch):
    asked = counted(monkeypatch)
    config = write(
        "Host gpu0* !gpu007\n  HostName %h.%h.cluster\n  UserKnownHostsFile /k/%h /k/gpu\n  ProxyJump login\n"
        "Host gpu007\n  HostName bond\nHost cpu*\n  Port 5\n"
    )
    hosts = {name: name for kind in ("gpu", "cpu") for name in (f"{kind}{i:03}" for i in range(20))}
    few = await Resolver(config).resolve(hosts)
    count = len(asked)
    each = {name: (await Resolver(config).resolve({name: name}))[name] for name in hosts}
    assert few == each
    assert few["gpu007"].host == "bond"  # type: ignore[union-attr]
    assert few["gpu012"].host == "gpu012.gpu012.cluster"  # type: ignore[union-attr]
    assert count == len(["gpu000", "gpu019", "gpu007", "cpu000", "cpu019", "login"])


async def test_answers_are_kept_on_the_disk_and_asked_for_once(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = counted(monkeypatch)
    config, cache = write("Host *\n  User ${WHO}\n"), tmp_path / "deep" / "cache"
    environ = {"PATH": os.environ["PATH"], "WHO": "me"}
    first = await Resolver(config, cache=cache, environ=environ).resolve({"a": "gpu01", "b": "b@gpu02:3"})
    assert len(asked) == 2
    again = await Resolver(config, cache=cache, environ=environ).resolve({"a": "gpu01", "b": "b@gpu02:3"})
    assert again == first
    assert len(asked) == 2
    (file,) = cache.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await Resolver(config, cache=cache, environ={**environ, "WHO": "you"}).resolve({"a": "gpu01"})
    assert len(asked) == 3


@pytest.mark.parametrize("spoil", ["garbage", "writable", "unreadable folder"])
async def test_a_cache_that_cannot_be_trusted_is_not_used(spoil: str, write: Write, tmp_path: Path):
    cache, config = tmp_path / "cache", write("Host *\n  Port 44\n")
    await Resolver(config, cache=cache).resolve({"a": "gpu01"})
    (file,) = cache.iterdir()
    if spoil == "garbage":
        file.write_bytes(b"\xc1 garbage")
    elif spoil == "writable":
        file.write_bytes(file.read_bytes().replace(b"44", b"66"))
        file.chmod(0o666)
    else:
        shutil.rmtree(cache)
        cache.write_text("not a folder")
    found = (await Resolver(config, cache=cache).resolve({"a": "gpu01"}))["a"]
    assert isinstance(found, Route)
    assert found.port == 44


async def test_a_match_that_never_ends_is_given_up_with_all_that_it_started(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(said, "PATIENCE", 1.0)
    pid = tmp_path / "pid"
    config = write(f'Match exec "echo $$ > {pid}; exec sleep 600"\n  Port 33\n')
    assert "has not answered within 1 s" in await trouble(config)
    until(lambda: not runs(int(pid.read_text())), "the command of Match exec to be gone")


async def test_resolving_that_is_cancelled_leaves_nothing_behind(write: Write, tmp_path: Path):
    pid = tmp_path / "pid"
    config = write(f'Match exec "echo $$ > {pid}; exec sleep 600"\n  Port 33\n')
    task = asyncio.create_task(Resolver(config).resolve({"node": "gpu01"}))
    await asyncio.to_thread(until, lambda: pid.exists() and pid.read_text().endswith("\n"), "the command of Match exec")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    until(lambda: not runs(int(pid.read_text())), "the command of Match exec to be gone")


def runs(pid: int) -> bool:
    """Whether a process is there and is no zombie that its parent has not looked at yet."""
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] not in "ZX"


async def test_without_ssh_another_reader_does_what_it_can_and_it_is_said(write: Write, tmp_path: Path):
    empty = tmp_path / "bin"
    empty.mkdir()
    config = write("Host gpu*\n  HostName %h.x\n  User root\n  ProxyJump me@login:44\n  UserKnownHostsFile none\n")
    resolver = Resolver(config, environ={"PATH": str(empty), "USER": "me"})
    found = (await resolver.resolve({"node": "gpu01"}))["node"]
    assert isinstance(found, Route)
    assert (found.host, found.user, found.jumps[0].port, found.jumps[0].user) == ("gpu01.x", "root", 44, "me")
    assert Path("/etc/ssh/ssh_known_hosts") in found.known_hosts
    assert "no ssh on this machine" in resolver.notes[0].text
    broken = Resolver(write("Match localnetwork 10.0.0.0/8\n"), environ={"PATH": str(empty), "USER": "me"})
    assert isinstance((await broken.resolve({"node": "gpu01"}))["node"], Trouble)
