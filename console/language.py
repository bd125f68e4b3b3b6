"""The words on the screen: gettext with our catalogues, chosen once at the start.

Libraries outside `console` mark what a person will read with a no-op ``N_`` of theirs (`backends.record`) and hand it
over as a template; it is translated here, where it is shown.
"""

import gettext
import locale
import os
from pathlib import Path

DOMAIN = "quarterdeck"
CATALOGUES = Path(__file__).with_name("locale")
_SHORT = {"zh": "zh_CN"}

_chosen: gettext.NullTranslations = gettext.NullTranslations()


def choose(wanted: str | None = None) -> str:
    """Choose the language: the one wanted, else that of the environment; return its name (``en`` where none fits)."""
    global _chosen
    name = wanted or _of_environment()
    name = _SHORT.get(name.partition("_")[0], name)
    try:
        _chosen = gettext.translation(DOMAIN, CATALOGUES, [name])
    except OSError:
        _chosen = gettext.NullTranslations()
        return "en"
    return name


def _of_environment() -> str:
    for variable in ("QUARTERDECK_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "").partition(":")[0]
        if value:
            return locale.normalize(value).partition(".")[0]
    return "en"


def _(message: str) -> str:
    """Translate a message; the message id is its English text."""
    return _chosen.gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Translate a message that depends on a count."""
    return _chosen.ngettext(one, many, count)


def N_(message: str) -> str:  # noqa: N802 - the name that every gettext tool knows
    """Mark a message that is translated later."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - beside N_
    """Mark a message that depends on a count and is translated later."""
    return one, many
