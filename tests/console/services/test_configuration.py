"""The configuration file on the disk: which one holds, who may have written it, and what is added to it."""

import os
import re
import stat
from pathlib import Path

import pytest

from console.model import config_text
from console.model.config import Config
from console.model.configfile import ConfigError, parse
from console.model.nodesets import addresses
from console.services import configuration
from console.services.configuration import find, load, read, save, write
from console.services.discovery import proposals


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lab" / "config.toml"
    path.parent.mkdir(mode=0o700)
    return path


def put(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_first_file_that_is_there_holds(tmp_path: Path) -> None:
    users, system, named = tmp_path / "u", tmp_path / "s" / "config.toml", tmp_path / "named.toml"
    for folder in (users, system.parent):
        folder.mkdir()
    assert find(None, users, system) is None
    put(system, "")
    assert find(None, users, system) == system
    put(users / "config.toml", "")
    assert find(None, users, system) == users / "config.toml"
    assert find(named, users, system) == named
    (users / "config.toml").unlink()
    (users / "config.toml").symlink_to(tmp_path / "nowhere")
    assert find(None, users, system) == users / "config.toml"  # a broken link is a mistake, not an absence


def test_a_file_that_others_may_read_is_fine(file: Path) -> None:
    assert read(put(file, '[lab]\nname = "a"', 0o644)).lab.name == "a"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused_with_the_reason(file: Path, mode: int) -> None:
    with pytest.raises(ConfigError, match=r"others may write .*names commands that would run as you: chmod go-w"):
        read(put(file, "", mode))


def test_so_is_one_whose_folder_others_may_write(file: Path) -> None:
    put(file, "")
    file.parent.chmod(0o777)
    with pytest.raises(ConfigError, match="others may write"):
        read(file)
    file.parent.chmod(0o1777)
    read(file)


def test_a_link_counts_by_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    put(file, "", 0o666)
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    with pytest.raises(ConfigError, match="others may write"):
        read(link)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(file, "")
    os.chown(file, 1, -1)
    with pytest.raises(ConfigError, match=r"belongs to daemon.*must be yours or root's"):
        read(file)


def test_what_is_no_file_is_told(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"config.toml:1: it cannot be read: No such file"):
        read(file)
    file.mkdir()
    with pytest.raises(ConfigError, match="no file"):
        read(file)
    file.rmdir()
    os.mkfifo(file, 0o600)
    with pytest.raises(ConfigError, match="no file"):
        read(file)


def test_an_ssh_configuration_that_is_not_there_is_told_with_its_line(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    put(file, f'[ssh]\nuser = "u"\nconfig = "{tmp_path}/gone"\n[lab]\ncolor = "red"\n')
    with pytest.raises(ConfigError) as caught:
        read(file)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [(3, "ssh.config"), (5, "lab.color")]
    assert f"{tmp_path}/gone cannot be read: No such file" in str(caught.value)
    put(file, f'[ssh]\nconfig = "{tmp_path}"')
    with pytest.raises(ConfigError, match="is no file"):
        read(file)
    put(file, '[ssh]\nconfig = "~/mine"')
    with pytest.raises(ConfigError, match="home/mine cannot be read"):
        read(file)
    assert read(put(file, '[ssh]\nconfig = "/dev/null"')).ssh.config == Path("/dev/null")
    put(tmp_path / "there", "")
    assert read(put(file, f'[ssh]\nconfig = "{tmp_path}/there"')).ssh.config == tmp_path / "there"


def test_who_follows_needs_no_ssh_configuration_that_the_labs_file_names(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(configuration._Opened, "ours", False)
    assert read(put(file, '[ssh]\nconfig = "~/mine"')).ssh.config == tmp_path / "home" / "mine"
    with pytest.raises(ConfigError, match="gone cannot be read"):
        read(put(file, f'[ssh]\nconfig = "{tmp_path}/gone"'))


def test_nodes_named_for_one_run_are_the_lab_alone(file: Path) -> None:
    put(file, '[lab]\nname = "a"\ncolour = "red"\n[[nodes]]\nhosts = "x"\n[ssh]\nuser = "u"\n[team]\nmembers = ["m"]')
    found = load(file, "root@h[1-2]")
    assert [(node.name, node.address) for node in found.nodes] == [("h1", "root@h1"), ("h2", "root@h2")]
    assert (found.lab.name, found.lab.colour, found.team.members, found.ssh.user) == ("h[1-2]", None, (), "u")
    assert load(None, None).nodes == ()


def test_saving_makes_a_file_of_its_users_alone(file: Path) -> None:
    before = os.umask(0)
    try:
        said = save(file, {"h1": "root@h1", "h2": "root@h2", "k": None})
    finally:
        os.umask(before)
    assert "was made" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(node.name, node.address) for node in read(file).nodes] == [
        ("h1", "root@h1"),
        ("h2", "root@h2"),
        ("k", None),
    ]


@pytest.mark.parametrize("text", ["root@127.0.0.[2-3]:2222,k:23", "n@n:22", "h,h:1,u@h:2", "u@h:1,u@h:2"])
def test_what_was_named_is_saved_with_its_ports(file: Path, text: str) -> None:
    save(file, addresses(text))
    assert {node.name: node.address for node in read(file).nodes} == addresses(text)


def test_saving_adds_and_keeps_comments_mode_and_link(file: Path, tmp_path: Path) -> None:
    text = '# mine\n[[nodes]] # the first\nhosts = "h1"\n\n[lab] # below\nname = "a"'
    put(file, text, 0o644)
    link = tmp_path / "config.toml"
    link.symlink_to(file)
    assert save(link, {"h1": None, "h2": None, "h3": None}).startswith("h[2-3] added")
    assert file.read_text(encoding="utf-8").startswith(text + "\n\n[[nodes]]\n")
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [node.name for node in read(file).nodes] == ["h1", "h2", "h3"]
    assert "lists them already" in save(link, {"h2": None})
    assert sorted(each.name for each in file.parent.iterdir()) == ["config.toml"]


@pytest.mark.parametrize("text", ["[[nodes]]\nhosts = 'h1'\naddress = 'x'", "[lab", 'nodes = [{ hosts = "a" }]'])
def test_a_file_that_says_otherwise_stays_as_it_is(file: Path, text: str) -> None:
    put(file, text)
    with pytest.raises(ConfigError):
        save(file, {"h1": "root@h1"})
    assert file.read_text(encoding="utf-8") == text


def test_a_file_that_cannot_be_written_stays_as_it_is(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(file, "# mine")

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(configuration.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(file, "new")
    assert file.read_text(encoding="utf-8") == "# mine"
    assert [each.name for each in file.parent.iterdir()] == ["config.toml"]


def test_a_lab_wide_file_can_be_read_by_everybodys_console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "etc"
    folder.mkdir()
    folder.chmod(0o755)
    write(folder / "config.toml", "")
    assert stat.S_IMODE((folder / "config.toml").stat().st_mode) == 0o644


def test_hosts_are_proposed_from_files_alone(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text(
        "Host gpu1 gpu2 *.lab !gpu9 bad;name # gpu7\n  HostName 10.0.0.1\nhost=jump\nMatch host x\nHost *\n"
        'Host n1 "q1"\n',
        encoding="utf-8",
    )
    slurm = tmp_path / "slurm.conf"
    slurm.write_text("NodeName=DEFAULT CPUs=1\nNodeName=n[1-3],m1 Gres=gpu:8\n# NodeName=old\nNodeName=x[1\n", "utf-8")
    found = proposals(tmp_path, slurm)
    assert [names for names, _where in found] == ["m1,n[1-3]", "gpu[1-2],jump,q1"]
    assert str(slurm) in found[0][1]
    assert proposals(tmp_path / "nobody", tmp_path / "nothing") == []


def test_a_new_file_shows_every_table_in_comments_that_hold() -> None:
    text = config_text.new(config_text.local("here"))
    bare = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)
    found = parse(bare.encode(), Path("/c"), Path("/"))
    assert len(found.nodes) == 17
    assert found.nodes[1].labels == {"gen": "h100"}
    assert set(found.groups) == {"debug", "most"}
    for table in ("lab", "ssh", "history", "privacy", "team"):
        assert f"\n# [{table}]\n" in text.replace("\n[lab]", "\n# [lab]"), table
    assert (found.history, found.privacy) == (Config().history, Config().privacy)
    assert found.ssh.user == "admin"


def test_a_new_file_lists_what_holds_and_only_proposes_the_rest() -> None:
    text = config_text.new(config_text.local("here"), [("gpu[1-4]", "from /x\n[[nodes]]\nhosts = 'evil'")])
    found = parse(text.encode(), Path("/c"), Path("/"))
    assert [(node.name, node.source) for node in found.nodes] == [("here", "local")]
    assert '# hosts = "gpu[1-4]"' in text
