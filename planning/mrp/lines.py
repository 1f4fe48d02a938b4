"""Who requires whom: bill-of-material lines, by-products and transfers as lines between nodes.

Alternates are resolved here into dates: of a group's lines the first effective one by priority is used, so each line
keeps the days on which no better one is effective. Scrap becomes an exact fraction here.
"""

import numpy as np
import polars as pl

from planning.mrp.model import BY_PRODUCT, COMPONENT, FAR_DAY, LINE, MAKE, SUPPLYING, TRANSFER
from planning.mrp.network import Places, records
from planning.package import Package
from schemas.planning import QUANTITY_SCALE

Window = tuple[int, int]


def build_lines(
    package: Package,
    places: Places,
    nodes: np.ndarray,
    options: np.ndarray,
    facts: pl.DataFrame,
    choices: pl.DataFrame | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """LINE records by the required node, and that node of each.

    Args:
        choices: parent (node), bom_row and option, where alternates are ways to make (constrained/alternates.py); without
            it alternates are cut into days.
    """
    windows = _effective_windows(package) if choices is None else bom_windows(package)
    bom = _fractions(windows, package.parameters.scrap_basis)
    makes = np.zeros(places.item.size, dtype=bool)
    makes[options["node"][options["kind"] == MAKE]] = True
    makes |= nodes["phantom"] == 1
    parents = pl.DataFrame(
        {
            "parent_index": places.item[makes],
            "location": places.location[makes],
            "parent": np.nonzero(makes)[0].astype(np.int32),
        }
    )
    lines = bom.drop("parent").join(parents, on="parent_index")
    child = places.find(lines["component_index"].to_numpy(), lines["location"].to_numpy())
    assert (child >= 0).all()
    lines = lines.with_columns(pl.Series("child", child, dtype=pl.Int32), pl.lit(-1, dtype=pl.Int32).alias("option"))
    if choices is not None and choices.height:
        lines = lines.drop("option").join(
            choices, left_on=["parent", "row"], right_on=["parent", "bom_row"], how="left"
        )
        chosen = pl.col("alternate_group").is_null() | (pl.col("kind") != COMPONENT) | pl.col("option").is_not_null()
        lines = lines.filter(chosen).with_columns(pl.col("option").fill_null(-1))
    columns = ["child", "parent", "kind", "numerator", "denominator", "fixed", "from_day", "to_day", "option"]
    transfers = _transfers(options, facts)
    lines = pl.concat([lines.select(columns), transfers.select(columns)]) if transfers.height else lines.select(columns)
    lines = lines.sort(columns)
    return records(LINE, **{name: lines[name].to_numpy() for name in columns[1:]}), lines["child"].to_numpy()


def _transfers(options: np.ndarray, facts: pl.DataFrame) -> pl.DataFrame:
    moves = np.nonzero((options["kind"] == TRANSFER) & (facts["from_node"].to_numpy() >= 0))[0]
    ones = np.ones(moves.size, dtype=np.int64)
    return pl.DataFrame(
        {
            "child": facts["from_node"].to_numpy()[moves],
            "parent": options["node"][moves].astype(np.int32),
            "kind": np.full(moves.size, SUPPLYING, dtype=np.int8),
            "numerator": ones,
            "denominator": ones,
            "fixed": 0 * ones,
            "from_day": np.full(moves.size, -FAR_DAY, dtype=np.int32),
            "to_day": np.full(moves.size, FAR_DAY, dtype=np.int32),
            "option": moves.astype(np.int32),
        }
    )


def _fractions(bom: pl.DataFrame, scrap_basis: str) -> pl.DataFrame:
    """Requirement per released unit as numerator / denominator in lowest terms, scrap included.

    A component's requirement is quantity_per / (1 - scrap) or quantity_per x (1 + scrap); of a by-product arrives
    quantity_per x (1 - scrap).
    """
    quantity_per, scrap = bom["quantity_per"].to_numpy(), bom["scrap"].to_numpy()
    kind = np.where(bom["kind"].to_numpy() == "component", COMPONENT, BY_PRODUCT).astype(np.int8)
    square = np.int64(QUANTITY_SCALE) ** 2
    if scrap_basis == "divide":
        numerator, denominator = quantity_per.copy(), QUANTITY_SCALE - scrap
    else:
        numerator, denominator = quantity_per * (QUANTITY_SCALE + scrap), np.full(bom.height, square)
    falls_out = kind == BY_PRODUCT
    numerator = np.where(falls_out, quantity_per * (QUANTITY_SCALE - scrap), numerator)
    denominator = np.where(falls_out, square, denominator)
    divisor = np.gcd(numerator, denominator)
    return bom.with_columns(
        pl.Series("kind", kind),
        pl.Series("numerator", numerator // divisor),
        pl.Series("denominator", denominator // divisor),
        pl.col("fixed_quantity").alias("fixed"),
    )


def bom_windows(package: Package) -> pl.DataFrame:
    """The table bom with `from_day` and `to_day`, offsets from plan_start, [from, to)."""
    plan_start = package.parameters.plan_start
    return package.table("bom").with_columns(
        (pl.col("effective_from").cast(pl.Int64) - plan_start).fill_null(-FAR_DAY).clip(-FAR_DAY, FAR_DAY)
        .cast(pl.Int32).alias("from_day"),
        (pl.col("effective_to").cast(pl.Int64) - plan_start).fill_null(FAR_DAY).clip(-FAR_DAY, FAR_DAY)
        .cast(pl.Int32).alias("to_day"),
    )  # fmt: skip


def _effective_windows(package: Package) -> pl.DataFrame:
    """The table bom with its days, alternates cut to those on which they are used."""
    bom = bom_windows(package)
    alternates = bom.filter(pl.col("alternate_group").is_not_null() & (pl.col("kind") == "component"))
    if alternates.height == 0:
        return bom
    alternates = alternates.sort("parent_index", "alternate_group", "priority", "component", "row")
    kept: list[dict] = []
    taken: list[Window] = []
    before = None
    for row in alternates.iter_rows(named=True):
        group = (row["parent_index"], row["alternate_group"])
        taken = taken if group == before else []
        before = group
        window = (row["from_day"], row["to_day"])
        kept.extend({**row, "from_day": start, "to_day": end} for start, end in days_left(window, taken))
        taken.append(window)
    others = bom.filter(pl.col("alternate_group").is_null() | (pl.col("kind") != "component"))
    return pl.concat([others, pl.DataFrame(kept, schema=bom.schema)])


def days_left(window: Window, taken: list[Window]) -> list[Window]:
    """The parts of a half-open window that no window in `taken` covers, ascending.

    >>> days_left((0, 10), [(2, 4), (8, 20)])
    [(0, 2), (4, 8)]
    """
    left = [window] if window[0] < window[1] else []
    for start, end in taken:
        parts = []
        for low, high in left:
            if end <= low or start >= high:
                parts.append((low, high))
                continue
            if low < start:
                parts.append((low, start))
            if end < high:
                parts.append((end, high))
        left = parts
    return sorted(left)
