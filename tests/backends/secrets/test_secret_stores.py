"""Stores of secrets: what each gives, what it refuses and why, and that none keeps anybody waiting."""

import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend

from backends.ports import Unavailable
from backends.secrets.chain import Chain, chain
from backends.secrets.command import Command
from backends.secrets.credentials import Credentials, file_name
from backends.secrets.file import SecretFile
from backends.secrets.names import check
from backends.secrets.system import SystemKeyring


class Desktop(KeyringBackend):
    """A keyring as a desktop has one."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.hangs = threading.Event()
        self.hangs.set()

    def get_password(self, service: str, username: str) -> str | None:
        self.hangs.wait(20)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    found = Desktop()
    monkeypatch.setattr(keyring, "get_keyring", lambda: found)
    monkeypatch.setattr(keyring, "get_password", found.get_password)
    monkeypatch.setattr(keyring, "set_password", found.set_password)
    monkeypatch.setattr(keyring, "delete_password", found.delete_password)
    yield found
    found.hangs.set()


@pytest.fixture
def no_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import fail

    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)


async def test_the_keyring_keeps_and_gives(desktop: Desktop) -> None:
    store = SystemKeyring()
    assert await store.trouble() is None
    assert await store.get("vpn") is None
    await store.set("vpn", "hunter2")
    assert await store.get("vpn") == "hunter2"
    assert desktop.kept == {("quarterdeck", "vpn"): "hunter2"}
    assert await store.delete("vpn")
    assert not await store.delete("vpn")


async def test_a_keyring_that_asks_in_a_window_is_not_waited_for(desktop: Desktop) -> None:
    desktop.hangs.clear()
    with pytest.raises(Unavailable) as raised:
        await SystemKeyring(patience=0.05).get("vpn")
    assert "has not answered" in raised.value.trouble.text
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "keyring")


async def test_what_a_keyring_throws_is_told_without_its_words(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_service: str, _name: str) -> str:
        raise RuntimeError("could not store hunter2")

    monkeypatch.setattr(keyring, "get_password", broken)
    with pytest.raises(Unavailable) as raised:
        await SystemKeyring().get("vpn")
    assert raised.value.trouble.values == {"kind": "RuntimeError"}
    assert raised.value.__cause__ is None


@pytest.mark.usefixtures("no_desktop")
async def test_a_machine_without_a_desktop_has_no_keyring_and_that_is_normal() -> None:
    trouble = await SystemKeyring().trouble()
    assert trouble is not None
    assert "no system keyring" in trouble.text
    assert "as it should be" in trouble.hint


async def test_credentials_are_read_from_where_systemd_puts_them(tmp_path: Path) -> None:
    (tmp_path / "ssh--home-me-id").write_text("hunter2\n")
    store = Credentials({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert await store.get("ssh:/home/me/id") == "hunter2"
    assert await store.get("ssh:/home/me/other") is None
    assert await store.trouble() is None
    assert await Credentials({}).get("ssh:/home/me/id") is None
    assert await Credentials({}).trouble() is not None
    with pytest.raises(Unavailable):
        await store.set("a", "b")


async def test_a_credential_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("hunter2")
    (tmp_path / "vpn").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable):
        await Credentials({"CREDENTIALS_DIRECTORY": str(tmp_path)}).get("vpn")


def test_a_credentials_name_is_a_file_name() -> None:
    assert file_name("ssh:/home/me/.ssh/id@x") == "ssh--home-me-.ssh-id-x"


async def test_a_command_gets_the_name_as_one_word_and_no_shell() -> None:
    store = Command((sys.executable, "-c", "import sys; print(sys.argv[1]); print('more')", "x/{name}"))
    assert await store.get("ssh:/a") == "x/ssh:/a"
    assert await store.trouble() is None


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("pass", "show"), "names no secret"),
        (("/nowhere/vault", "{name}"), "not found"),
    ],
)
async def test_a_command_that_cannot_be_right_is_refused(command: tuple[str, ...], said: str) -> None:
    with pytest.raises(Unavailable) as raised:
        await Command(command).get("vpn")
    assert said in raised.value.trouble.text


async def test_a_command_that_fails_has_no_secret_and_one_that_hangs_is_ended(tmp_path: Path) -> None:
    assert await Command(("false", "{name}")).get("vpn") is None
    mark = tmp_path / "pid"
    with pytest.raises(Unavailable) as raised:
        await Command(("sh", "-c", f"echo $$ > {mark}; sleep 60 & wait; : {{name}}"), patience=0.5).get("vpn")
    assert "has not ended" in raised.value.trouble.text
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


@pytest.mark.parametrize("umask", [0o000, 0o077])
async def test_the_file_and_its_folder_are_their_users_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "config" / "quarterdeck" / "secrets.toml"
    before = os.umask(umask)
    try:
        await SecretFile(path).set("vpn", "hunter2")
        await SecretFile(path).set("other", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path.parent.parent)} == {0o700}
    assert [each.name for each in path.parent.iterdir()] == ["secrets.toml"]
    assert await SecretFile(path).get("vpn") == "hunter2"
    assert await SecretFile(path).delete("vpn")
    assert await SecretFile(path).get("vpn") is None
    assert await SecretFile(path).get("other") == "x"


def _open_mode(path: Path) -> None:
    path.chmod(0o640)


def _link(path: Path) -> None:
    path.rename(path.with_name("real.toml"))
    path.symlink_to(path.with_name("real.toml"))


def _open_folder(path: Path) -> None:
    path.parent.chmod(0o777)


def _linked_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("real"))
    path.parent.symlink_to(path.parent.with_name("real"))


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _garbage(path: Path) -> None:
    path.write_text("hunter2 = = 3")
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_open_mode, "Others may read"),
        (_link, "symbolic link"),
        (_open_folder, "Others may write"),
        (_linked_folder, "symbolic link"),
        (_fifo, "no plain file"),
        (_garbage, "no TOML file"),
    ],
)
async def test_a_file_that_is_not_its_users_alone_is_refused_with_the_reason(
    tmp_path: Path, spoil: object, said: str
) -> None:
    path = tmp_path / "quarterdeck" / "secrets.toml"
    await SecretFile(path).set("vpn", "hunter2")
    assert callable(spoil)
    spoil(path)
    with pytest.raises(Unavailable) as raised:
        await SecretFile(path).get("vpn")
    assert said in raised.value.trouble.text
    assert "hunter2" not in str(raised.value.trouble)
    assert await SecretFile(path).trouble() is not None


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_every_text_comes_back_from_the_file(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    path = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    store = SecretFile(path)
    store._write({"a:/b": secret})
    assert store._read() == {"a:/b": secret}


@pytest.mark.parametrize("name", ["", "-x", "a b", "a\nb", "../x", "a/../../b", "x" * 201, "§", "$(x)"])
def test_a_name_that_could_be_more_than_a_name_is_refused(name: str) -> None:
    with pytest.raises(Unavailable):
        check(name)


async def test_the_first_that_has_it_gives_it_and_the_first_that_takes_it_keeps_it(
    tmp_path: Path, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    file = tmp_path / "secrets.toml"
    await SecretFile(file).set("both", "of the file")
    await SecretFile(file).set("file", "of the file")
    desktop.kept["quarterdeck", "both"] = "of the keyring"
    store = chain(("sh", "-c", "test {name} = vault && echo of the vault"), file)
    assert await store.get("both") == "of the keyring"
    assert await store.get("file") == "of the file"
    assert await store.get("vault") == "of the vault"
    assert await store.get("none") is None
    assert await store.put("new", "x") == "system keyring"
    assert await store.delete("both")
    assert await store.get("both") is None
    used = [standing.described for standing in await store.standings() if standing.trouble is None]
    assert used == ["system keyring", "command sh", f"file {file}"]


@pytest.mark.usefixtures("no_desktop")
async def test_without_a_desktop_the_file_keeps_it(tmp_path: Path) -> None:
    store = chain((), tmp_path / "secrets.toml")
    assert await store.put("vpn", "hunter2") == f"file {tmp_path / 'secrets.toml'}"
    assert await store.get("vpn") == "hunter2"


@pytest.mark.usefixtures("no_desktop")
async def test_an_open_file_is_said_where_nobody_else_has_the_secret(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    await SecretFile(file).set("vpn", "hunter2")
    file.chmod(0o644)
    with pytest.raises(Unavailable):
        await chain((), file).get("vpn")
    (standing,) = [each for each in await chain((), file).standings() if each.refuses]
    assert standing.described.startswith("file")
    assert await Chain([]).trouble() is not None
