"""One list of rows as a table for people, or as JSON, CSV or Markdown for programs and pages.

Rows hold plain values; None is unknown, UNSUPPORTED is what the thing does not have. Text from the world is made
harmless in each form: no control character reaches a terminal, no cell becomes a formula or a piece of markup.
"""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from console.language import _
from console.model.fields import UNSUPPORTED, Kind
from console.views import cells, units

Row = Mapping[str, object]
_RIGHT = frozenset({Kind.NUMBER, Kind.BYTES, Kind.DURATION, Kind.PERCENT})
_GAP = "  "
_NARROWEST = 6
"""Cells below which a column of text is left out rather than clipped further."""
_FORMULA = "=+-@\t\r\n＝＋－＠"
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#~$&])")
_UNSAFE_JSON = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class Column(msgspec.Struct, frozen=True):
    """One column of a list."""

    key: str
    """Its name in JSON and CSV, and of the row's value."""
    title: str
    """Translated; for people."""
    kind: Kind = Kind.TEXT
    wide_only: bool = False
    """Only in ``-o wide`` and in the forms for programs."""
    value: Callable[[Row], object] | None = None
    """Makes the value, where it is not simply the row's under ``key``."""
    priority: int = 0
    """Where room is short the highest goes first; 0 stays."""
    unit: str = ""
    """Written behind a NUMBER for people."""
    most: int = 0
    """Cells that a text takes at the most in a table for people, unless it is a wide one; 0 is as many as it has."""
    nested: bool = False
    """A value of several parts, which only JSON can hold: it is left out of every other form."""
    absent: str = ""
    """Written for None where None means that there is none, rather than that it is unknown."""
    applies: Callable[[Row], bool] | None = None
    """Whether a row can have such a value at all; where it cannot, None is written as ``-``."""

    def of(self, row: Row) -> object:
        """Return the value of a row."""
        return row.get(self.key) if self.value is None else self.value(row)

    def said(self, row: Row, mark: str = units.UNKNOWN) -> str:
        """Return the value for people: harmless, on one line."""
        absent = self.absent or (mark if self.applies is None or self.applies(row) else "-")
        return cells.harmless(_said(self.of(row), self, absent))


def _said(value: object, column: Column, mark: str) -> str:
    if value is None or value is UNSUPPORTED:
        return mark if value is None else UNSUPPORTED.value
    if isinstance(value, bool):
        return units.truth(value, mark)
    if isinstance(value, int | float):
        return _said_number(value, column, mark)
    if isinstance(value, tuple | list | set | frozenset):
        return " ".join(_said(part, column, mark) for part in value) or "-"
    return str(value)


def _said_number(value: float, column: Column, mark: str) -> str:
    match column.kind:
        case Kind.BYTES:
            return units.size(value, mark)
        case Kind.PERCENT:
            return units.percent(value, mark)
        case Kind.DURATION:
            return units.duration(value, mark)
        case Kind.TIME:
            return units.instant(value, mark)
        case Kind.NUMBER:
            return units.number(value, column.unit, mark)
    return str(value)


def table(
    rows: Iterable[Row],
    columns: Sequence[Column],
    width: int | None = None,
    *,
    wide: bool = False,
    mark: str = units.UNKNOWN,
) -> str:
    """Return a table with a line of titles; every line takes the same number of cells and ends with a newline.

    Args:
        rows: The rows, in their order.
        columns: The columns, in their order.
        width: Cells that a line may take; None (a pipe) cuts nothing.
        wide: Also the columns that are ``wide_only``.
        mark: What stands for unknown.
    """
    shown = [column for column in columns if (wide or not column.wide_only) and not column.nested]
    said = [[cells.harmless(column.title).upper() for column in shown]]
    said += [
        [_shortened(column.said(row, mark), 0 if wide or width is None else column.most) for column in shown]
        for row in rows
    ]
    widths = [max(map(cells.width, line)) for line in zip(*said, strict=True)]
    if width is not None:
        widths = _within(widths, shown, width)
    return "".join(_line(line, shown, widths) for line in said)


def _shortened(text: str, most: int) -> str:
    return cells.clip(text, most) if most else text


