"""The texts of --help: in the language that is asked for, and true."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.__main__ import wanted
from console.cli import THEMES
from themes.palettes import PALETTES


def test_the_themes_of_the_help_are_those_that_there_are() -> None:
    assert THEMES.split(", ") == [*PALETTES, "ascii"]


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        ([], None),
        (["get", "gpus"], None),
        (["--lang", "zh", "get"], "zh"),
        (["--lang=zh"], "zh"),
        (["get", "--lang"], None),
    ],
)
def test_the_language_is_found_before_the_arguments_are_understood(arguments: list[str], language: str | None) -> None:
    assert wanted(arguments) == language


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Print nodes, GPUs, processes, jobs or queues"), ("zh", "列出节点、GPU、进程、作业或队列")],
)
def test_help_speaks_the_language(language: str, said: str) -> None:
    command = [sys.executable, "-P", "-m", "console", "--lang", language, "get", "--help"]
    shown = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=os.environ | {"PYTHONUTF8": "1"}, check=True
    )
    assert said in shown.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gb2312"])
def test_a_locale_without_our_signs_is_no_accident(encoding: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONIOENCODING": encoding,
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
    }

    def said(*arguments: str) -> str:
        command = [sys.executable, "-P", "-m", "console", "--lang", "zh", "--demo", "--nodes", "2", *arguments]
        done = subprocess.run(command, capture_output=True, env=environment, check=True)
        return done.stdout.decode(encoding)

    assert "gpu-01" in said("get", "nodes")
    assert json.loads(said("get", "gpus", "-o", "json"))["kind"] == "gpus"
    assert any("没有自定义按键" in check["said"] for check in json.loads(said("doctor", "-o", "json"))["items"])
