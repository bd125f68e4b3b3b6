"""Writes the pages of the documentation that are made from the code: ``python docs/generate.py``."""

from pathlib import Path

from console.model.keys import DEFAULT_FILE, load
from console.views.keys_page import keys_page

HERE = Path(__file__).parent


def main() -> None:
    """Write them all, in English."""
    (HERE / "keys.md").write_text(keys_page(load(DEFAULT_FILE.read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    main()
