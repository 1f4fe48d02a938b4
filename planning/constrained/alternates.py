"""Every way to get an item: all sources, and for each set of alternate components a way to make it.

A bill with alternate groups is made in as many ways as its groups can be combined, best priorities first, so that which
components an order takes is a choice of its option, like that of a supplier. `loading` chooses by availability.
"""

from itertools import islice, product

import numpy as np
import polars as pl

from planning.mrp.model import MAKE
from planning.mrp.network import Places
from planning.package import Package

MOST_WAYS = 32
"""Ways to make one item that are looked at; those of lowest priority beyond are left out, with a notice."""

CHOICES = {"parent": pl.Int32, "bom_row": pl.Int32, "option": pl.Int32}


def alternate_rows(package: Package) -> pl.DataFrame:
    """Rows of bom in alternate groups, best first within parent and group."""
    bom = package.table("bom").filter(pl.col("alternate_group").is_not_null() & (pl.col("kind") == "component"))
    return bom.sort("parent_index", "alternate_group", "priority", "component", "row")


def ways_to_make(groups: list[list[int]]) -> list[tuple[int, ...]]:
    """Combinations of one row of each group, best priorities first, at most MOST_WAYS.

    Args:
        groups: rows of each alternate group, best first.

    >>> ways_to_make([[7, 8], [3, 4]])
    [(7, 3), (7, 4), (8, 3), (8, 4)]
    """
    ranked = [range(len(rows)) for rows in groups]
    first = list(islice(product(*ranked), MOST_WAYS * MOST_WAYS))
    first.sort(key=lambda places: (sum(places), places))
    return [tuple(rows[k] for rows, k in zip(groups, places, strict=True)) for places in first[:MOST_WAYS]]


def too_many_ways(package: Package) -> list[str]:
    """A notice where some bill has more ways than are looked at."""
    counts = alternate_rows(package).group_by("parent", "alternate_group").len().group_by("parent")
    wide = counts.agg(pl.col("len").cast(pl.Float64).log().sum().alias("ways")).filter(
        pl.col("ways") > np.log(MOST_WAYS) + 1e-9
    )
    sentence = f"{wide.height} bills have more than {MOST_WAYS} combinations of alternates; the first were looked at"
    return [sentence] if wide.height else []


def expand_ways(
    package: Package, places: Places, options: np.ndarray, facts: pl.DataFrame
) -> tuple[np.ndarray, pl.DataFrame, pl.DataFrame]:
    """Options, facts and choices in which each set of alternates is a way to make.

    Returns:
        options and facts with the ways, node by node in order of preference; parent (node), bom_row and option for
        every alternate that a way takes.
    """
    rows = alternate_rows(package)
    if rows.height == 0:
        return options, facts, pl.DataFrame(schema=CHOICES)
    grouped: dict[int, dict[str, list[int]]] = {}
    for item, group, row in rows.select("parent_index", "alternate_group", "row").iter_rows():
        grouped.setdefault(item, {}).setdefault(group, []).append(row)
    ways = {item: ways_to_make(list(groups.values())) for item, groups in grouped.items()}
    phantom = package.table("items")["phantom"].to_numpy()
    item_of = places.item[options["node"]]
    makes = (options["kind"] == MAKE) | phantom[item_of]
    count = np.array([len(ways.get(int(item), (0,))) if made else 1 for item, made in zip(item_of, makes, strict=True)])
    source = np.repeat(np.arange(options.size), count)
    ordinal = np.arange(source.size) - np.repeat(np.cumsum(count) - count, count)
    taken = [
        (int(options["node"][old]), row, new)
        for new, (old, way) in enumerate(zip(source, ordinal, strict=True))
        if makes[old] and int(item_of[old]) in ways
        for row in ways[int(item_of[old])][way]
    ]
    return options[source], facts[source], pl.DataFrame(taken, schema=CHOICES, orient="row")
