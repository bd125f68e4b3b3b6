"""The tests in this folder share one app."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
