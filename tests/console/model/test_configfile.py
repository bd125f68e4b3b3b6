"""The configuration file: what it may say, every mistake with its line, and no text that ends in a traceback."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model import config_nodes, config_schedulers
from console.model.config import Config, Listed, Scheduler
from console.model.configfile import ConfigError, parse, tables

HOME = Path("/home/wang")
FILE = Path("/lab/config.toml")


def read(text: str | bytes) -> Config:
    return parse(text.encode() if isinstance(text, str) else text, FILE, HOME)


def wrong(text: str | bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert all(problem.source == str(FILE) for problem in caught.value.problems)
    assert str(caught.value).count(f"{FILE}:") == len(caught.value.problems)
    return [(problem.line, problem.key, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "\ufeff[lab]\n", "[lab]\r\n"])
def test_an_empty_file_is_this_machine_alone(text: str) -> None:
    assert read(text) == Config(path=FILE)


def test_every_part_of_the_configuration_can_be_said() -> None:
    kinds = tables(HOME)
    assert {*kinds, "nodes", "groups", "path", "schedulers"} == set(Config.__struct_fields__)
    for name, (kind, readers) in kinds.items():
        assert isinstance(getattr(Config(), name), kind)
        assert set(readers) == set(kind.__struct_fields__), name
    assert {"hosts", *Listed.__struct_fields__} - {"name"} == set(config_nodes.READERS)
    assert set(Scheduler.__struct_fields__) == set(config_schedulers.readers(HOME))


def test_schedulers_are_read_with_their_defaults() -> None:
    found = read(
        """
        [[schedulers]]
        kind = "slurm"
        login = "ops@login1:2222"
        path = "~/slurm/bin"
        interval = "10s"
        [[schedulers]]
        kind = "kubernetes"
        name = "lab-k8s"
        namespaces = ["team-a", "team-b"]
        """
    )
    assert found.schedulers == (
        Scheduler("slurm", "slurm", 10.0, "ops@login1:2222", HOME / "slurm/bin"),
        Scheduler("kubernetes", "lab-k8s", namespaces=("team-a", "team-b")),
    )


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[[schedulers]]\nname = "a"', 1, "schedulers"),
        ('[[schedulers]]\nkind = "pbs"', 2, "schedulers.kind"),
        ('[[schedulers]]\nkind = "slurm"\ncontext = "a"', 3, "schedulers.context"),
        ('[[schedulers]]\nkind = "kubernetes"\nlogin = "a"', 3, "schedulers.login"),
        ('[[schedulers]]\nkind = "slurm"\nname = "ssh"', 3, "schedulers.name"),
        ('[[schedulers]]\nkind = "slurm"\n[[schedulers]]\nkind = "slurm"', 3, "schedulers"),
        ('[[schedulers]]\nkind = "slurm"\ninterval = 1', 3, "schedulers.interval"),
        ('[[schedulers]]\nkind = "kubernetes"\nnamespaces = []', 3, "schedulers.namespaces"),
        ("schedulers = 3", 1, "schedulers"),
    ],
)
def test_a_scheduler_that_cannot_be_meant_is_told_with_its_line(text: str, line: int, key: str) -> None:
    assert [(found[0], found[1]) for found in wrong(text)] == [(line, key)]


def test_values_mean_what_they_say() -> None:
    found = read(
        """
        [lab]
        name = "Labor 实验室"
        interval = "500ms" # see below
        """.replace('"500ms" # see below', '"5s"')
        + """
        folder = "~/lab"
        [ssh]
        patience = 20
        python = ["/usr/libexec/platform-python"]
        [history]
        ticks = "2d"
        minutes = "1.5y"
        budget = "1.5TiB"
        spare = "0B"
        [privacy]
        others = false
        """
    )
    assert (found.lab.name, found.lab.interval, found.lab.folder) == ("Labor 实验室", 5.0, HOME / "lab")
    assert (found.ssh.patience, found.ssh.python) == (20.0, ("/usr/libexec/platform-python",))
    assert (found.history.ticks, found.history.minutes) == (172800.0, 1.5 * 365 * 86400)
    assert (found.history.budget, found.history.spare) == (1.5 * 1024**4, 0)
    assert found.history.spans == Config().history.spans
    assert found.privacy.others is False


def test_nodes_are_unfolded_in_the_order_of_the_file() -> None:
    found = read(
        """
        [[nodes]]
        hosts = "gpu[2-3],gpu1"
        address = "admin@{name}.ib"
        group = "train"
        cards = 8
        labels = { gen = "a" }
        [[nodes]]
        hosts = "login"
        source = "local"
        rack = "Raum 2"
        [groups]
        most = "@train!gpu2"
        all = "@most,login"
        """
    )
    assert [node.name for node in found.nodes] == ["gpu2", "gpu3", "gpu1", "login"]
    assert found.nodes[1] == Listed("gpu3", "admin@gpu3.ib", "ssh", "train", None, 8, {"gen": "a"})
    assert found.nodes[3] == Listed("login", source="local", rack="Raum 2")
    assert found.groups == {"most": ("gpu3", "gpu1"), "all": ("gpu3", "gpu1", "login")}


@pytest.mark.parametrize(
    "address",
    ["root@n1:2222", "n1:22", "127.0.0.2:65535", "2001:db8::1", "root@[2001:db8::1]:2222", "[::1]", "a@dead:10"],
)
def test_an_address_may_have_a_port(address: str) -> None:
    assert read(f"[[nodes]]\nhosts = 'n'\naddress = '{address}'").nodes[0].address == address


@pytest.mark.parametrize(
    "address", ["n1:0", "127.0.0.2:65536", "n1:", "n1:22:x", "[n1]:22", "[::1]:99999", "n1:2222222"]
)
def test_an_address_with_a_port_that_is_none_is_told(address: str) -> None:
    ((_line, key, said),) = wrong(f"[[nodes]]\nhosts = 'n'\naddress = '{address}'")
    assert (key, "what ssh is given" in said) == ("nodes.address", True)


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    text = """# mine
[lab]
color = "red"
colour = "brown"
interval = 100
[[nodes]]
hosts = "gpu[1-4"
[[nodes]]
hosts = "a1,a2"
cards = "8"
labels = { x = 1 }
[[nodes]]
hosts = "a[2-3],a1"
address = "-oProxyCommand=x"
[[nodes]]
rack = "r1"
[groups]
t = "a[1-9]"
u = "@nobody"
"a b" = "a1"
[ssh]
at_once = true
python = []
[history]
ticks = 48
budget = "20"
[team]
collectors = ["alice", "wang"]
members = ["a b"]
[secrets]
command = "pass show"
[privacy]
others = "no"
users = "nobody"
[hisory]
"""
    found = wrong(text)
    assert [(line, key) for line, key, _said in found] == [
        *((3, "lab.color"), (4, "lab.colour"), (5, "lab.interval"), (7, "nodes.hosts"), (10, "nodes.cards")),
        *((11, "nodes.labels"), (13, "nodes.hosts"), (14, "nodes.address"), (15, "nodes"), (18, "groups.t")),
        *((19, "groups.u"), (20, "groups.a b"), (22, "ssh.at_once"), (23, "ssh.python"), (25, "history.ticks")),
        *((26, "history.budget"), (28, "team.collectors"), (29, "team.members"), (31, "secrets.command")),
        *((33, "privacy.others"), (34, "privacy.users"), (35, "hisory")),
    ]
    said = "\n".join(message for _line, _key, message in found)
    for words in (
        *("did you mean “colour”?", '"brown" is not allowed; one of "red", "green"', "seconds from 0.5 to 60"),
        *('"8" is not allowed; a whole number from 0 to 64', "a[1-2]: listed in line 9 already", "hosts is missing"),
        *("not listed under [[nodes]]: a[4-9]", "no group @nobody", "several collectors need a group"),
        *("true is not allowed; a whole number from 1 to 128", '48 is not allowed; a time like "48h"'),
        *('"20" is not allowed; a size like', "did you mean “history”?"),
    ):
        assert words in said, words


GROUPED = "[[nodes]]\nhosts = 'a[1-4]'\ngroup = 'train'\n[groups]\n"


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("all = '@one,@two'\ntwo = '@one,a2'\none = 'a1'", {"all": ("a1", "a2"), "two": ("a1", "a2"), "one": ("a1",)}),
        ("most = '@train!a1'\ntrain = 'a[1-2]'", {"most": ("a2",), "train": ("a1", "a2")}),
        ("train = '@train!a1'", {"train": ("a2", "a3", "a4")}),
    ],
)
def test_groups_mean_the_same_in_any_order(text: str, groups: dict[str, tuple[str, ...]]) -> None:
    assert read(GROUPED + text).groups == groups
    assert list(read(GROUPED + text).groups) == list(groups)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("most = '@nope'\nb = 'a1'", [(5, "there is no group @nope; there are @train, @most, @b")]),
        ("b = 'a1'\nmost = '@nope'", [(6, "there is no group @nope; there are @train, @b, @most")]),
        ("loopa = '@loopb'\nloopb = '@loopa'", [(5, "in a loop: @loopa → @loopb → @loopa")]),
        ("x = '@b'\nc = '@a'\na = '@b'\nb = '@c'", [(6, "in a loop: @c → @a → @b → @c")]),
        ("a = '@a'\nb = '@b,a1'", [(5, "in a loop: @a → @a"), (6, "in a loop: @b → @b")]),
        ("a = '@b'\nb = 7", [(6, "7 is not allowed")]),
    ],
)
def test_what_is_wrong_with_groups_is_told_once_where_it_stands(text: str, told: list[tuple[int, str]]) -> None:
    found = wrong(GROUPED + text)
    assert [line for line, _key, _said in found] == [line for line, _said in told]
    for (_line, _key, message), (_number, said) in zip(found, told, strict=True):
        assert said in message


def test_a_long_row_of_groups_is_followed_to_its_end() -> None:
    row = "\n".join(f"g{number} = '@g{number + 1}'" for number in range(3000))
    assert read(f"{GROUPED}{row}\ng3000 = 'a1'").groups["g0"] == ("a1",)
    ((line, _key, said),) = wrong(f"{GROUPED}{row}\ng3000 = '@g0'")
    assert (line, "@g7 → … → @g0" in said) == (5, True)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[lab]\nname = ", 2, "not TOML"),
        ("[lab]\n[lab]", 2, "not TOML"),
        ("x = [" * 5000, 1, "not TOML"),
        ("a = 1\nb = " + "9" * 5000, 2, "not TOML"),
        (b"# ok\nname = '\xff'\n", 2, "this is no UTF-8"),
        ("lab = 3", 1, "lab is a table: [lab]"),
        ("nodes = 3", 1, "nodes is a list of tables"),
        ("[nodes]\nhosts = 'a'", 1, "nodes is a list of tables"),
        ("nodes = [1]", 1, "nodes is a list of tables"),
        ("groups = 'a'", 1, "groups is a table"),
        ("\n[[nodes]]\nhosts = 7", 3, "a text"),
        ("[[nodes]]\nhosts = 'lab2,LAB2'", 2, "LAB2: host names do not differ by case, and lab2 is listed in line 2"),
        ("[[nodes]]\nhosts = 'lab2'\n[[nodes]]\nhosts = 'Lab2,x'", 4, "and lab2 is listed in line 2"),
        ("[[nodes]]\nhosts = ['a', 'b']", 2, 'a list is not allowed; a text is expected: "…"'),
        ("[groups]\nx = ['a', 'b']", 2, 'a list is not allowed; a text is expected: "…"'),
        ("[lab]\nname = {}", 2, 'a table is not allowed; a text is expected: "…"'),
        ("[team]\nmembers = ['li', 'a b']", 2, '"a b" is not allowed; a name that the system knows'),
        ("[team]\nmembers = [7]", 2, "7 is not allowed; a name that the system knows"),
        ("[ssh]\npython = []", 2, "a list of 1 to 8 texts"),
        ("[ssh]\npython = ['']", 2, "texts without control"),
        ("[[nodes]]\nhosts = 'a'\nlabels = { 'x y' = 'a' }", 3, '"x y" is not allowed; a word of letters'),
        ("[[nodes]]\nhosts = 'a'\nsource = 'local'\naddress = 'b'", 4, "needs no address"),
        ("[[nodes]]\nhosts = 'a[1-2]'\nsource = 'local'", 3, "only one node"),
        ("[[nodes]]\nhosts = 'a[1-2]'\naddress = 'b'", 3, "one address for 2 nodes; put {name}"),
        ("[[nodes]]\nhosts = 'a'\naddress = 'x@{nam}'", 3, "what ssh is given"),
        ("[[nodes]]\nhosts = 'a'\naddress = 'x y'", 3, "what ssh is given"),
        ("[lab]\nname = '\\u001b'".replace("'", '"'), 2, "without control characters"),
        ("[lab]\ninterval = nan", 2, "seconds from"),
        ("[lab]\nfolder = 'lab'", 2, "an absolute path"),
        ("[team]\ngroup = '-x'", 2, "a name that the system knows"),
    ],
)
def test_what_cannot_be_meant_is_told(text: str | bytes, line: int, said: str) -> None:
    (found,) = wrong(text)
    assert found[0] == line
    assert said in found[2]


def test_a_wrong_value_is_shown_without_its_control_characters() -> None:
    ((_line, _key, said),) = wrong('[lab]\ncolour = "\\u001b[31m' + "x" * 100 + '"')
    assert said.isprintable()
    assert "\\x1b[31m" in said
    assert len(said) < 200


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.booleans(), st.integers(-(10**6), 10**6), st.floats(), st.text(max_size=8)),
    lambda inner: st.lists(inner),
)
KEYS = st.sampled_from(
    [
        *("name", "interval", "colour", "folder", "hosts", "cards", "labels", "address", "group", "source", "at_once"),
        *("ticks", "budget", "command", "collectors", "members", "python", "patience", "others", "x"),
    ]
)
HEADERS = st.sampled_from(
    [
        *("[lab]", "[[nodes]]", "[groups]", "[ssh]", "[history]", "[privacy]", "[team]", "[secrets]", "[nodes.labels]"),
        *("[odd]", "", "[lab"),
    ]
)


def written(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
    return str(value).lower()


LINES = st.one_of(
    HEADERS, st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]} = {written(pair[1])}"), st.just('hosts = "a[1-3]"')
)


@settings(max_examples=100)
@given(st.one_of(st.lists(LINES, max_size=10).map("\n".join).map(str.encode), st.binary(max_size=40)))
def test_any_text_is_a_configuration_or_mistakes_with_valid_lines(data: bytes) -> None:
    problems = ()
    try:
        found = read(data)
    except ConfigError as error:
        problems, found = error.problems, None
    if found is not None:
        assert found.path == FILE
        assert len({node.name for node in found.nodes}) == len(found.nodes)
        return
    assert problems
    assert all(1 <= problem.line <= data.count(b"\n") + 1 and problem.message for problem in problems)
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
