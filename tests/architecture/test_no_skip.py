"""Where nothing may be skipped, a skip of a test, of a parameter or of a whole file fails the run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPS = {
    "in the test": "import pytest\ndef test_it(): pytest.skip('no compiler')\n",
    "by mark": "import pytest\n@pytest.mark.skipif(True, reason='no compiler')\ndef test_it(): pass\n",
    "of the file": "import pytest\npytest.skip('no compiler', allow_module_level=True)\n",
}
XFAIL = "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n"


WORKERS = ("-p", "xdist.plugin", "-n", "2")


def outcome(folder: Path, source: str, no_skip: str, *options: str) -> tuple[int, str]:
    for name in ("conftest.py", "shares.py"):
        shutil.copy(ROOT / "tests" / name, folder)
    (folder / "test_it.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", *options, str(folder)]
    env = {**os.environ, "QUARTERDECK_NO_SKIP": no_skip, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("options", [(), WORKERS], ids=["alone", "among workers"])
@pytest.mark.parametrize("how", SKIPS)
def test_a_skip_fails_where_nothing_may_be_skipped(how: str, options: tuple[str, ...], tmp_path: Path):
    status, said = outcome(tmp_path, SKIPS[how], "1", *options)
    assert status != 0, said
    assert "QUARTERDECK_NO_SKIP is set, and this was skipped: no compiler" in said


@pytest.mark.parametrize("how", SKIPS)
def test_a_skip_is_a_skip_elsewhere(how: str, tmp_path: Path):
    status, said = outcome(tmp_path, SKIPS[how], "")
    assert status in (0, 5), said
    assert "1 skipped" in said


def test_what_is_expected_to_fail_is_no_skip(tmp_path: Path):
    assert outcome(tmp_path, XFAIL, "1")[0] == 0
