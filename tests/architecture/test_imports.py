"""The arrows between rooms, areas and toolkits: import-linter's contracts hold, and each contract catches a seeded violation."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]

_ROOMS = {
    "app": ("api", "cli", "jobs", "kernel", "modules", "printing", "ui"),
    "pipelines": (),
    "planning": (),
    "schemas": ("operational",),
}
_AREAS = (
    "company",
    "fulfilment",
    "service",
    "drop_shipping",
    "advance_issues",
    "inventory",
    "ledger",
    "master_data",
    "payables",
    "people",
    "planning_desk",
    "production",
    "purchasing",
    "receivables",
    "sales",
    "shops",
)
_VIOLATIONS = {
    "rooms": ("planning/step.py", "import app", "Rooms"),
    "doors": ("app/kernel/bus.py", "import app.ui", "Inside app"),
    "goods watch money": ("app/modules/inventory/stock.py", "import app.modules.ledger", "Money watches goods"),
    "goods watch each other": ("app/modules/sales/orders.py", "import app.modules.purchasing", "Money watches goods"),
    "unlisted area": ("app/modules/gossip/__init__.py", "", "Money watches goods"),
    "circle": ("app/kernel/one.py", "import app.kernel.two", "No circles"),
    "duckdb": ("app/jobs/look.py", "import duckdb", "DuckDB"),
    "solver": ("app/jobs/solve.py", "import ortools", "Solvers"),
    "web": ("app/modules/sales/page.py", "import streamlit", "Web toolkits"),
    "gates": ("planning/expect.py", "import great_expectations", "Great Expectations"),
    "store": ("planning/look.py", "import sqlalchemy", "Planning knows no store"),
    "tables": ("app/ui/look.py", "import schemas.operational", "The doors"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts in a folder."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": "."})


def test_every_import_follows_the_arrows() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout[-3000:]


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rooms and areas without their contents, and the real contracts."""
    folder = tmp_path_factory.mktemp("rooms")
    for room, packages in _ROOMS.items():
        for package in (room, *(f"{room}/{name}" for name in packages)):
            (folder / package).mkdir(parents=True)
            (folder / package / "__init__.py").touch()
    for area in _AREAS:
        (folder / "app" / "modules" / area).mkdir()
        (folder / "app" / "modules" / area / "__init__.py").touch()
    (folder / "app" / "bootstrap.py").touch()
    (folder / "app" / "kernel" / "two.py").write_text("import app.kernel.one\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "app" / "kernel" / "one.py").touch()
    return folder


@pytest.mark.parametrize("violation", sorted(_VIOLATIONS))
def test_a_seeded_violation_breaks_its_contract(skeleton: Path, violation: str) -> None:
    file, line, contract = _VIOLATIONS[violation]
    path = skeleton / file
    made = [path] + ([path.parent] if not path.parent.exists() else [])
    path.parent.mkdir(exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(line + "\n", encoding="utf-8")
    try:
        result = lint(skeleton)
    finally:
        if before is None:
            for entry in made:
                entry.rmdir() if entry.is_dir() else entry.unlink()
        else:
            path.write_text(before, encoding="utf-8")
    broken = [row for row in result.stdout.splitlines() if row.startswith(contract)]
    assert result.returncode == 1, result.stdout
    assert broken, result.stdout


def test_every_contract_has_a_seeded_violation() -> None:
    names = {contract["name"] for contract in SETTINGS["contracts"]}
    assert {name for name in names if not any(name.startswith(c) for _, _, c in _VIOLATIONS.values())} == set()
