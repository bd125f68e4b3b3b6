"""What the names of styles look like: made once from plain colours, and passed to every widget."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from rich.color import Color, blend_rgb
from rich.style import Style
from textual.theme import Theme


class Colours(Protocol):
    """A palette as plain values; any value with these attributes will do."""

    @property
    def name(self) -> str:
        """Of the palette."""

    @property
    def dark(self) -> bool:
        """Light text on a dark ground."""

    @property
    def roles(self) -> Mapping[str, str]:
        """Colours by role; at least background, surface, text, accent, selection and selection_background."""

    @property
    def heat(self) -> tuple[str, ...]:
        """Levels, lowest first."""

    @property
    def owners(self) -> tuple[str, ...]:
        """Colours that tell people apart."""

    @property
    def emphasis(self) -> tuple[tuple[str, str], ...]:
        """Attributes of roles: (role, "bold reverse")."""

    @property
    def ansi(self) -> bool:
        """The colours are the terminal's own."""


_ATTRIBUTES = ("bold", "dim", "reverse", "underline", "italic", "strike")


class Styles:
    """Styles by name. Names may be joined by spaces (``"critical bold"``); an unknown name adds nothing.

    ``dim`` is a colour where the palette has one; ``faint`` is the attribute.
    """

    def __init__(self, named: Mapping[str, Style]) -> None:
        self._named = dict(named)
        self._joined: dict[str, Style] = {"": Style.null()}

    def __getitem__(self, names: str) -> Style:
        found = self._joined.get(names)
        if found is None:
            parts = (self._named.get(name, Style.null()) for name in names.split())
            found = self._joined[names] = Style.combine(parts)
        return found

    def __contains__(self, names: str) -> bool:
        return all(name in self._named for name in names.split())

    @property
    def names(self) -> frozenset[str]:
        """Every single name that means something."""
        return frozenset(self._named)


def styles(colours: Colours) -> Styles:
    """Return the styles of a palette: one per role, ``heat.0`` …, ``owner.0`` …, and attributes by their name.

    Roles set the foreground only, so that what lies behind shows; ``selection`` sets both. ``title``, ``key`` and
    ``band`` are those that this library itself uses besides ``dim``, ``accent``, ``critical`` and ``selection``.
    """
    emphasis = dict(colours.emphasis)
    roles = {role: _style(colour, emphasis.get(role, "")) for role, colour in colours.roles.items()}
    named = {name: Style.parse(name) for name in _ATTRIBUTES if name != "dim"}
    named |= {"faint": Style(dim=True), "title": roles["text"] + Style(bold=True), "key": roles["accent"]}
    named |= _numbered("heat", colours.heat) | _numbered("owner", colours.owners)
    named |= {name: roles[name] for name in roles if name not in ("background", "surface", "selection_background")}
    ground = Style(bgcolor=_colour(colours.roles["selection_background"]))
    named["selection"] = roles["selection"] + ground
    named["band"] = _style(colours.heat[0], "dim") if colours.ansi else _between(colours.roles)
    return Styles(named)


def _between(roles: Mapping[str, str]) -> Style:
    """A colour that stands back: a part of the accent over the background."""
    ground, accent = (Color.parse(roles[role]).get_truecolor() for role in ("background", "accent"))
    return Style(color=Color.from_triplet(blend_rgb(ground, accent, _BAND)))


_BAND = 0.35
"""The accent's part in the colour of a band."""


def _numbered(name: str, colours: Iterable[str]) -> dict[str, Style]:
    return {f"{name}.{number}": _style(colour, "") for number, colour in enumerate(colours)}


def _style(colour: str, attributes: str) -> Style:
    return Style(color=_colour(colour)) + Style.parse(attributes)


def _colour(colour: str) -> str:
    return colour.removeprefix("ansi_")


def theme(colours: Colours) -> Theme:
    """Return a palette as a theme of the toolkit, so that style sheets can say ``$surface`` and ``$dim``."""
    roles = colours.roles
    return Theme(
        name=f"quarterdeck-{colours.name}",
        dark=colours.dark,
        ansi=colours.ansi,
        primary=roles["accent"],
        secondary=roles["accent"],
        accent=roles["accent"],
        foreground=roles["text"],
        background=roles["background"],
        surface=roles["surface"],
        panel=roles["surface"],
        boost=roles["surface"],
        warning=roles.get("warning"),
        error=roles.get("critical"),
        success=roles.get("ok"),
        luminosity_spread=0.0 if colours.ansi else 0.15,
        text_alpha=1.0,
        variables={
            **{name.replace("_", "-"): colour for name, colour in roles.items() if name not in ("text", "background")},
            "scrollbar": roles["dim" if "dim" in roles else "text"],
            "scrollbar-background": roles["background"],
            "scrollbar-corner-color": roles["background"],
            **(_terminal(roles) if colours.ansi else {}),
        },
    )


def _terminal(roles: Mapping[str, str]) -> dict[str, str]:
    """The variables that the toolkit's own style sheets expect of a theme in the terminal's colours."""
    ground, text = roles["background"], roles["text"]
    pairs = dict.fromkeys(_TERMINAL_PAIRS, (roles["selection_background"], roles["selection"]))
    pairs["ansi"] = (ground, text)
    return {
        "border": roles["accent"],
        "border-blurred": roles["dim" if "dim" in roles else "text"],
        **{f"{name}-background": colour for name, (colour, _other) in pairs.items()},
        **{f"{name}-foreground": colour for name, (_other, colour) in pairs.items()},
    }


_TERMINAL_PAIRS = ("block-cursor", "input-cursor", "input-selection", "screen-selection")
