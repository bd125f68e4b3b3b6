"""What may come next in a filter that is being typed."""

import re
from collections.abc import Mapping

from console.language import _
from console.model.fields import Field, Kind

_LAST_TERM = re.compile(r"(?:^|[\s&|(!])([^\s&|()!=<>~\"']*)(?:\s*(!=|!~|<=|>=|==?|<|>|~)\s*([^\s&|()\"']*))?$")
_MOST = 40


def complete(text: str, fields: Mapping[str, Field]) -> list[tuple[str, str]]:
    """Return what a filter can be continued to: the whole new text and what its last part means, best first.

    After the beginning of a name come fields, after a field its operators, after an operator the values that are
    known. Inside a quote or after something that is finished there is nothing to add.
    """
    match = _LAST_TERM.search(text[-200:])
    if match is None or text.count('"') % 2 or text.count("'") % 2:
        return []
    name, operator, value = match[1], match[2], match[3] or ""
    by_name = {key.casefold(): field for field in fields.values() for key in (*field.aliases, field.name)}
    field = by_name.get(name.casefold())
    if operator:
        kept = text[: len(text) - len(value)]
        return _continued(kept, value, _values(field, operator) if field else [])
    if field is not None:
        return [(text + mark, meaning) for mark, meaning in operators(field)]
    return _continued(text[: len(text) - len(name)], name, [(each.name, each.title) for each in fields.values()])


def operators(field: Field) -> list[tuple[str, str]]:
    """Return the operators that a field knows, each with its meaning, translated."""
    equal = [("=", _("equals")), ("!=", _("differs or is unknown"))]
    if field.kind in (Kind.TEXT, Kind.CHOICE):
        return [*equal, ("~", _("fits a regular expression")), ("!~", _("does not fit a regular expression"))]
    if field.kind in (Kind.BOOL, Kind.TIME):
        return equal
    order = [("<", _("less than")), ("<=", _("at most")), (">", _("more than")), (">=", _("at least"))]
    return [*order, *equal]


def describe(field: Field) -> str:
    """Return what a value of a field looks like, translated; for help."""
    match field.kind:
        case Kind.BYTES:
            return _("a size: 512M, 40G, 1.5T")
        case Kind.DURATION:
            return _("a duration: 90s, 2h, 3h12m, 1-02:00")
        case Kind.PERCENT:
            return _("percent: 5 or 5%")
        case Kind.BOOL:
            return _("yes or no")
        case Kind.NUMBER:
            return _("a number in {unit}").format(unit=field.unit) if field.unit else _("a number")
        case Kind.CHOICE:
            return ", ".join(field.choices)
        case Kind.TIME:
            return _("a time; cannot be compared")
        case Kind.TEXT:
            return _("text; * stands for anything")


def _values(field: Field, operator: str) -> list[tuple[str, str]]:
    absent = [("none", _("unknown")), ("n/a", _("not supported"))] if operator in ("=", "==", "!=") else []
    if field.kind is Kind.BOOL:
        return [("yes", field.title), ("no", field.title), *absent]
    if field.kind in (Kind.CHOICE, Kind.TEXT):
        return [*((_safe(choice), field.title) for choice in field.choices), *absent]
    examples = {Kind.BYTES: ("1G", "40G"), Kind.DURATION: ("10m", "2h", "1-00:00"), Kind.PERCENT: ("5%", "50%", "95%")}
    return [*((example, field.title) for example in examples.get(field.kind, ())), *absent]


def _safe(choice: str) -> str:
    """Quote a value that would end at one of its characters."""
    return choice if re.fullmatch(r"[^\s&|()\"']+", choice) else '"' + choice.replace('"', '\\"') + '"'


def _continued(kept: str, begun: str, offers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    wanted = begun.casefold()
    first = [offer for offer in offers if offer[0].casefold().startswith(wanted)]
    later = [] if not wanted else [o for o in offers if o not in first and wanted in f"{o[0]} {o[1]}".casefold()]
    return [(kept + text, meaning) for text, meaning in [*first, *later][:_MOST] if text != begun]
