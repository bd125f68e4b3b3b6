"""NOTICE names every package of the lock files, with the licence that its metadata state."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def notice() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notice", ROOT / ".ci" / "notice.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_locked_package_is_listed(notice: ModuleType):
    listed = notice.listed((ROOT / "NOTICE").read_text(encoding="utf-8"))
    locked = notice.locked(ROOT / "requirements-dev.lock")
    assert {"textual", "msgspec", "kubernetes", "pytest"} <= locked
    assert set(listed) == locked | notice.locked(ROOT / "requirements.lock")


def test_the_licences_are_those_of_the_packages(notice: ModuleType):
    assert notice.written(ROOT) == (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_a_package_without_a_licence_is_not_passed_over(notice: ModuleType, tmp_path: Path):
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).write_text("not-installed-here==1.0 \\\n    --hash=sha256:00\n")
    assert notice.listed(notice.written(tmp_path)) == {"not-installed-here": "unknown"}
    (tmp_path / "NOTICE").write_text("  not-installed-here       MIT\n")
    assert notice.listed(notice.written(tmp_path)) == {"not-installed-here": "MIT"}


def test_the_locks_name_no_index_and_no_path():
    for lock in (ROOT / "requirements.lock", ROOT / "requirements-dev.lock", ROOT / ".ci" / "pip.lock"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert not [line for line in text.splitlines() if line.startswith(("-", "/", "."))]
