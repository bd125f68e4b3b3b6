"""What `quarterdeck doctor` says of the configuration file."""

from collections.abc import Iterator

from console.language import _, ngettext
from console.model.checks import Check, Outcome
from console.model.settings import Settings


def configuration(settings: Settings) -> Iterator[Check]:
    """Yield one check for a file that can be used, else one for each mistake in it."""
    if settings.simulated:
        return
    path, nodes = settings.config.path, len(settings.config.nodes)
    if settings.problems:
        *others, last = settings.problems
        for problem in others:
            yield Check("config.file", Outcome.WRONG, problem)
        yield Check("config.file", Outcome.WRONG, last, _("Until it is fixed, every other verb refuses to start."))
    elif path is None:
        hint = _("quarterdeck init writes one.")
        yield Check("config.file", Outcome.GOOD, _("none; this machine alone is watched"), hint)
    elif not nodes:
        yield Check("config.file", Outcome.GOOD, _("{path}: this machine alone is watched").format(path=path))
    else:
        said = ngettext("{path}: {count} node", "{path}: {count} nodes", nodes).format(path=path, count=nodes)
        yield Check("config.file", Outcome.GOOD, said)
