"""Configuration files looked through: what they hang on, and which hosts are of one kind."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.record import Trouble
from backends.ssh.address import Address, parse
from backends.ssh.config_files import Kinds, Survey, survey


def looked(tmp_path: Path, text: str) -> Survey:
    path = tmp_path / "config"
    path.write_text(text)
    return survey({path: tmp_path})


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("Match exec true", "Match exec"),
        ("match host x !exec=true", "Match exec"),
        ('Match  LocalNetwork "10.0.0.0/8"', "Match localnetwork"),
        ("CanonicalizeHostname=always", "CanonicalizeHostname"),
        ("Match somethingnew x", "Match"),
        ("# Match exec true", None),
        ("Match host exec-node", None),
        ("Match all", None),
        ("CanonicalizeHostname no", None),
        ("Host exec", None),
    ],
)
def test_what_depends_on_more_than_files_is_seen(line: str, word: str | None, tmp_path: Path):
    assert looked(tmp_path, f"Host a\n  {line}\n").fleeting == word


def test_variables_are_seen(tmp_path: Path):
    found = looked(tmp_path, "IdentityFile ${A}/x\nIdentityAgent $B\nUserKnownHostsFile ~/${A}/${C}\n")
    assert found.variables == ("A", "B", "C")


def test_includes_are_followed_where_they_lead(tmp_path: Path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "x.conf").write_text("Include y.conf\nHost x\n")
    (tmp_path / "y.conf").write_text("Host y\nInclude config\n")  # a circle
    found = looked(tmp_path, "Include more/*.conf nothing*\nHost z\n")
    assert {Path(path).name for path, _, _ in found.stamps} == {"config", "x.conf", "y.conf"}
    assert found.patterns is not None
    assert set(found.patterns) == {("x",), ("y",), ("z",)}


def kinds(tmp_path: Path, text: str) -> Kinds:
    return Kinds(looked(tmp_path, text))


def test_hosts_of_a_kind(tmp_path: Path):
    found = kinds(tmp_path, 'Host gpu?? !gpu13 # not this\nHost "cpu*" login\nHost gpu02\n')
    assert found.kind("gpu01") == found.kind("gpu03") != found.kind("gpu13")
    assert found.kind("gpu01") != found.kind("gpu02") != found.kind("gpu13")
    assert found.kind("gpu13") == found.kind("gpu001") == frozenset()
    assert found.kind("cpu1") == found.kind("login")
    assert found.kind("GPU01") is None
    assert kinds(tmp_path, "Match host gpu*\nPort 3\n").kind("gpu01") is None


def test_a_bracket_in_a_pattern_is_a_bracket(tmp_path: Path):
    found = kinds(tmp_path, "Host gpu[01] gpu[01]*\n")
    assert found.kind("gpu0") == frozenset()


@given(st.text(max_size=40))
def test_whatever_is_taken_for_an_address_can_stand_on_a_command_line(text: str):
    found = parse(text)
    if isinstance(found, Trouble):
        assert found.text.format(**found.values)
        return
    for word in (found.host, found.user or "x"):
        assert not word.startswith("-")
        assert word.isprintable()
        assert not set(word) & set(" '\"`$;&<>|(){}*?!#")
    assert parse(str(found)) == found


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("gpu01", Address("gpu01")),
        ("me@gpu01", Address("gpu01", "me")),
        ("me@gpu01:22", Address("gpu01", "me", 22)),
        ("me@mail@gpu01", Address("gpu01", "me@mail")),
        ("LAB\\me@gpu01", Address("gpu01", "LAB\\me")),
        ("2001:db8::1", Address("2001:db8::1")),
        ("[2001:db8::1]:22", Address("2001:db8::1", None, 22)),
        ("fe80::1%eth0", Address("fe80::1%eth0")),
        ("ssh://me@gpu01:22/", Address("gpu01", "me", 22)),
        ("узел.lab", Address("узел.lab")),
    ],
)
def test_addresses(text: str, address: Address):
    assert parse(text) == address
