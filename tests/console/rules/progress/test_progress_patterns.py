"""Files of patterns: what they may say, every mistake with its line and key, and that the lab's go before ours."""

import pytest

from console.rules.progress.lines import Reader
from console.rules.progress.pattern import Known
from console.rules.progress.pattern_file import LONGEST, MOST, OURS, PatternFileError, parse


def wrong(text: str | bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(PatternFileError) as caught:
        parse(text.encode() if isinstance(text, str) else text, "/lab/progress.d/x.toml")
    assert all(problem.source == "/lab/progress.d/x.toml" for problem in caught.value.problems)
    return [(problem.line, problem.key, problem.message) for problem in caught.value.problems]


PATTERN = "[[patterns]]\nname = 'x'\n"


@pytest.mark.parametrize(
    ("text", "line", "key", "part"),
    [
        (PATTERN + "line = '(a'", 3, "patterns.line", "not a regular expression"),
        (PATTERN + "line = '(?P<foo>a)'", 3, "patterns.line", "(?P<foo>…) means nothing here"),
        (PATTERN + "line = 'a.{900}'", 3, "patterns.line", "too large"),
        (PATTERN + "line = '(?=a)'", 3, "patterns.line", "not a regular expression"),
        (PATTERN + "line = 7", 3, "patterns.line", "a text is expected"),
        (PATTERN + "line = 'a'\nalso = ['b', '(']", 4, "patterns.also", "not a regular expression"),
        (PATTERN + "line = 'a'\nbars = true", 4, "patterns.bars", "did you mean “bar”"),
        (PATTERN + "line = 'a'\nfirst = 2", 4, "patterns.first", "from 0 to 1"),
        (PATTERN + "line = 'a'\nsaved = 1", 4, "patterns.saved", "true or false"),
        (PATTERN, 1, "patterns", "line is missing"),
        ("[[patterns]]\nline = 'a'", 1, "patterns", "name is missing"),
        ("[names]\nloss = 'a'", 2, "names.loss", "a list of names"),
        ("[names]\nlosses = ['a']", 2, "names.losses", "did you mean “loss”"),
        ("[pattern]\nname = 'x'", 1, "pattern", "did you mean “patterns”"),
        ("patterns = 3", 1, "patterns", "[[patterns]]"),
        ("names = 3", 1, "names", "[names]"),
        ("x = ", 1, "", "not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(text: str, line: int, key: str, part: str) -> None:
    ((found_line, found_key, message),) = wrong(text)
    assert (found_line, found_key) == (line, key)
    assert part in message


def test_a_file_has_bounds() -> None:
    assert wrong(b"\xff")[0][2] == "this is no UTF-8"
    assert "256 KB" in wrong(b"#" * (LONGEST + 1))[0][2]
    assert f"{MOST} patterns" in wrong((PATTERN + "line = 'a'\n") * (MOST + 1))[0][2]


def test_the_labs_patterns_go_before_ours(known: Known) -> None:
    mine = parse(
        b"""
        [[patterns]]
        name = "ours at work"
        line = 'tick (?P<step>{count}) von (?P<steps>{count})'
        also = ['Fehler (?P<loss>{number})']
        [[patterns]]
        name = "not this"
        line = 'step: 10'
        [[patterns]]
        name = "saved here"
        line = 'wegwerfen verboten'
        saved = true
        [names]
        loss = ["Fehler"]
        """,
        "x.toml",
    )
    reader = Reader(mine.before(known))
    text = "tick 1,200 von 5000; Fehler 2.5E-1\nstep: 10  loss: 7.1\nstep: 20  loss: 7.1\nWegwerfen verboten\n"
    found, _ = reader.read(text + '{"step": 3, "Fehler": 0.5, "loss": 9}\n')
    assert [(one.step, one.steps, one.loss, one.saved) for one in found] == [
        (1200, 5000, 0.25, False),
        (20, None, 7.1, False),
        (None, None, None, True),
        (3, None, 0.5, False),
    ]


def test_ours_hold_and_have_names_of_their_own(known: Known) -> None:
    names = [pattern.name for pattern in known.patterns]
    assert len(set(names)) == len(names) > 30
    assert parse(OURS.read_bytes(), "x") is not known