def _line(line: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = [
        cells.fitted(text, room, right=column.kind in _RIGHT)
        for text, column, room in zip(line, columns, widths, strict=True)
        if room
    ]
    return _GAP.join(parts) + "\n"


def _taken(widths: Sequence[int]) -> int:
    kept = [room for room in widths if room]
    return sum(kept) + len(_GAP) * max(0, len(kept) - 1)


def _within(widths: list[int], columns: Sequence[Column], width: int) -> list[int]:
    """Return widths that fit: columns left out (0) by priority, the widest text clipped, the last columns left out."""
    widths = list(widths)
    order = sorted((at for at, column in enumerate(columns) if column.priority), key=lambda at: -columns[at].priority)
    for at in order:
        if _taken(widths) <= width or sum(map(bool, widths)) == 1:
            break
        widths[at] = 0
    while (over := _taken(widths) - width) > 0:
        texts = [at for at, column in enumerate(columns) if column.kind not in _RIGHT and widths[at] > _NARROWEST]
        if texts:
            widest = max(texts, key=lambda at: widths[at])
            widths[widest] -= min(over, max(1, widths[widest] - max(_NARROWEST, _second(widths, texts, widest))))
            continue
        kept = [at for at, room in enumerate(widths) if room]
        if len(kept) < 2:
            widths[kept[0]] = max(1, width)
            break
        widths[kept[-1]] = 0
    return widths


def _second(widths: Sequence[int], texts: Sequence[int], widest: int) -> int:
    return max((widths[at] for at in texts if at != widest), default=0)


def csv_text(rows: Iterable[Row], columns: Sequence[Column]) -> str:
    r"""Return CSV by RFC 4180 (lines end in ``\r\n``): keys as titles, numbers as they are, unknown empty.

    Text that a spreadsheet would take for a formula gets a ``'`` before it; control characters become pictures.
    """
    columns = [column for column in columns if not column.nested]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.key for column in columns])
    writer.writerows([_csv_cell(column.of(row), column.kind) for column in columns] for row in rows)
    return out.getvalue()


def _csv_cell(value: object, kind: Kind) -> str:
    plain = _plain(value, kind)
    if plain is None:
        return UNSUPPORTED.value if value is UNSUPPORTED else ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int | float):
        return repr(plain)
    text = " ".join(map(str, plain)) if isinstance(plain, list) else str(plain)
    return ("'" if text[:1] in _FORMULA and text else "") + cells.harmless(text)


def markdown(rows: Iterable[Row], columns: Sequence[Column], mark: str = units.UNKNOWN) -> str:
    """Return a Markdown table for people; nothing in a cell is markup."""
    columns = [column for column in columns if not column.nested and not column.wide_only]
    lines = [
        [_markdown_cell(cells.harmless(column.title)) for column in columns],
        ["---:" if column.kind in _RIGHT else "---" for column in columns],
    ]
    lines += [[_markdown_cell(column.said(row, mark)) for column in columns] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _markdown_cell(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text.strip())


def document(
    kind: str,
    at: float,
    sources: Sequence[Mapping[str, object]],
    rows: Iterable[Row],
    columns: Sequence[Column],
    *,
    complete: bool = True,
) -> str:
    """Return the JSON document of ``docs/json.md``, with a newline at its end.

    Args:
        kind: What the items are: ``gpus``, ``nodes`` …
        at: UTC in seconds, when it was true.
        sources: What each source says of itself; passed on.
        rows: The rows; every column becomes a key of every item.
        columns: The columns; times become ISO 8601, everything unknown or unsupported null.
        complete: Whether every source has answered.
    """
    items = [{column.key: _plain(column.of(row), column.kind) for column in columns} for row in rows]
    whole = {
        "kind": kind,
        "at": _plain(at, Kind.TIME),
        "complete": complete,
        "sources": [_plain(source, Kind.TEXT) for source in sources],
        "items": items,
    }
    return json_text(whole)


def json_text(plain: object) -> str:
    """Return JSON for people and programs, with a newline at its end: what a terminal would obey is escaped.

    Raises:
        ValueError: a number in it is not finite.
    """
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=1)
    return _UNSAFE_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def fields(record: msgspec.Struct) -> dict[str, object]:
    """A record with all that it holds as plain values by their names; times stay UTC in seconds."""
    return {name: _named(getattr(record, name)) for name in record.__struct_fields__}


def _named(value: object) -> object:
    match value:
        case msgspec.Struct():
            return fields(value)
        case tuple() | list():
            return [_named(each) for each in value]
        case float() if not math.isfinite(value):
            return None
        case str():
            return str(value).encode("utf-8", "replace").decode()
    return value


def _plain(value: object, kind: Kind) -> object:
    """Return a value as JSON knows it; times as text."""
    if value is None or value is UNSUPPORTED:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _plain_number(value, kind)
    if isinstance(value, Mapping):
        return {_whole(str(key)): _plain(part, Kind.TEXT) for key, part in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_whole(str(part)) for part in value)
    if isinstance(value, tuple | list):
        return [_plain(part, kind) for part in value]
    return _whole(str(value))


def _whole(text: str) -> str:
    """A lone surrogate (a byte that was not UTF-8) is refused by strict readers of JSON."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _plain_number(value: float, kind: Kind) -> object:
    if not math.isfinite(value):
        return None
    if isinstance(value, float) and kind is not Kind.TIME:
        return round(value, 3)
    if kind is Kind.TIME:
        written = units.instant(value, "")
        return written or None
    return value


FORMS = ("table", "wide", "json", "csv", "md")
"""What ``-o`` takes."""


def forms_message(wanted: str) -> str:
    """Return why a form is not one, translated."""
    return _("“{wanted}” is not an output form; there are {forms}").format(wanted=wanted, forms=", ".join(FORMS))
