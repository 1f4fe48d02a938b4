"""The repository keeps the rules of tidiness, and each rule finds the fault that is seeded for it."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.architecture import tidiness
from tests.architecture.tidiness import Rule, Source, local_links

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("app/", "pipelines/", "planning/", "schemas/")
EVERYWHERE = (*PRODUCT, "tests/")
BELOW_THE_DOORS = ("app/kernel/", "app/modules/", "app/jobs/", "app/bootstrap", "pipelines/", "planning/", "schemas/")

# Each rule, where it holds, and the files that are its one exception, with the reason.
RULES: dict[Rule, tuple[tuple[str, ...], dict[str, str]]] = {
    tidiness.has_a_head: (EVERYWHERE, {}),
    tidiness.functions_are_short: (
        EVERYWHERE,
        {"tests/contract/planning/verify/packages.py": "one package written out as data"},
    ),
    tidiness.file_is_short: (EVERYWHERE, {}),
    tidiness.name_says_something: (EVERYWHERE, {}),
    tidiness.asks_no_clock: (
        BELOW_THE_DOORS,
        {
            "app/kernel/clock.py": "the one place that asks the machine",
            "app/kernel/gateway.py": "sleeps between tries of a transaction that the database asked to repeat",
            "pipelines/publication/refresh.py": "its clock is an argument; the machine's is the default",
            "pipelines/warehouse/files.py": "pauses between tries of a lock file",
        },
    ),
    # DuckDB statements of the pipelines are made from our own models' columns; ruff's S608 wants the reason at each of them.
    tidiness.sql_is_not_assembled: (("app/", "planning/", "schemas/"), {}),
    tidiness.numbers_are_exact: (("schemas/operational/",), {}),
    tidiness.opens_no_sqlite: (PRODUCT, {"app/kernel/store.py": "the one place that opens the store's file"}),
    tidiness.writes_no_raw_markup: (PRODUCT, {"app/ui/widgets/markup.py": "the one place that escapes"}),
}


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file that is kept in the repository, and those about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    files = [name for name in listed.stdout.split("\n") if name and (ROOT / name).is_file()]
    return tuple(Source.of(name, (ROOT / name).read_text(encoding="utf-8")) for name in sorted(files))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_the_rule(rule: Rule) -> None:
    folders, exceptions = RULES[rule]
    found = {
        str(source.path): faults
        for source in sources()
        if str(source.path).startswith(folders) and str(source.path) not in exceptions
        if (faults := list(rule(source)))
    }
    assert found == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_an_exception_is_still_needed(rule: Rule) -> None:
    _, exceptions = RULES[rule]
    needed = {str(source.path) for source in sources() if str(source.path) in exceptions and any(rule(source))}
    assert needed == set(exceptions)


_HEAD = '"""Decides."""\n'
_FAULTS: list[tuple[Rule, str, str]] = [
    (tidiness.has_a_head, "app/a.py", "x = 1\n"),
    (tidiness.functions_are_short, "app/a.py", "def f():\n" + "    x = 1\n" * 71),
    (tidiness.file_is_short, "app/a.py", "x = 1\n" * 801),
    (tidiness.name_says_something, "app/utils.py", _HEAD),
    (tidiness.name_says_something, "app/modules/common/a.py", _HEAD),
    (tidiness.name_says_something, "app/date_helpers.py", _HEAD),
    (tidiness.asks_no_clock, "app/kernel/a.py", "from datetime import datetime\nx = datetime.now()\n"),
    (tidiness.asks_no_clock, "app/kernel/a.py", "import datetime\nx = datetime.date.today()\n"),
    (tidiness.asks_no_clock, "app/kernel/a.py", "import time\nx = time.time()\n"),
    (tidiness.sql_is_not_assembled, "app/a.py", 'c.execute(f"select {x}")\n'),
    (tidiness.sql_is_not_assembled, "app/a.py", 'c.execute("select " + x)\n'),
    (tidiness.sql_is_not_assembled, "app/a.py", 'text("select %s" % x)\n'),
    (tidiness.sql_is_not_assembled, "app/a.py", 'duckdb.sql("select {}".format(x))\n'),
    (tidiness.sql_is_not_assembled, "app/a.py", 'def f(x):\n    q = f"select {x}"\n    c.exec_driver_sql(q)\n'),
    (tidiness.numbers_are_exact, "schemas/operational/a.py", "from sqlalchemy import Numeric\n"),
    (tidiness.numbers_are_exact, "schemas/operational/a.py", "import sqlalchemy as sa\nx = sa.Float()\n"),
    (tidiness.opens_no_sqlite, "app/a.py", "import sqlite3\n"),
    (tidiness.opens_no_sqlite, "app/a.py", "from pysqlite3 import dbapi2\n"),
    (tidiness.opens_no_sqlite, "app/a.py", "library = sqlite_library()\n"),
    (tidiness.writes_no_raw_markup, "app/ui/a.py", "st.markdown(x, unsafe_allow_html=True)\n"),
    (tidiness.writes_no_raw_markup, "app/ui/a.py", "st.html(x)\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), _FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_seeded_fault_is_found(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source.of(path, text)))


def test_every_rule_has_a_seeded_fault() -> None:
    assert {rule for rule, _, _ in _FAULTS} == set(RULES)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (tidiness.asks_no_clock, "x = ctx.clock.today() and self._clock.now() and gateway.clock.now()\n"),
        (tidiness.sql_is_not_assembled, 'c.execute("select 1", [x])\ntext("select 1" " from t")\n'),
        (tidiness.functions_are_short, "def f():\n" + "    x = 1\n" * 70),
    ],
    ids=["clock handed in", "bound values", "seventy lines"],
)
def test_what_is_allowed_is_not_found(rule: Rule, text: str) -> None:
    assert list(rule(Source.of("app/a.py", text))) == []


def doubled_heads(files: Iterable[Source]) -> dict[str, list[str]]:
    """First lines of head docstrings that several modules share; an `__init__` without words of its own has none."""
    heads: dict[str, list[str]] = defaultdict(list)
    for source in files:
        head = (tidiness.ast.get_docstring(source.tree) or "").split("\n")[0]
        if head:
            heads[head].append(str(source.path))
    return {head: paths for head, paths in heads.items() if len(paths) > 1}


def test_no_head_is_a_copy_of_another() -> None:
    assert doubled_heads(sources()) == {}


def test_a_copied_head_is_found() -> None:
    assert doubled_heads([Source.of("a.py", _HEAD), Source.of("b.py", _HEAD)]) == {"Decides.": ["a.py", "b.py"]}


def broken_links(root: Path) -> list[str]:
    """Links of Markdown pages to files that are not there."""
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    return [
        f"{page.relative_to(root)}: {target}"
        for page in sorted(pages)
        for target in local_links(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]


def test_links_in_the_pages_lead_somewhere() -> None:
    assert broken_links(ROOT) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("[there](README.md) [gone](docs/gone.md#part) [out](https://example.com)\n")
    assert broken_links(tmp_path) == ["README.md: docs/gone.md"]
