"""The tree of one demand down to what is bought, and the demands that one order serves, from the pegging's edges.

Edges carry what a supply gives to its parent as a whole; where a parent serves several demands, a tree shows the edge
as it stands and says nothing of shares.
"""

import polars as pl


def tree_of(pegging: pl.DataFrame, demand: str) -> pl.DataFrame:
    """Every supply below a demand.

    Args:
        pegging: the table `pegging` with text as String.

    Returns:
        Columns step (0 serves the demand itself), parent, supply, supply_kind, item, quantity; breadth first, each edge
        once.

    >>> edges = pl.DataFrame({"demand": ["D1", None, "D2"], "item": ["BIKE", "WHEEL", "BIKE"],
    ...     "supply": ["B1", "W1", "B2"], "supply_kind": ["make", "buy", "make"], "quantity": [1, 2, 1],
    ...     "parent_supply": [None, "B1", None]})
    >>> tree_of(edges, "D1").select("step", "parent", "supply", "quantity").rows()
    [(0, 'D1', 'B1', 1), (1, 'B1', 'W1', 2)]
    """
    columns = [pl.col("parent"), "supply", "supply_kind", "item", "quantity"]
    found = pegging.filter(pl.col("demand") == demand).with_columns(pl.col("demand").alias("parent"))
    levels, step = [found.select(pl.lit(0).alias("step"), *columns)], 0
    seen = set(found["supply"])
    below = pegging.with_columns(pl.col("parent_supply").alias("parent"))
    front = found["supply"].unique()
    while front.len():
        step += 1
        found = below.filter(pl.col("parent").is_in(front.implode()))
        levels.append(found.select(pl.lit(step).alias("step"), *columns))
        front = pl.Series(sorted(set(found["supply"]) - seen), dtype=pl.String)
        seen |= set(front)
    return pl.concat(levels).sort("step", "parent", maintain_order=True)


def demands_of(pegging: pl.DataFrame, supply: str) -> pl.DataFrame:
    """Why a supply exists: the demands at the upper end of its edges, with the path of supplies between.

    Returns:
        Columns demand, path (supplies from this one up, joined by " <- "), steps; sorted. Empty where nothing is pegged
        to
        it: then safety stock or the lot size asked for it.

    >>> edges = pl.DataFrame({"demand": ["D1", None], "supply": ["B1", "W1"], "parent_supply": [None, "B1"]})
    >>> demands_of(edges, "W1").rows()
    [('D1', 'W1 <- B1', 1)]
    """
    reached, paths = [], [(supply, supply, 0)]
    seen = {supply}
    while paths:
        name, path, steps = paths.pop(0)
        up = pegging.filter(pl.col("supply") == name)
        reached += [(demand, path, steps) for demand in up["demand"].drop_nulls()]
        for parent in up["parent_supply"].drop_nulls().unique().sort():
            if parent not in seen:
                seen.add(parent)
                paths.append((parent, f"{path} <- {parent}", steps + 1))
    schema = {"demand": pl.String, "path": pl.String, "steps": pl.Int64}
    return pl.DataFrame(reached, schema=schema, orient="row").unique().sort("demand", "steps", "path")
