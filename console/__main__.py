"""Where the program starts."""

import sys
from pathlib import Path


def main() -> None:
    """Run the command line; says in one line when one of our folders is shadowed by a package of the same name."""
    import importlib.util
    import io

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a locale that lacks a sign of ours prints ? for it
    here = Path(__file__).resolve().parent.parent
    for name in ("backends", "themes", "widgets"):
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None or not Path(found.origin).resolve().is_relative_to(here):
            where = found.origin if found is not None else "nowhere"
            sys.exit(f"quarterdeck: the package {name!r} is shadowed by {where}; install quarterdeck by itself")
    from console import language

    language.choose(wanted(sys.argv[1:]))  # the texts of --help are made while the command line is imported
    from console.cli import cli

    cli(prog_name="quarterdeck")


def wanted(arguments: list[str]) -> str | None:
    """The language that the arguments ask for, as far as that can be told before they are understood."""
    for at, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.partition("=")[2]
        if argument == "--lang" and at + 1 < len(arguments):
            return arguments[at + 1]
    return None


if __name__ == "__main__":
    main()
