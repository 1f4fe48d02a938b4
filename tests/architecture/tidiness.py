"""Rules of tidiness that a machine can check: each takes a source file and returns what is wrong with it, named by line.

Nothing here knows where files lie; `test_tidy.py` applies the rules to the repository and shows each of them a fault to find.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

LONGEST_FUNCTION: Final = 70
LONGEST_FILE: Final = 800
_VAGUE_NAMES: Final = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc"})
_CLOCK_CALLS: Final = frozenset({"now", "utcnow", "today"})
_MACHINE_TIME: Final = frozenset({"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.sleep"})
_SQL_CALLS: Final = frozenset({"text", "execute", "exec_driver_sql", "executescript", "executemany", "sql", "query"})
_FLOAT_TYPES: Final = frozenset({"Float", "Numeric", "REAL", "Double", "DOUBLE", "DOUBLE_PRECISION", "DECIMAL"})
_SQLITE_MODULES: Final = frozenset({"sqlite3", "pysqlite3", "apsw"})
_MARKUP_CALLS: Final = frozenset({"html", "iframe", "components"})


@dataclass(frozen=True)
class Source:
    """One Python file: its path in the repository, its text and its tree."""

    path: PurePosixPath
    text: str
    tree: ast.Module

    @classmethod
    def of(cls, path: str, text: str) -> Source:
        """Parse a file."""
        return cls(PurePosixPath(path), text, ast.parse(text))


Rule = Callable[[Source], Iterator[str]]


def has_a_head(source: Source) -> Iterator[str]:
    """A module begins by saying what it decides; an empty package file needs no head."""
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield "the head docstring is missing"


def functions_are_short(source: Source) -> Iterator[str]:
    """A function has at most 70 lines of its own; its docstring and the functions inside it are not counted."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            inner = [part for part in body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            lines -= sum((part.end_lineno or 0) - part.lineno + 1 for part in inner)
            if lines > LONGEST_FUNCTION:
                yield f"line {node.lineno}: {node.name} has {lines} lines"


def file_is_short(source: Source) -> Iterator[str]:
    """A file has at most 800 lines."""
    lines = source.text.count("\n")
    if lines > LONGEST_FILE:
        yield f"the file has {lines} lines"


def name_says_something(source: Source) -> Iterator[str]:
    """No module or package is called utils, helpers, common or manager."""
    for part in source.path.with_suffix("").parts:
        if part in _VAGUE_NAMES or part.rsplit("_", 1)[-1] in {"utils", "helpers"}:
            yield f"{part} says nothing"


def asks_no_clock(source: Source) -> Iterator[str]:
    """Below the doors nobody asks the machine for the time: a clock is handed in."""
    for node in ast.walk(source.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner, name = _dotted(node.func.value), node.func.attr
        of_a_clock = owner.rsplit(".", 1)[-1].strip("_").endswith(("clock", "ctx"))
        if (name in _CLOCK_CALLS and not of_a_clock) or f"{owner}.{name}" in _MACHINE_TIME:
            yield f"line {node.lineno}: {owner}.{name}()"


def sql_is_not_assembled(source: Source) -> Iterator[str]:
    """SQL is never put together from texts where it is executed: values are bound, names come from the metadata."""
    for scope in ast.walk(source.tree):
        if isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _assembled_in(scope, _own_words(source.tree))


def _own_words(tree: ast.Module) -> set[str]:
    """Names that a file defines for itself, so that its own `text()` is not taken for SQL."""
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def _assembled_in(scope: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef, own: set[str]) -> Iterator[str]:
    assembled: set[str] = set()
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign) and _is_assembled(node.value):
            assembled |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    for node in _own_nodes(scope):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if isinstance(node.func, ast.Name) and name in own:
            continue
        first = node.args[0]
        by_name = isinstance(first, ast.Name) and first.id in assembled
        if name in _SQL_CALLS and (by_name or _is_assembled(first)):
            yield f"line {node.lineno}: {name}() of an assembled text"


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield child
        yield from _own_nodes(child)


def _is_assembled(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (node.left, node.right))
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and _is_text(node.func.value)
    )


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def numbers_are_exact(source: Source) -> Iterator[str]:
    """Columns of the operational store are scaled integers: no float, no NUMERIC."""
    for node in ast.walk(source.tree):
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
        if isinstance(node, ast.Name | ast.Attribute) and name in _FLOAT_TYPES:
            yield f"line {node.lineno}: column type {name}"
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            for alias in node.names:
                if alias.name in _FLOAT_TYPES:
                    yield f"line {node.lineno}: sqlalchemy.{alias.name}"


def opens_no_sqlite(source: Source) -> Iterator[str]:
    """Only one module knows a SQLite library and opens the store's file."""
    for node in ast.walk(source.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            names = ["sqlite3"] if called == "sqlite_library" else []
        if any(name.split(".")[0] in _SQLITE_MODULES for name in names):
            yield f"line {getattr(node, 'lineno', 0)}: a SQLite library"


def writes_no_raw_markup(source: Source) -> Iterator[str]:
    """Raw markup reaches a page through the one module that escapes."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        if any(keyword.arg == "unsafe_allow_html" for keyword in node.keywords):
            yield f"line {node.lineno}: unsafe_allow_html"
        owner = _dotted(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if owner in {"st", "streamlit", "components"} and getattr(node.func, "attr", "") in _MARKUP_CALLS:
            yield f"line {node.lineno}: {ast.unparse(node.func)}"


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return "(...)"


_LINK: Final = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def local_links(markdown: str) -> list[str]:
    """The links of a page that name files of the repository."""
    found = [match["target"] for match in _LINK.finditer(_FENCE.sub("", markdown))]
    return [t.split("#")[0] for t in found if "://" not in t and not t.startswith(("#", "mailto:")) and t.split("#")[0]]
