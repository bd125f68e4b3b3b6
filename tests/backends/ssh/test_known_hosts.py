"""Known hosts: what ssh would trust is trusted, what it would not is not, and broken lines harm nobody."""

import asyncio
import os
import shutil
import stat
import subprocess
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.ssh.known import KnownHosts, Verdict, fingerprint, kind_of
from backends.ssh.known_file import KnownFile
from backends.ssh.route import Route

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen: install openssh-client")

KEY, OTHER, AUTHORITY = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(3))
RSA = asyncssh.generate_private_key("ssh-rsa", key_size=2048)


def text(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


def route(path: Path, host: str = "gpu01", port: int = 22, **but: object) -> Route:
    return Route("node", host, port, known_hosts=(path,), **but)  # type: ignore[arg-type]


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    return path


@pytest.mark.parametrize(
    ("line", "host", "port", "known"),
    [
        ("gpu01 {}", "gpu01", 22, True),
        ("GPU01 {}", "gpu01", 22, True),
        ("gpu01 {}", "GPU01", 22, True),
        ("gpu02,gpu01 {} a comment", "gpu01", 22, True),
        ("gpu0? {}", "gpu01", 22, True),
        ("gpu*,!gpu01 {}", "gpu01", 22, False),
        ("!gpu01,gpu* {}", "gpu02", 22, True),
        ("[gpu01]:2222 {}", "gpu01", 2222, True),
        ("[gpu01]:2222 {}", "gpu01", 22, False),
        ("[gpu01]:2222 {}", "gpu01", 2223, False),
        ("[gpu*]:2222 {}", "gpu01", 2222, True),
        ("gpu01 {}", "gpu01", 2222, True),  # as ssh: without the port where nobody is known with it
        ("gpu011 {}", "gpu01", 22, False),
        ("gpu.1 {}", "gpux1", 22, False),
        ("2001:db8::1 {}", "2001:db8::1", 22, True),
    ],
)
def test_names(line: str, host: str, port: int, known: bool, tmp_path: Path):
    path = write(tmp_path / "k", line.format(text(KEY)))
    judgement = KnownHosts().verdict(route(path, host, port), KEY)
    assert (judgement.verdict is Verdict.KNOWN) is known
    assert (judgement.line == 1) is known


def test_a_key_with_the_port_counts_before_one_without(tmp_path: Path):
    path = write(tmp_path / "k", f"gpu01 {text(OTHER)}", f"[gpu01]:2222 {text(KEY)}")
    known = KnownHosts()
    assert known.verdict(route(path, port=2222), OTHER).verdict is Verdict.CHANGED
    assert known.verdict(route(path, port=2222), KEY).verdict is Verdict.KNOWN


def test_an_alias_is_looked_up_instead_and_without_the_port(tmp_path: Path):
    path = write(tmp_path / "k", f"gpu01 {text(OTHER)}", f"gate {text(KEY)}")
    assert KnownHosts().verdict(route(path, port=2222, alias="gate"), KEY).verdict is Verdict.KNOWN


@pytest.mark.parametrize("host", ["gpu01", "[gpu01]:2222"])
def test_names_that_ssh_has_hashed(host: str, tmp_path: Path):
    path = write(tmp_path / "k", f"{host} {text(KEY)}", f"other {text(OTHER)}")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
    assert b"gpu01" not in path.read_bytes()
    port = 2222 if "2222" in host else 22
    known = KnownHosts()
    for _ in range(2):
        assert known.verdict(route(path, port=port), KEY).verdict is Verdict.KNOWN
        assert known.verdict(route(path, "gpu02"), KEY).verdict is Verdict.UNKNOWN
        assert known.verdict(route(path, "other"), OTHER).verdict is Verdict.KNOWN


def test_a_changed_key_says_which_line_it_contradicts(tmp_path: Path):
    path = write(tmp_path / "k", "# mine", f"gpu01 {text(RSA)}", f"gpu01 {text(KEY)}")
    judgement = KnownHosts().verdict(route(path), OTHER)
    assert (judgement.verdict, judgement.path, judgement.line) == (Verdict.CHANGED, path, 3)
    assert judgement.fingerprint == OTHER.get_fingerprint()
    assert judgement.kind == "ssh-ed25519"


def test_a_revoked_key_is_revoked_wherever_it_is_known_too(tmp_path: Path):
    path = write(tmp_path / "k", f"gpu01 {text(KEY)}", f"@revoked * {text(KEY)}")
    known = KnownHosts()
    judgement = known.verdict(route(path), KEY)
    assert (judgement.verdict, judgement.line) == (Verdict.REVOKED, 2)
    assert not known.accepts(route(path, strict="no"), KEY)
    assert known.verdict(route(path), OTHER).verdict is Verdict.CHANGED


def test_authorities_are_handed_over_and_are_no_host_keys(tmp_path: Path):
    path = write(tmp_path / "k", f"@cert-authority *.lab {text(AUTHORITY)}")
    keys, authorities, revoked = KnownHosts().trusted(route(path, "gpu01.lab"))
    assert (keys, [key.public_data for key in authorities], revoked) == ([], [AUTHORITY.public_data], [])
    assert KnownHosts().verdict(route(path, "gpu01.lab"), KEY).verdict is Verdict.UNKNOWN
    assert KnownHosts().verdict(route(path, "gpu01.lab"), AUTHORITY).verdict is Verdict.UNKNOWN


def test_broken_lines_are_skipped_and_remembered(tmp_path: Path):
    lines = [
        "nonsense",
        "gpu01 ssh-ed25519 not/base64!",
        f"gpu01 ssh-rsa {text(KEY).split()[1]}",
        f"@unheard-of gpu01 {text(KEY)}",
        f"|1|broken {text(KEY)}",
        "gpu01 1024 35 123456789",
        "\x00\x1b[31m",
        f"gpu01 {text(KEY)}",
        "",
        "  # a comment",
    ]
    path = write(tmp_path / "k", *lines)
    known = KnownHosts()
    assert known.verdict(route(path), KEY).line == 8
    assert [broken.line for broken in known.broken([route(path)])] == [1, 2, 3, 4, 5, 6, 7]


@given(st.binary(max_size=300))
def test_whatever_stands_in_a_file_is_read(data: bytes):
    path = Path(f"/tmp/quarterdeck-known-{os.getpid()}")
    path.write_bytes(data)
    try:
        assert KnownFile(path).matching("gpu01") is not None
    finally:
        path.unlink()


def test_a_file_is_read_again_when_it_changes_and_only_then(tmp_path: Path):
    path = write(tmp_path / "k", f"gpu01 {text(OTHER)}")
    known = KnownHosts()
    assert known.verdict(route(path), KEY).verdict is Verdict.CHANGED
    assert known._file(path) is known._file(path)
    write(path, f"gpu01 {text(KEY)} now")
    assert known.verdict(route(path), KEY).verdict is Verdict.KNOWN
    path.unlink()
    assert known.verdict(route(path), KEY).verdict is Verdict.UNKNOWN
    write(path, f"gpu01 {text(KEY)}")
    assert known.verdict(route(path), KEY).verdict is Verdict.KNOWN


def test_nothing_is_known_where_there_is_no_file_and_a_pipe_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    for path in (Path("/dev/null"), tmp_path / "nothing", tmp_path, tmp_path / "pipe"):
        assert KnownHosts().verdict(route(path), KEY).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("strict", "taken"), [("yes", False), ("accept-new", True), ("no", True)])
