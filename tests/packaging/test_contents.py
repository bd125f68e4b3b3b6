"""What a distribution holds: everything the program reads, and no tests."""

import gettext
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("backends", "console", "themes", "widgets")
READ = (".py", ".tcss", ".toml", ".typed", ".sql", ".md")
CATALOGUE = "console/locale/zh_CN/LC_MESSAGES/quarterdeck.mo"


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_everything_that_the_program_reads(names: set[str]):
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in READ or path.name == "py.typed"
    }
    assert {f"{package}/py.typed" for package in PACKAGES} <= wanted
    assert wanted <= names


def test_the_wheel_holds_compiled_catalogues(wheel: Path, names: set[str]):
    assert CATALOGUE in names
    with zipfile.ZipFile(wheel) as archive:
        catalogue = gettext.GNUTranslations(BytesIO(archive.read(CATALOGUE)))
    assert catalogue.info()["language"] == "zh_CN"


def test_the_wheel_holds_nothing_else(names: set[str]):
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert not [name for name in names if "/tests/" in name or "__pycache__" in name]


def test_the_wheel_holds_the_licences(names: set[str]):
    assert {"LICENSE", "NOTICE"} <= {name.rpartition("/")[2] for name in names if ".dist-info/licenses/" in name}


def test_the_sdist_holds_what_builds_it_and_no_compiled_catalogue(sdist: Path):
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert {"hatch_build.py", "pyproject.toml", "LICENSE", "NOTICE", "README.md"} <= held
    assert "console/locale/zh_CN/LC_MESSAGES/quarterdeck.po" in held
    assert not [name for name in held if name.endswith(".mo") or name.startswith("tests")]
