"""The four top names are ours: nobody else installs them, and what is imported is this tree."""

import importlib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["console", "widgets", "backends", "themes"])
def test_a_top_name_has_one_owner(name: str):
    owners = set(packages_distributions().get(name, ())) - {"quarterdeck"}
    assert not owners, f"{', '.join(owners)} installs a top-level '{name}' over ours: uninstall it, then make clean"
    assert Path(str(importlib.import_module(name).__file__)).parents[1] == ROOT
