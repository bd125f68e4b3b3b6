"""Readings from JSON lines, from a table, or from the state of a trainer; what is damaged is passed over."""

import csv
import math
from collections.abc import Mapping, Sequence

import msgspec

from console.rules.progress.numbers import counted, finite, numbered
from console.rules.progress.pattern import Names
from console.rules.progress.reading import Reading

MOST = 2000
"""Rows that are looked at, the last ones."""
WIDEST = 512
"""Values of one row."""
YEARS = (1e9, 4e9)
"""UTC from 2001 to 2096: another number in a column of times is something else, seconds since the start say."""


def json_line(line: str, names: Names) -> Reading | None:
    """Return what a line says that is a JSON object, or ends in one; None where it is none, or says nothing of it."""
    begin = line.find('{"')
    if begin < 0 or not line.rstrip().endswith("}"):
        return None
    return row(_decoded(line[begin:]), names, "json")


def json_lines(text: str, names: Names) -> Sequence[Reading]:
    """Return what a file of JSON lines says; its first line may begin in the midst."""
    found = (json_line(line, names) for line in text.splitlines()[-MOST:])
    return [reading for reading in found if reading is not None]


def table(head: str, end: str, names: Names) -> Sequence[Reading]:
    """Return what a table with commas says.

    Args:
        head: its first line, with the names of its columns.
        end: its last lines, each whole.
        names: what the columns are called.
    """
    try:
        columns = next(csv.reader([head]), [])
        rows = [dict(zip(columns, said, strict=False)) for said in csv.reader(end.splitlines()[-MOST:])]
    except csv.Error:  # a field above its limit of 128 KB
        return []
    found = (row({name: said for name, said in each.items() if said}, names, "csv") for each in rows)
    return [reading for reading in found if reading is not None]


def trainer_state(text: str, names: Names) -> Sequence[Reading]:
    """Return what ``trainer_state.json`` of Transformers says."""
    said = _decoded(text)
    history = said.get("log_history")
    if not isinstance(history, list):
        return []
    steps, epochs = counted(said.get("max_steps")), finite(numbered(said.get("num_train_epochs")))
    found: list[Reading] = []
    for each in history[-MOST:]:
        reading = row(each, names, "state") if isinstance(each, dict) else None
        if reading is not None and reading.loss is not None:
            found.append(msgspec.structs.replace(reading, steps=steps or None, epochs=epochs or None))
    return found


def row(said: Mapping[str, object], names: Names, strand: str) -> Reading | None:
    """Return what one row says; None where it says neither step nor epoch nor loss."""
    flat = _flat(said)
    key = names.training_loss(flat)
    loss = numbered(flat[key]) if key is not None else None
    step = _first(flat, names.step)
    epoch = finite(numbered(_first(flat, names.epoch)))
    found = Reading(
        strand,
        step=counted(step),
        steps=counted(_first(flat, names.steps)) or None,
        epoch=epoch,
        epochs=finite(numbered(_first(flat, names.epochs))) or None,
        loss=loss,
        at=_time(_first(flat, names.time)),
    )
    return found if found.loss is not None or found.step is not None else None


def _decoded(text: str) -> Mapping[str, object]:
    """A JSON object; empty where it is none. ``NaN`` and ``Infinity``, which Python writes, stand for themselves."""
    for said in (text, text.replace("-Infinity", "-1e999").replace("Infinity", "1e999").replace("NaN", '"nan"')):
        try:
            found = msgspec.json.decode(said.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            continue
        return found if isinstance(found, dict) else {}
    return {}


def _flat(said: Mapping[str, object]) -> dict[str, object]:
    """The values by their folded names, those of tables within as ``train/loss``."""
    found: dict[str, object] = {}
    for key, value in list(said.items())[:WIDEST]:
        if isinstance(value, dict):
            found |= {f"{key}/{name}".casefold(): inner for name, inner in list(value.items())[:WIDEST]}
        else:
            found[str(key).casefold()] = value
    return found


def _first(said: Mapping[str, object], names: Sequence[str]) -> object:
    return next((said[name] for name in names if name in said), None)


def _time(said: object) -> float | None:
    at = numbered(said)
    return at if at is not None and math.isfinite(at) and YEARS[0] <= at <= YEARS[1] else None
