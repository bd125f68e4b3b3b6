"""Makes gpus.svg, the picture of the README: the simulated lab at 120 × 32 at one moment, always the same.

Run it by `make screenshot`.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "snapshots"))

SIZE = (120, 32)


async def main() -> None:
    """Draw the console without a terminal and write what it shows."""
    import stage

    from backends.demo.shape import Shape

    app = stage.console(await stage.lab(Shape()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*"jjjlll")
        await pilot.pause()
        (HERE / "gpus.svg").write_text(app.export_screenshot(title="quarterdeck demo"), encoding="utf-8")


if __name__ == "__main__":
    os.environ |= {"TZ": "UTC", "LANG": "C.UTF-8", "COLORTERM": "truecolor"}
    for name in ("NO_COLOR", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        os.environ.pop(name, None)
    time.tzset()
    asyncio.run(main())
