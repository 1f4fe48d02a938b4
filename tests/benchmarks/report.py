"""Runs benchmark modules cell by cell, keeps each result at once so that a broken run resumes, and writes the page.

A module offers `run(...) -> list[dict]` and perhaps `CELLS` and `SMALL`: the arguments of each call at full and at small size.
Results lie in docs/reference/benchmarks.json; docs/reference/benchmarks.md is made from them.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import resource
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import psutil

ROOT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = ROOT / "docs" / "reference" / "benchmarks.json"
PAGE: Final = ROOT / "docs" / "reference" / "benchmarks.md"

MODULES: Final = (
    "starting",
    "commands",
    "concurrency",
    "feed",
    "mrp",
    "constrained",
    "lot_sizing",
    "policies",
    "scenarios",
    "schedule",
    "forecast",
    "hostile",
    "adventureworks",
    "screens",
    "shop_day",
    "warehouse",
    "pickers",
)
_CALLS: Final[dict[str, list[dict[str, Any]]]] = {
    "mrp": [{"sizes": [items]} for items in (10_000, 100_000, 1_000_000)],
}
_SMALL_CALLS: Final[dict[str, list[dict[str, Any]]]] = {
    "mrp": [{"sizes": [1000]}],
    "feed": [{"ledger_rows": 20_000, "commits": 5}],
}


def machine() -> dict[str, Any]:
    """The machine, as far as it matters for reading the figures."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory GiB": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def found_modules(names: tuple[str, ...] = MODULES) -> dict[str, ModuleType]:
    """The benchmark modules that are there."""
    folder = Path(__file__).parent
    return {
        name: importlib.import_module(f"tests.benchmarks.{name}") for name in names if (folder / f"{name}.py").exists()
    }


def cells_of(name: str, module: Any, *, small: bool) -> list[dict[str, Any]]:
    """The calls of a module; one without arguments where it names none."""
    own = getattr(module, "SMALL" if small else "CELLS", None)
    if own is not None:
        return list(own)
    return (_SMALL_CALLS if small else _CALLS).get(name, [{}])


def run_cells(
    modules: dict[str, Any],
    results: Path,
    *,
    small: bool = False,
    again: bool = False,
    say: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Run every cell that has no result yet, saving after each.

    Args:
        modules: benchmark modules by name.
        results: the file of results.
        small: run the small sizes.
        again: run cells that have a result as well.
        say: where progress goes.
    """
    kept: dict[str, Any] = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    for name, module in modules.items():
        for arguments in cells_of(name, module, small=small):
            cell = f"{name} {json.dumps(arguments, sort_keys=True)}"
            if cell in kept and not again:
                continue
            say(f"{cell} ...")
            rows = module.run(**arguments)
            kept[cell] = {
                "benchmark": name,
                "arguments": arguments,
                "rows": rows,
                "peak memory MiB": _peak_memory(),
                "machine": machine(),
                "load": [round(load, 1) for load in os.getloadavg()],
                "measured": datetime.now(tz=UTC).date().isoformat(),
            }
            results.parent.mkdir(parents=True, exist_ok=True)
            aside = results.with_suffix(".new")
            aside.write_text(json.dumps(kept, indent=1, ensure_ascii=False, default=str), encoding="utf-8")
            aside.replace(results)
            for row in rows:
                say(f"  {row}")
    return kept


def _peak_memory() -> int:
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(own, children) // 1024


def page_of(kept: dict[str, Any], titles: dict[str, str]) -> str:
    """The page of all results."""
    parts = [
        "# Benchmarks\n\nMade by `make bench`; do not edit. No test asserts a time; the figures are what was measured.\n"
    ]
    for name in dict.fromkeys(entry["benchmark"] for entry in kept.values()):
        entries = [entry for entry in kept.values() if entry["benchmark"] == name]
        parts.append(f"\n## {name}\n\n{titles.get(name, '')}\n")
        columns = list(dict.fromkeys(key for entry in entries for row in entry["rows"] for key in row))
        parts.append("\n| " + " | ".join(columns) + " |\n|" + "---|" * len(columns) + "\n")
        rows = [row for entry in entries for row in entry["rows"]]
        parts += ["| " + " | ".join(_shown(row.get(column, "")) for column in columns) + " |\n" for row in rows]
        for entry in {json.dumps(_circumstances(e), sort_keys=True): e for e in entries}.values():
            told = ", ".join(f"{key} {value}" for key, value in _circumstances(entry).items())
            parts.append(f"\n{told}.\n")
    return "".join(parts)


def _circumstances(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry["machine"], "measured": entry["measured"], "load at the end": entry["load"][0]}


def _shown(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def titles_of(modules: dict[str, Any]) -> dict[str, str]:
    """What each module says it measures."""
    return {name: (module.__doc__ or "").strip().split("\n")[0] for name, module in modules.items()}
