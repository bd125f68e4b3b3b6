"""Rows over slots of time, a character each: what is shown, how a line is painted, and the widget itself."""
