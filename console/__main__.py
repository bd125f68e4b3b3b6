"""A placeholder for trials; the real one is written elsewhere."""

import sys

from console.version import __version__


def main() -> None:
    """Print the version."""
    sys.stdout.write(f"quarterdeck {__version__}\n")


if __name__ == "__main__":
    main()
