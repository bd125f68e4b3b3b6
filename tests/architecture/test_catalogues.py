"""The words: the template is what the code says, and each language has every message, with the same placeholders."""

import ast
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


messages = _load(ROOT / ".ci" / "messages.py")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree with one catalogue that is in order."""
    (tmp_path / "backends").mkdir()
    language = tmp_path / "console" / "locale" / "zh_CN" / "LC_MESSAGES"
    language.mkdir(parents=True)
    source = 'from console.language import _, ngettext\n_("Hello {name}")\nngettext("{n} card", "{n} cards", 2)\n'
    (tmp_path / "console" / "said.py").write_text(source)
    (tmp_path / "backends" / "said.py").write_text('N_("The driver does not answer")\n')
    (language / "quarterdeck.po").write_text('msgid ""\nmsgstr ""\n')
    messages.update(tmp_path)
    catalogue = language / "quarterdeck.po"
    text = catalogue.read_text(encoding="utf-8")
    for said, translated in (
        ('"Hello {name}"\nmsgstr ""', '"Hello {name}"\nmsgstr "你好 {name}"'),
        ('msgstr[0] ""', 'msgstr[0] "{n} 张卡"'),
        ('"The driver does not answer"\nmsgstr ""', '"The driver does not answer"\nmsgstr "驱动没有回应"'),
    ):
        assert said in text
        text = text.replace(said, translated)
    catalogue.write_text(text, encoding="utf-8")
    return tmp_path


def catalogue_of(tree: Path) -> Path:
    (path,) = messages.languages(tree)
    assert isinstance(path, Path)
    return path


def test_the_catalogues_are_in_step_with_the_code():
    assert messages.check(ROOT) == []


def test_chinese_is_there():
    assert "zh_CN" in [messages.named(path) for path in messages.languages(ROOT)]


def test_a_catalogue_in_order_is_not_faulted(tree: Path):
    assert messages.check(tree) == []


def test_an_update_changes_nothing_when_nothing_was_said(tree: Path):
    before = catalogue_of(tree).read_bytes()
    messages.update(tree)
    assert catalogue_of(tree).read_bytes() == before


@pytest.mark.parametrize(
    ("said", "instead", "fault"),
    [
        ('msgstr "你好 {name}"', 'msgstr ""', "not translated"),
        ('msgstr "你好 {name}"', 'msgstr "你好 {nom}"', "has the placeholders ['nom'], the English ['name']"),
        ('msgstr "你好 {name}"', 'msgstr "你好 {name"', "expected '}' before end of string"),
        ('msgstr[0] "{n} 张卡"', 'msgstr[0] "卡"', "has the placeholders [], the English ['n']"),
        ('msgid "The driver', '#, fuzzy\nmsgid "The driver', "marked fuzzy"),
        ('msgid "Hello {name}"', 'msgid "Good day {name}"', "not in step with the code"),
    ],
)
def test_a_fault_is_named(tree: Path, said: str, instead: str, fault: str):
    path = catalogue_of(tree)
    text = path.read_text(encoding="utf-8")
    assert said in text
    path.write_text(text.replace(said, instead), encoding="utf-8")
    assert any(fault in line for line in messages.check(tree)), messages.check(tree)


def test_a_new_text_makes_the_template_stale(tree: Path):
    (tree / "console" / "more.py").write_text('_("Bye")\n')
    assert any("quarterdeck.pot is not what the code says" in line for line in messages.check(tree))


def _hidden(source: str) -> list[int]:
    """The lines on which a text is marked within an f-string: gettext's tools do not look into one before 3.12."""
    return [
        call.lineno
        for string in ast.walk(ast.parse(source))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in messages.KEYWORDS
        and any(isinstance(said, ast.Constant) for said in call.args)
    ]


def test_no_text_is_marked_within_an_f_string():
    assert _hidden("f'{_(\"lost\")} {name}'") == [1]
    found = {
        str(path): _hidden(path.read_text("utf-8")) for top in messages.SAID_IN for path in (ROOT / top).rglob("*.py")
    }
    assert {path: lines for path, lines in found.items() if lines} == {}
