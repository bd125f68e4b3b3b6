"""An object of the API as text that people read, and what its first container runs; without anything secret."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

SECRET = re.compile(r"(?i)token|secret|passw|api_?key|access_?key|credential|private")
"""Names of variables whose values are not shown, though they stand in the open."""
HIDDEN = "(hidden)"
_DULL = frozenset({"managedFields"})
_COPIES = "kubectl.kubernetes.io/last-applied-configuration"
_DEEPEST = 40
_WORD = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@%+= -]*")
"""What YAML takes as a text without quotes; what begins with a figure may be a number or a date."""
_AMOUNT = re.compile(r"\d+(?:m|[KMGTPE]i)")
_TAKEN = frozenset({"true", "false", "null", "yes", "no", "on", "off", "~"})


def shown(value: object) -> str:
    """Write an object as YAML would be; values of variables with secret names are hidden."""
    return "\n".join(_lines(_cleared(value, 0), 0)) + "\n"


def _cleared(value: object, depth: int) -> object:
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        name = value.get("name")
        hidden = isinstance(name, str) and SECRET.search(name) is not None and isinstance(value.get("value"), str)
        return {
            str(key): HIDDEN if hidden and key == "value" else _cleared(inner, depth + 1)
            for key, inner in value.items()
            if key not in _DULL and key != _COPIES
        }
    if isinstance(value, (list, tuple)):
        return [_cleared(inner, depth + 1) for inner in value]
    return value


def _lines(value: object, indent: int) -> Iterator[str]:
    space = "  " * indent
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            if isinstance(inner, (Mapping, list)) and inner:
                yield f"{space}{_scalar(key)}:"
                yield from _lines(inner, indent + (0 if isinstance(inner, list) else 1))
            elif isinstance(inner, str) and "\n" in inner:
                yield f"{space}{_scalar(key)}: |"
                yield from (f"{space}  {line}" for line in inner.split("\n"))
            else:
                yield f"{space}{_scalar(key)}: {_scalar(inner)}"
    elif isinstance(value, list) and value:
        for inner in value:
            first, *rest = _lines(inner, indent + 1)
            yield f"{space}- {first[len(space) + 2 :]}"
            yield from rest
    else:
        yield f"{space}{_scalar(value)}"


def _scalar(value: object) -> str:
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list):
        return "[]"
    if isinstance(value, str):
        plain = _WORD.fullmatch(value) is not None and value.casefold() not in _TAKEN and not value.endswith(" ")
        return value if plain or _AMOUNT.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


class Program(NamedTuple):
    """What the first container of a pod runs."""

    command: str | None = None
    folder: str | None = None
    script: str | None = None
    environment: Mapping[str, str] | None = None


def program(spec: object) -> Program:
    """Read what a pod runs from its spec, as the API gives it; of variables only those that stand there literally."""
    containers = spec.get("containers") if isinstance(spec, Mapping) else None
    first = containers[0] if isinstance(containers, list) and containers else None
    if not isinstance(first, Mapping):
        return Program()
    words = [*_texts(first.get("command")), *_texts(first.get("args"))]
    script = None
    for number, word in enumerate(words[:-1]):
        if re.fullmatch(r"-\w*c", word) and "\n" in words[number + 1]:
            script = words[number + 1]
            break
    folder = first.get("workingDir")
    return Program(
        shlex.join(words) or None, folder if isinstance(folder, str) else None, script, _environment(first.get("env"))
    )


def _texts(value: object) -> Sequence[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _environment(value: object) -> Mapping[str, str]:
    found = {}
    for one in value if isinstance(value, list) else []:
        name, text = (one.get("name"), one.get("value")) if isinstance(one, Mapping) else (None, None)
        if isinstance(name, str) and isinstance(text, str):
            found[name] = HIDDEN if SECRET.search(name) else text
    return found
