"""Public lot-sizing instances as planning packages: Trigeiro, MULTILSB and the MLCLSP with overtime.

The files are read where they lie (environment variable TALLYWORKS_SHARED, else ../shared); formats are described
in their SOURCE.md and FORMAT.md. An instance is reduced to what all of them share: items, demand, product structure,
minutes, setup, holding and overtime. Substitution, which some files also carry, is left out, as the published comparisons
of the underlying classes do; so is backlog, but for the sets of Akartunali and Miller (SET1 to SET4), which were
made with it and have no overtime.
"""

import ast
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from planning.lot_sizing.problem import (
    Component,
    DemandClass,
    FloatArray,
    LotSizingProblem,
    ResourceUse,
    Source,
)

OVERTIME_COST = 10_000.0
PLAN_START = date(2026, 1, 5)
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Instance:
    """One public instance; arrays over items I, buckets T, resources R; `uses[r][i]` is minutes a unit."""

    name: str
    demand: FloatArray
    setup_cost: FloatArray
    holding_cost: FloatArray
    run_minutes: FloatArray
    setup_minutes: FloatArray
    capacity: FloatArray
    overtime_cost: float | None
    structure: tuple[tuple[int, int, float], ...]
    late_buckets: int = 0
    late_cost: FloatArray | None = None


def shared_lot_sizing() -> Path:
    """Folder of the public files; it may be absent."""
    base = os.environ.get("TALLYWORKS_SHARED")
    return (Path(base) if base else ROOT.parent / "shared") / "data" / "lotsizing"


def read_trigeiro(path: Path, *, unit_minutes: float | None = None) -> Instance:
    """Read a single-level instance of Trigeiro, Thomas and McClain (1989).

    Args:
        path: the file.
        unit_minutes: replaces every item's minutes a unit, as Belvaux and Wolsey did with G30 for tr6-15.
    """
    lines = [[float(word) for word in line.split()] for line in _numeric_lines(path)]
    item_count, bucket_count = int(lines[0][0]), int(lines[0][1])
    capacity = lines[2][0]
    items = np.array(lines[3 : 3 + item_count])
    blocks = lines[3 + item_count :]
    demand = np.array(blocks[:bucket_count]).T
    if item_count > 15:
        demand = np.vstack([demand, np.array(blocks[bucket_count : 2 * bucket_count]).T])
    run = items[:, 0] if unit_minutes is None else np.full(item_count, unit_minutes)
    return Instance(
        name=path.stem,
        demand=demand,
        setup_cost=items[:, 3],
        holding_cost=items[:, 1],
        run_minutes=run[None, :],
        setup_minutes=items[:, 2][None, :],
        capacity=np.full((1, bucket_count), capacity),
        overtime_cost=None,
        structure=(),
    )


def _numeric_lines(path: Path) -> Iterable[str]:
    for line in path.read_text().splitlines():
        if line.strip() and not any(letter.isalpha() for letter in line):
            yield line


def read_multilsb(path: Path) -> Instance:
    """Read an instance in the MULTILSB layout (Akartunali and Miller; Stadtler 2003 classes)."""
    sections: dict[str, list[str]] = {}
    current = ""
    for line in path.read_text().splitlines():
        if line and line[0].isalpha():
            current = line.split("(")[0].strip()
            sections[current] = []
        elif line.strip():
            sections[current].append(line)

    def table(name: str) -> FloatArray:
        return np.array([ast.literal_eval(line) for line in sections[name]], dtype=float)

    structure = [ast.literal_eval(line) for line in sections["Assemble,Component,Quantity"]]
    backlogs = path.parent.name.startswith("SET")
    return Instance(
        name=path.stem,
        demand=np.array(ast.literal_eval(sections["Demand"][0]), dtype=float),
        setup_cost=table("Setup_Cost").sum(axis=0),
        holding_cost=table("Holding_Cost")[0],
        run_minutes=table("Production_Time"),
        setup_minutes=table("Setup_Time"),
        capacity=table("Cap"),
        overtime_cost=None if backlogs else OVERTIME_COST,
        structure=tuple((int(parent) - 1, int(part) - 1, float(quantity)) for parent, part, quantity in structure),
        late_buckets=int(table("Order_Delay_TimeLimit").max()) if backlogs else 0,
        late_cost=table("Delay_Cost")[0] if backlogs else None,
    )


