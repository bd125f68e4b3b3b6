"""Which drivers there are. A driver is a folder beside this file whose ``driver`` module holds a ``DRIVER``."""

import importlib
import pkgutil
from pathlib import Path

from backends.ports import Driver


def names() -> list[str]:
    """Name every driver, in order, importing none."""
    here = Path(__file__).parent
    return sorted(
        m.name for m in pkgutil.iter_modules([str(here)]) if m.ispkg and (here / m.name / "driver.py").is_file()
    )


def load(name: str) -> Driver:
    """Import one driver.

    Raises:
        KeyError: there is no driver of that name.
    """
    if name not in names():
        raise KeyError(name)
    driver: Driver = importlib.import_module(f"backends.{name}.driver").DRIVER
    return driver
