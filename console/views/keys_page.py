"""The page of the documentation that lists every key, made from the key map so that it cannot drift."""

from console.language import _
from console.model.actions import SCOPES
from console.model.keys import KeyMap, rows


def keys_page(keymap: KeyMap) -> str:
    """Return ``docs/keys.md`` in the chosen language."""
    lines = ["# " + _("Keys"), "", _("Made by `python docs/generate.py` from `console/keys.toml`; do not edit."), ""]
    titles = " | ".join((_("key"), _("action"), _("meaning")))
    for scope in SCOPES:
        lines += [f"## [{scope.name}] {_(scope.title)}", ""]
        lines += [f"| {titles} |", "|---|---|---|"]
        lines += [
            f"| {_cell(row.keys)} | {_cell(row.title)} | {_cell(row.meaning)} |" for row in rows(keymap, [scope.name])
        ]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    for mark in "\\|*_[]<>":
        text = text.replace(mark, "\\" + mark)
    return text
