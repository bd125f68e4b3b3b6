"""`quarterdeck doctor`: what works here and what does not, each with what to do about it."""

import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator

from backends.local.once import NvmlFacts, nvml_facts
from backends.records import ReaderState
from console.language import _
from console.model.checks import Check, Outcome
from console.model.keys import DEFAULT_FILE, KeyMapError, load
from console.model.settings import Settings
from console.services.config_check import configuration
from console.services.follower import Glance, glance
from console.store.folder import Folder, Refused, filesystem
from console.terminal import colours, encoding_can
from console.version import __version__


async def checks(settings: Settings, look: AsyncIterator[Glance]) -> AsyncIterator[Check]:
    """Yield every check as soon as it is done.

    Args:
        settings: of the lab that is looked at.
        look: gives one look at this machine, taken by the probe.
    """
    for check in (*_program(settings), *configuration(settings), *_terminal()):
        yield check
    for check in _folder(settings):
        yield check
    yield await _collector(settings)
    async for check in _driver(settings, look):
        yield check


def _program(settings: Settings) -> Iterator[Check]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Check("program.version", Outcome.GOOD, f"quarterdeck {__version__}, Python {python}, {sys.executable}")
    yield Check("program.sqlite", Outcome.GOOD, f"SQLite {sqlite3.sqlite_version}")
    if settings.keys is None or not settings.keys.is_file():
        yield Check("program.keys", Outcome.GOOD, _("no key map of your own"))
        return
    try:
        found = load(
            DEFAULT_FILE.read_text(encoding="utf-8"), settings.keys.read_text(encoding="utf-8"), str(settings.keys)
        )
    except (KeyMapError, OSError, UnicodeDecodeError) as error:
        yield Check(
            "program.keys",
            Outcome.WRONG,
            str(error),
            _("Fix the lines named above; until then the default keys apply."),
        )
        return
    doubts = "; ".join(str(problem) for problem in found.warnings)
    yield Check("program.keys", Outcome.NOTE if doubts else Outcome.GOOD, doubts or str(settings.keys))


def _terminal() -> Iterator[Check]:
    if not sys.stdout.isatty():
        yield Check("terminal", Outcome.NOTE, _("standard output is no terminal; the console prints a table there"))
        return
    size = os.get_terminal_size(sys.stdout.fileno())
    said = f"{size.columns}×{size.lines}, TERM={os.environ.get('TERM', '')}, {colours(os.environ)}"
    small = size.columns < 60 or size.lines < 15
    yield Check(
        "terminal.size",
        Outcome.WRONG if small else Outcome.GOOD,
        said,
        _("Give it 60×15 at least; 80×24 shows everything.") if small else "",
    )
    wide = encoding_can("●▲▇")
    text = _("UTF-8: all signs can be drawn") if wide else _("the encoding has no ● ▲ ▇; ASCII is drawn")
    yield Check("terminal.encoding", Outcome.GOOD if wide else Outcome.NOTE, text, "" if wide else "LANG=C.UTF-8")


def _folder(settings: Settings) -> Iterator[Check]:
    folder = Folder(settings.folder)
    try:
        folder.make()
        probe = folder.path / ".doctor"
        probe.touch(mode=0o600)
        probe.unlink()
    except (Refused, OSError) as error:
        yield Check("data.folder", Outcome.WRONG, str(error), _("Choose another folder: --data DIR."))
        return
    kind = filesystem(folder.path) or "?"
    open_to = folder.path.stat().st_mode & 0o077
    yield Check("data.folder", Outcome.GOOD, f"{folder.path} ({kind})")
    if open_to:
        yield Check(
            "data.mode",
            Outcome.WRONG,
            _("other users of this machine can enter {folder}").format(folder=folder.path),
            f"chmod 700 {folder.path}",
        )


async def _collector(settings: Settings) -> Check:
    asked = await glance(Folder(settings.folder).socket)
    if asked is None:
        return Check("collector", Outcome.NOTE, _("not running; the console starts one when it opens"))
    welcome, _look = asked
    text = _("process {pid}, version {version}, protocol {protocol}").format(
        pid=welcome.pid, version=welcome.version, protocol=welcome.protocol
    )
    same = welcome.version == __version__
    hint = "" if same else _("It is of another version than this program; end it, and the console starts a new one.")
    return Check("collector", Outcome.GOOD if same else Outcome.NOTE, text, hint)


async def _driver(settings: Settings, look: AsyncIterator[Glance]) -> AsyncIterator[Check]:
    if settings.simulated:
        return
    facts = await nvml_facts()
    if isinstance(facts, NvmlFacts):
        names = ", ".join(sorted({name or "?" for name in facts.names}))
        said = f"{facts.driver or '?'}, CUDA {facts.cuda or '?'}, NVML {facts.nvml or '?'}"
        yield Check("driver.nvml", Outcome.GOOD, f"{said}; {facts.count if facts.count is not None else '?'} × {names}")
    else:
        from console.views.words import fill

        yield Check("driver.nvml", Outcome.NOTE, fill(_(facts.text), facts.values), _(facts.hint) if facts.hint else "")
    async for glanced in look:
        for node in glanced.fleet.nodes.values():
            cards = len(node.facts.cards) if node.facts is not None else 0
            reader = node.sample.reader if node.sample is not None else ReaderState.FAILED
            detail = (node.sample.reader_detail if node.sample is not None else None) or ""
            bad = reader in (ReaderState.FAILED, ReaderState.STALLED)
            text = _("{node}: GPUs {cards}, reader {reader} {detail}")
            said = text.format(cards=cards, node=node.name, reader=_(str(reader)), detail=detail)
            yield Check("probe", Outcome.WRONG if bad else Outcome.GOOD, said.strip())
            log = node.health.kernel_log if node.health is not None else None
            if log is not None:
                hint = _("Join the group systemd-journal or adm to see Xid codes from before the probe began.")
                yield Check(
                    "probe.kernel_log", Outcome.NOTE, _("Xid history unreadable: {reason}").format(reason=log), hint
                )
