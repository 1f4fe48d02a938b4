"""The table `scenarios` into scenarios: parsed like a package's tables, every patch tried on the base before anything is planned.

A scenario with a row that is refused is not planned, as half of its patches would answer another question; the others are.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from planning.package import Package
from planning.package.assembling import read_beside
from planning.package.findings import Findings
from planning.package.reading import ROW, read_raw_file
from planning.scenarios.applying import applied
from planning.scenarios.model import BASE, Base, Patch, PatchRefused, Scenario
from schemas.planning import FAMILIES, KEYS, PATCH_KINDS, SCENARIOS

NAME_LIMIT = 80


def read_scenarios(source: str | Path | pl.DataFrame, base: Base, findings: Findings) -> list[Scenario]:
    """Read scenarios and try them on the base.

    Args:
        source: a file `NAME.csv` or `NAME.parquet`, or the table.
        base: what they patch.
        findings: where refused rows go.

    Returns:
        The scenarios of which every row can be applied, in the order in which they are first named.

    Raises:
        FileNotFoundError: there is no such file.
    """
    frame = source if isinstance(source, pl.DataFrame) else _read_file(Path(source), findings)
    if frame is None or any(each["table"][0] == SCENARIOS.name for each in findings.rejects):
        return []  # Which scenario an unreadable line belongs to cannot be said.
    strange = [name for name in frame.columns if name not in {ROW, *(column.name for column in SCENARIOS.columns)}]
    for name in strange:
        findings.reject(SCENARIOS.name, 0, name, None, "unknown column; the table was not read")
    if strange:
        return []  # A misspelled key would make its patches act on everything.
    found = Findings()
    rows = read_beside(frame, SCENARIOS, base.package, found)
    findings.rejects += found.rejects
    names = frame["scenario"].cast(pl.String, strict=False).to_list() if "scenario" in frame.columns else []
    broken = {names[row - 1] for each in found.rejects for row in each["row"] if 0 < row <= len(names)}
    scenarios = [scenario for scenario in _gathered(rows) if scenario.name not in broken]
    return refuse_unfit(scenarios, base, findings)


def read_families(frame: pl.DataFrame | None, package: Package, findings: Findings) -> dict[str, frozenset[str]]:
    """The table `families`: items by the name they belong together under; unknown items are rejected."""
    if frame is None:
        return {}
    rows = read_beside(frame, FAMILIES, package, findings)
    found: dict[str, set[str]] = {}
    for family, item in rows.select("family", "item").iter_rows():
        found.setdefault(family, set()).add(item)
    return {family: frozenset(items) for family, items in found.items()}


def _read_file(path: Path, findings: Findings) -> pl.DataFrame | None:
    if not path.is_file():
        message = f"{path} is not a file with scenarios (.csv or .parquet)"
        raise FileNotFoundError(message)
    return read_raw_file(path, SCENARIOS.name, findings)


def _gathered(rows: pl.DataFrame) -> list[Scenario]:
    patches: dict[str, list[Patch]] = {}
    first: dict[str, int] = {}
    for row in rows.sort(ROW).iter_rows(named=True):
        held = patches.setdefault(row["scenario"], [])
        first.setdefault(row["scenario"], row[ROW])
        told = {key: row[key] for key in KEYS}
        if row["kind"] is not None or any(value is not None for value in told.values()) or row["value"] is not None:
            held.append(Patch(row["kind"] or "", **told, operation=row["operation"], value=row["value"], row=row[ROW]))
    return [Scenario(name, tuple(held), first[name]) for name, held in patches.items()]


def refuse_unfit(scenarios: Sequence[Scenario], base: Base, findings: Findings) -> list[Scenario]:
    """Those scenarios that can be applied; of the others the first refused row is named."""
    fit, seen = [], {BASE}
    for scenario in scenarios:
        row = scenario.row
        if scenario.name in seen:
            reason = "the base is always there under that name" if scenario.name == BASE else "the name stands twice"
            findings.reject(SCENARIOS.name, row, "scenario", scenario.name, reason)
            continue
        seen.add(scenario.name)
        if not _is_file_name(scenario.name):
            reason = f"a name has 1 to {NAME_LIMIT} letters, digits, spaces or any of - _ . , % + and does not begin with a dot"
            findings.reject(SCENARIOS.name, row, "scenario", scenario.name, reason)
            continue
        try:
            for patch in scenario.patches:
                row = patch.row
                check_shape(patch)
            applied(scenario, base)
        except PatchRefused as refusal:
            findings.reject(SCENARIOS.name, refusal.row or row, refusal.column, refusal.value, refusal.reason)
            continue
        fit.append(scenario)
    return fit


def _is_file_name(name: str) -> bool:
    return (
        0 < len(name) <= NAME_LIMIT
        and name == name.strip()
        and not name.startswith(".")
        and all(letter.isalnum() or letter in "-_ .,%+" for letter in name)
    )


def check_shape(patch: Patch) -> None:
    """Whether a patch fills what its kind needs and nothing that it does not take.

    Raises:
        PatchRefused: it does not.

    >>> check_shape(Patch("machine_down", resource="W1", from_on=1))
    Traceback (most recent call last):
    ...
    planning.scenarios.model.PatchRefused: to_on: machine_down needs to_on
    """
    if patch.kind not in PATCH_KINDS:
        raise PatchRefused("kind", patch.kind or None, "not one of " + ", ".join(PATCH_KINDS))
    kind, keys = PATCH_KINDS[patch.kind], patch.keys()
    for name, value in keys.items():
        if name not in kind.takes:
            raise PatchRefused(name, value, f"{patch.kind} takes no {name}")
    for name in kind.needs:
        if name not in keys:
            raise PatchRefused(name, None, f"{patch.kind} needs {name}")
    if patch.from_on is not None and patch.to_on is not None and patch.to_on <= patch.from_on:
        raise PatchRefused("to_on", patch.to_on, "the period ends before it begins")
    if not kind.operations and (patch.operation is not None or patch.value is not None):
        raise PatchRefused("value", patch.value, f"{patch.kind} takes no operation and no value")
    if kind.operations and patch.operation not in kind.operations:
        raise PatchRefused("operation", patch.operation, f"{patch.kind} needs one of " + ", ".join(kind.operations))
    if kind.value and patch.value is None:
        raise PatchRefused("value", None, f"{patch.kind} needs a value")