def test_a_new_key_is_taken_only_where_that_is_asked_for_and_then_held(strict: str, taken: bool):
    known, new = KnownHosts(), route(Path("/dev/null"), strict=strict)
    assert known.accepts(new, KEY) is taken
    if taken:
        assert known.verdict(new, KEY).verdict is Verdict.KNOWN
        assert [key.public_data for key in known.trusted(new)[0]] == [KEY.public_data]
        assert known.verdict(new, OTHER).verdict is Verdict.CHANGED
        assert not known.accepts(new, OTHER)
        assert known.verdict(route(Path("/dev/null"), "gpu02"), KEY).verdict is Verdict.UNKNOWN


def test_a_key_that_is_taken_is_written_where_ssh_would_write_it(tmp_path: Path):
    path = tmp_path / "k"
    path.write_text(f"gpu09 {text(OTHER)}")  # without an end of line
    new = route(path, port=2222, strict="accept-new")
    assert KnownHosts().accepts(new, KEY)
    judgement = KnownHosts().verdict(new, KEY)
    assert (judgement.verdict, judgement.path, judgement.line) == (Verdict.KNOWN, path, 2)
    assert KnownHosts().verdict(route(path, "gpu09"), OTHER).verdict is Verdict.KNOWN
    assert "gpu01" not in path.read_text()
    found = subprocess.run(["ssh-keygen", "-F", "[gpu01]:2222", "-f", str(path)], capture_output=True, text=True)
    assert text(KEY).split()[1] in found.stdout


def test_a_file_of_known_hosts_that_is_made_is_for_its_owner_only(tmp_path: Path):
    assert KnownHosts().accepts(route(tmp_path / "new", strict="no"), KEY)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    assert KnownHosts().accepts(route(tmp_path / "no folder" / "new", strict="no"), KEY)
    assert not (tmp_path / "no folder").exists()


def test_a_changed_key_is_never_taken(tmp_path: Path):
    path = write(tmp_path / "k", f"gpu01 {text(KEY)}")
    assert not KnownHosts().accepts(route(path, strict="no"), OTHER)
    assert not KnownHosts().accepts(route(path, strict="no"), RSA)


def test_what_is_looked_up_is_never_nothing(tmp_path: Path):
    lookup = KnownHosts().lookup(route(tmp_path / "nothing"))
    assert lookup
    assert lookup("gpu01", "10.0.0.1", None) == ([], [], [])


def test_fingerprints_are_those_of_ssh(tmp_path: Path):
    path = write(tmp_path / "key.pub", text(RSA))
    said = subprocess.run(["ssh-keygen", "-lf", str(path)], capture_output=True, text=True, check=True).stdout
    assert fingerprint(RSA.public_data) in said
    assert kind_of(RSA.public_data) == "ssh-rsa"
    assert kind_of(b"\xff\xff\xff\xff\x00") == "\x00"


async def test_routes_share_what_was_read(tmp_path: Path):
    path = write(tmp_path / "k", f"gpu* {text(KEY)}")
    known = KnownHosts()
    lookups = [known.lookup(route(path, f"gpu{i}")) for i in range(50)]
    await asyncio.sleep(0)
    assert all(lookup("x", "", None)[0] for lookup in lookups)
    assert len(known._files) == 1
