"""The command line with configuration files: what is refused, what goes on, and that nothing is contacted unasked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from console import processes
from console.cli import cli
from console.options import BadConfiguration, own_folder, settings_of
from console.services import configuration

OPTIONS = {
    **{"demo": False, "nodes": 2, "gpus": 2, "seed": 7, "speed": 1.0, "interval": None, "theme": None, "lang": None},
    **{"data": None, "config": None, "ssh": None},
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    (tmp_path / "config" / "quarterdeck").mkdir(parents=True, mode=0o700)
    return tmp_path


def put(home: Path, text: str) -> Path:
    path = home / "config" / "quarterdeck" / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--lang", "en", *arguments], prog_name="quarterdeck")


def test_the_file_and_the_options_make_the_settings(home: Path) -> None:
    assert settings_of(OPTIONS).interval == 2.0
    path = put(home, f'[lab]\nname = "a"\ninterval = 5\nfolder = "{home}/lab"\n[[nodes]]\nhosts = "n1"\n')
    found = settings_of(OPTIONS)
    assert (found.lab, found.interval, found.folder) == ("a", 5.0, home / "lab")
    over = settings_of({**OPTIONS, "interval": 1.0, "data": home / "d"})
    assert (over.interval, over.folder) == (1.0, home / "d")
    assert processes.arguments(found) == [
        *("--data", str(home / "lab"), "--interval", "5", "--config", str(path)),
    ]


def test_a_child_has_the_same_settings(home: Path) -> None:
    put(home, '[ssh]\nuser = "u"\n')
    found = settings_of({**OPTIONS, "ssh": "root@h[1-2]"})
    assert found.folder.parent == home / "data" / "quarterdeck" / "view"
    assert found.lab == "h[1-2]"
    again = settings_of(
        {**OPTIONS, "ssh": "root@h[1-2]", "data": found.folder, "config": found.config.path, "interval": 2.0}
    )
    assert again == found
    assert processes.arguments(found)[-2:] == ["--ssh", "root@h[1-2]"]
    other = settings_of({**OPTIONS, "ssh": "h[1-2]"})
    assert other.folder != found.folder
    assert own_folder(home, settings_of({**OPTIONS, "ssh": "root@h2,root@h1"}).config).name == found.folder.name


def test_a_demo_has_nothing_to_do_with_the_file(home: Path) -> None:
    put(home, "[lab")
    assert settings_of({**OPTIONS, "demo": True}).simulated
    with pytest.raises(BadConfiguration):
        settings_of(OPTIONS)
    tolerated = settings_of(OPTIONS, tolerant=True)
    assert len(tolerated.problems) == 1
    assert tolerated.config.nodes == ()


@pytest.mark.parametrize("verb", [["get", "nodes"], [], ["collect"]])
def test_a_file_with_mistakes_is_refused_by_verbs(home: Path, verb: list[str]) -> None:
    path = put(home, '[lab]\ncolor = "red"\n\n[[nodes]]\nhosts = "a["\n')
    done = run(*verb)
    assert done.exit_code == 2
    assert done.stdout == ""
    lines = done.stderr.strip().split("\n")
    assert lines[0].startswith(f"{path}:2: lab.color: ")
    assert lines[1].startswith(f"{path}:5: nodes.hosts: ")
    assert len(lines) == 3


def test_doctor_goes_on_and_names_every_mistake(home: Path) -> None:
    put(home, '[lab]\ncolor = "red"\ninterval = 0\n')
    done = run("doctor", "-o", "json")
    assert done.exit_code == 5
    checks = json.loads(done.stdout)["items"]
    assert [check["outcome"] for check in checks if check["id"] == "config.file"] == ["wrong", "wrong"]
    assert any(check["id"] == "data.folder" for check in checks)
    table = run("doctor").stdout
    assert table.count("refuses to start") == 1
    assert table.index("lab.interval") < table.index("refuses to start") < table.index("data.folder")


def test_doctor_looks_at_a_lab_with_groups(home: Path) -> None:
    put(home, '[[nodes]]\nhosts = "here"\nsource = "local"\n[groups]\nx = "here"\n')
    bundle = home / "report.tar.gz"
    for arguments in (["-o", "json"], ["--bundle", str(bundle)]):
        done = run("doctor", *arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.stderr
    assert bundle.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--config", "/nowhere/config.toml", "get", "nodes"], "/nowhere/config.toml:1: it cannot be read"),
        (["--ssh", "gpu*", "get", "nodes"], "--ssh: “*” is no wildcard"),
        (["--ssh", "-oProxyCommand=x", "get", "nodes"], "no host name"),
        (["view"], "Say which nodes"),
        (["view", "--ssh", "a@h1,b@h1"], "two users"),
    ],
)
def test_what_cannot_be_meant_is_a_mistake_in_usage(arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr


def test_init_writes_what_holds_and_refuses_to_replace(home: Path) -> None:
    (home / ".ssh").mkdir()
    (home / ".ssh" / "config").write_text("Host gpu1 gpu2\n", encoding="utf-8")
    done = run("init")
    path = home / "config" / "quarterdeck" / "config.toml"
    assert done.exit_code == 0, done.stderr
    assert "nothing was contacted" in done.stdout
    found = configuration.read(path)
    assert [node.source for node in found.nodes] == ["local"]
    assert '# hosts = "gpu[1-2]"' in path.read_text(encoding="utf-8")
    again = run("init")
    assert again.exit_code == 1
    assert "--force" in again.stderr
    path.write_text("broken [", encoding="utf-8")
    forced = run("init", "--force", "--ssh", "root@h[1-2]")
    assert forced.exit_code == 0, forced.stderr
    assert [node.address for node in configuration.read(path).nodes] == ["root@h1", "root@h2"]
    assert path.with_name("config.toml.before").read_text(encoding="utf-8") == "broken ["


def test_the_lists_say_who_belongs_where(home: Path) -> None:
    put(
        home,
        '[[nodes]]\nhosts = "here"\nsource = "local"\ngroup = "login"\nrack = "r9"\nlabels = { gen = "a" }\n'
        '[groups]\nall = "here"\n',
    )
    done = run("get", "nodes", "-o", "json", "--filter", 'group=all & group=login & rack=r9 & label="gen=a"')
    assert done.exit_code == 0, done.stderr
    (item,) = json.loads(done.stdout)["items"]
    assert (item["node"], item["rack"], item["group"]) == ("here", "r9", ["login", "all"])
    assert item["labels"] == ["gen=a"]
    assert json.loads(run("get", "nodes", "-o", "json", "--filter", "group=train").stdout)["items"] == []
