"""Every text that the code names exists in all three languages; none is missing, none is left over."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from app.kernel.i18n import LANGUAGES, MissingTextError, t, texts

ROOT = Path(__file__).resolve().parents[2]
_HOLE = re.compile(r"\{(\w+)\}")


def named_in_code() -> tuple[set[str], set[str]]:
    """Texts that string literals of the code name, and the beginnings that its f-strings build names from."""
    areas = {key.split(".")[0] for key in texts("en")}
    literal = re.compile(rf"^({'|'.join(sorted(areas))})\.[a-z0-9_]+$")
    beginning = re.compile(rf"^({'|'.join(sorted(areas))})\.[a-z0-9_]*$")
    found: set[str] = set()
    families: set[str] = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and literal.match(node.value):
                found.add(node.value)
            if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                start = str(node.values[0].value)
                if beginning.match(start):
                    families.add(start)
    return found, families


def translated_calls() -> set[str]:
    """The literal keys given to `t()` itself."""
    found: set[str] = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_every_language_has_the_same_texts() -> None:
    english = set(texts("en"))
    for lang in LANGUAGES:
        assert set(texts(lang)) == english, lang


def test_every_text_that_is_asked_for_exists() -> None:
    missing = translated_calls() - set(texts("en"))
    assert not missing


def test_no_text_of_the_screens_is_left_over() -> None:
    named, families = named_in_code()
    own = {"nav", "home", "board", "document", "form", "list", "empty", "ask", "action", "preview", "screen", "door"}
    unused = {
        key
        for key in texts("en")
        if key.split(".")[0] in own and key not in named and not any(key.startswith(start) for start in families)
    }
    assert not unused


def test_a_text_has_the_same_holes_in_every_language() -> None:
    for key, text in texts("en").items():
        for lang in LANGUAGES:
            other = texts(lang)[key]
            if isinstance(text, str) and isinstance(other, str):
                assert set(_HOLE.findall(text)) == set(_HOLE.findall(other)), (key, lang)


def test_traditional_texts_hold_no_simplified_character() -> None:
    simplified = set("单订销账户过项发开关闭类库产购证称额")
    for key, text in texts("zh-Hant").items():
        if isinstance(text, str):
            assert not set(text) & simplified, (key, text)


def test_a_missing_text_raises() -> None:
    with pytest.raises(MissingTextError, match="no_such_page"):
        t("nav.no_such_page", "en")
    with pytest.raises(MissingTextError, match="seconds"):
        t("refusal.too_many_tries", "en", minutes=3)