def read_mlclsp(path: Path) -> Instance:
    """Read an instance of the MLCLSP with overtime (tab separated sections)."""
    sections: dict[str, list[list[str]]] = {}
    current = ""
    for line in path.read_text().splitlines():
        words = line.split()
        if words and words[0][0].isalpha():
            current = line.split("(")[0].split(",")[0].strip()
            sections[current] = []
        elif words:
            sections[current].append(words)
    items = np.array([[float(word) for word in row[:4]] for row in sections["SetupCost"]])
    matrix = np.array(sections["BOM"], dtype=float)
    return Instance(
        name=path.stem,
        demand=np.array(sections["ExternalDemandForEachItemAndPeriod"], dtype=float),
        setup_cost=items[:, 0],
        holding_cost=items[:, 1],
        run_minutes=np.array(sections["CapacityNeedsForProductionForEachResourceAndItem"], dtype=float),
        setup_minutes=np.array(sections["CapacityNeedsForSetupForEachResourceAndItem"], dtype=float),
        capacity=np.array(sections["CapacityLimitsForEachResourceAndPeriod"], dtype=float),
        overtime_cost=float(sections["OverTimeCostsForEachResource"][0][0]),
        structure=tuple(
            (int(parent), int(part), float(matrix[part, parent]))
            for part, parent in zip(*np.nonzero(matrix), strict=True)
        ),
    )


def read_instance(name: str) -> Instance:
    """Read an instance by its published name: tr6-15, tr12-30, G501130, SET1/data_01, A_G001545_MLCLS, ...

    Raises:
        FileNotFoundError: no file of that name.
    """
    renamed = {"tr6-15": "G30", "tr12-15": "G53", "tr12-30": "G69", "tr24-15": "G57", "tr24-30": "G72"}
    base = shared_lot_sizing()
    if name in renamed or (base / "trigeiro" / f"{name}.DAT").exists():
        unit = 1.0 if name == "tr6-15" else None
        return read_trigeiro(base / "trigeiro" / f"{renamed.get(name, name)}.DAT", unit_minutes=unit)
    for folder in ("classap", "classc", ""):
        path = base / "multilsb" / folder / f"{name}.txt"
        if path.exists():
            return read_multilsb(path)
    path = base / "mlclsp_td" / f"{name}.dat"
    if path.exists():
        return read_mlclsp(path)
    raise FileNotFoundError(f"no lot-sizing instance {name} under {base}")


def patience_of(instance: Instance) -> npt.NDArray[np.int64]:
    """Buckets that demand of each bucket may be late; all of it is served by the end."""
    bucket_count = instance.demand.shape[1]
    return np.minimum(instance.late_buckets, np.arange(bucket_count)[::-1])


def _classes(instance: Instance) -> Iterable[DemandClass]:
    late = np.zeros(len(instance.demand)) if instance.late_cost is None else instance.late_cost
    for patience in np.unique(patience_of(instance)):
        due = np.where(patience_of(instance) == patience, instance.demand, 0.0)
        for item in np.flatnonzero(due.any(axis=1)):
            yield DemandClass(int(item), f"item {item}", due[item], float(late[item]), int(patience))


