"""What `quarterdeck doctor` says of the configuration file."""

from collections.abc import Iterator

from console.language import _, ngettext
from console.model.checks import Check, Outcome
from console.model.settings import Settings


def patterns(settings: Settings) -> Iterator[Check]:
    """Yield one check for each mistake in the lab's own patterns for progress; none where it has no such patterns."""
    from console.rules.progress.pattern_file import PatternFileError
    from console.services.progress_patterns import folder_of, known

    if settings.simulated or not settings.config.progress.read:
        return
    folder = folder_of(settings.config.path)
    try:
        problems = known(folder)[1]
    except PatternFileError as error:
        problems = error.problems
    for problem in problems:
        yield Check("config.progress", Outcome.WRONG, str(problem), _("Until it is fixed, this file is left out."))
    if not problems and folder is not None and folder.is_dir():
        yield Check("config.progress", Outcome.GOOD, str(folder))


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
