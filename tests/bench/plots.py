"""CPU of our plots against plotext, both in this run: ``python tests/bench/plots.py``.

Eight plots of 180 points at 60x8 are drawn again and again with other values, as a page does every two seconds. plotext
is not a dependency: where it is not installed, ours are measured alone. Its 5.x has no filled band, so that low and
high are two more lines.
"""

import importlib.util
import math
import random
import sys
import time
from collections.abc import Callable
from statistics import median

from themes.glyphs import ASCII, UNICODE, Glyphs
from widgets.models import Plot
from widgets.plot import plot

PLOTS, POINTS, WIDTH, HEIGHT = 8, 180, 60, 6
LEVELS = ((100.0, "100%"), (0.0, "0%"), (50.0, "50%"))
TIMES = tuple((number / 6, f"13:{number}0") for number in range(6))
Series = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]


def series(chance: random.Random) -> Series:
    """Low, mean and high of one plot."""
    mean = [50 + 30 * math.sin(at / 9 + chance.random()) for at in range(POINTS)]
    return tuple(value - 9 for value in mean), tuple(mean), tuple(min(100.0, value + 9) for value in mean)


def cpu(draw: Callable[[Series], object], rounds: int = 9) -> float:
    """Milliseconds of process time for eight plots; the median."""
    chance, found = random.Random(1), []
    for _ in range(rounds):
        several = [series(chance) for _ in range(PLOTS)]
        began = time.process_time()
        for one in several:
            draw(one)
        found.append((time.process_time() - began) * 1000)
    return median(found)


def ours(signs: Glyphs) -> Callable[[Series], object]:
    """Drawn by `widgets.plot`."""
    return lambda found: plot(Plot("CPU", *found, 0.0, 100.0, LEVELS, TIMES, "mean 50%", HEIGHT), WIDTH, signs)


def theirs(marker: str, band: bool) -> Callable[[Series], object]:
    """Drawn by plotext 5."""
    import plotext

    def draw(found: Series) -> object:
        plotext.clear_figure()
        plotext.theme("clear")
        plotext.plotsize(WIDTH, HEIGHT + 2)
        plotext.ylim(0, 100)
        for values in found if band else found[1:2]:
            plotext.plot(list(values), marker=marker)
        plotext.xticks([number * POINTS / 6 for number in range(6)], [name for _place, name in TIMES])
        return plotext.build()

    return draw


def main() -> int:
    """Measure and compare."""
    print(f"{PLOTS} plots of {POINTS} points at {WIDTH}x{HEIGHT + 2}; CPU ms")
    mine = cpu(ours(UNICODE))
    print(f"{'ours, braille, band':28}{mine:9.1f}")
    print(f"{'ours, ASCII, band':28}{cpu(ours(ASCII)):9.1f}")
    if importlib.util.find_spec("plotext") is None:
        print("plotext is not installed")
        return 0
    began = time.process_time()
    import plotext  # noqa: F401 - its import is what is measured

    print(f"{'plotext, import':28}{(time.process_time() - began) * 1000:9.1f}")
    other = cpu(theirs("braille", band=False))
    print(f"{'plotext, braille, mean':28}{other:9.1f}  1/{other / mine:.0f}")
    print(f"{'plotext, braille, 3 lines':28}{cpu(theirs('braille', band=True)):9.1f}")
    print(f"{'plotext, ASCII, 3 lines':28}{cpu(theirs('*', band=True)):9.1f}")
    kept = mine * 3 <= other
    print("holds" if kept else "DOES NOT HOLD")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