def problem_of(instance: Instance) -> LotSizingProblem:
    """The instance as a problem, by the direct road (tests compare it with the road through a package)."""
    item_count, bucket_count = instance.demand.shape
    resource_count = len(instance.capacity)
    zero = np.zeros((item_count, bucket_count))
    overtime = instance.overtime_cost is not None
    sources = tuple(
        Source(
            item=item,
            name=f"item {item}",
            kind="make",
            release_bucket=np.arange(bucket_count),
            setup_cost=np.full(bucket_count, instance.setup_cost[item]),
            unit_cost=np.zeros(bucket_count),
            components=tuple(
                Component(part, np.full(bucket_count, quantity))
                for parent, part, quantity in instance.structure
                if parent == item
            ),
            uses=tuple(
                ResourceUse(r, float(instance.setup_minutes[r, item]), float(instance.run_minutes[r, item]))
                for r in range(resource_count)
                if instance.run_minutes[r, item] > 0 or instance.setup_minutes[r, item] > 0
            ),
        )
        for item in range(item_count)
    )
    classes = tuple(_classes(instance))
    return LotSizingProblem(
        items=tuple(f"item {item}" for item in range(item_count)),
        bucket_count=bucket_count,
        initial_stock=np.zeros(item_count),
        scheduled_receipts=zero.copy(),
        safety_stock=zero.copy(),
        safety_penalty=np.zeros(item_count),
        holding_cost=np.repeat(instance.holding_cost[:, None], bucket_count, axis=1),
        expiring=zero.copy(),
        demand_classes=classes,
        sources=sources,
        resources=tuple(f"resource {r}" for r in range(resource_count)),
        capacity=instance.capacity.copy(),
        overtime_cost=np.full(resource_count, instance.overtime_cost or 0.0),
        overtime_limit=np.full(resource_count, np.inf if overtime else 0.0),
    )


def package_of(instance: Instance) -> dict[str, pl.DataFrame]:
    """The instance as a planning package: week buckets, one routing operation a resource, demand on Mondays."""
    item_count, bucket_count = instance.demand.shape
    starts = [PLAN_START + timedelta(weeks=bucket) for bucket in range(bucket_count)]
    names = [f"I{item + 1:03d}" for item in range(item_count)]
    resources = [f"R{resource + 1}" for resource in range(len(instance.capacity))]
    used = [
        (item, resource)
        for item in range(item_count)
        for resource in range(len(resources))
        if instance.run_minutes[resource, item] > 0 or instance.setup_minutes[resource, item] > 0
    ]
    hourly = None if instance.overtime_cost is None else 60.0 * instance.overtime_cost
    due = [(item, bucket) for item, bucket in zip(*np.nonzero(instance.demand), strict=True)]
    return {
        "parameters": pl.DataFrame(
            {
                "key": ["plan_start", "horizon_days", "bucket"],
                "value": [PLAN_START.isoformat(), str(7 * bucket_count), "week"],
            }
        ),
        "items": pl.DataFrame(
            {
                "item": names,
                "source": ["make"] * item_count,
                "setup_cost": instance.setup_cost,
                "holding_cost": instance.holding_cost,
            }
        ),
        "bom": pl.DataFrame(
            {
                "parent": [names[parent] for parent, _, _ in instance.structure],
                "component": [names[part] for _, part, _ in instance.structure],
                "quantity_per": [quantity for _, _, quantity in instance.structure],
            },
            schema={"parent": pl.String, "component": pl.String, "quantity_per": pl.Float64},
        ),
        "resources": pl.DataFrame(
            {"resource": resources, "overtime_cost_per_hour": pl.Series([hourly] * len(resources), dtype=pl.Float64)}
        ),
        "capacity": pl.DataFrame(
            {
                "resource": [name for name in resources for _ in starts],
                "bucket": starts * len(resources),
                "minutes": instance.capacity.ravel(),
            }
        ),
        "routings": pl.DataFrame(
            {
                "item": [names[item] for item, _ in used],
                "operation": [10 * (resource + 1) for _, resource in used],
                "resource": [resources[resource] for _, resource in used],
                "setup_minutes": [instance.setup_minutes[resource, item] for item, resource in used],
                "run_minutes": [instance.run_minutes[resource, item] for item, resource in used],
            }
        ),
        "demand": pl.DataFrame(
            {
                "demand": [f"D{item + 1:03d}-{bucket + 1:02d}" for item, bucket in due],
                "item": [names[item] for item, _ in due],
                "quantity": [float(instance.demand[item, bucket]) for item, bucket in due],
                "due_on": [starts[bucket] for _, bucket in due],
                "max_late_days": [7 * int(patience_of(instance)[bucket]) for _, bucket in due],
                "penalty": [None if instance.late_cost is None else instance.late_cost[item] for item, _ in due],
            },
            schema_overrides={"penalty": pl.Float64},
        ),
    }
