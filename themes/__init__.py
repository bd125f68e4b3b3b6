"""Palettes and style sheets, as plain values."""
