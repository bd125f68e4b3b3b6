"""Where the program starts."""

import sys
from pathlib import Path


def main() -> None:
    """Run the command line; says in one line when one of our folders is shadowed by a package of the same name."""
    import importlib.util

    here = Path(__file__).resolve().parent.parent
    for name in ("backends", "themes", "widgets"):
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None or not Path(found.origin).resolve().is_relative_to(here):
            where = found.origin if found is not None else "nowhere"
            sys.exit(f"quarterdeck: the package {name!r} is shadowed by {where}; install quarterdeck by itself")
    from console.cli import cli

    cli(prog_name="quarterdeck")


if __name__ == "__main__":
    main()
