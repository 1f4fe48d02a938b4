"""Echelon requirements: how much of every item must be received by when, whatever plan is chosen.

Demand is netted against stock and receipts level by level, parents first, as material requirements
planning does, but with the smallest use that any source makes of a component. What results, N_i(u), is
a lower bound on the item's cumulative receipts up to bucket u:

    sum of receipts up to u  >=  N_i(u) - owed_i(u)

where owed_i(u) is what lateness at the item's own and its parents' customers, and stock missing from
safety levels, excuse. That one-item relaxation carries the facility-location form of lot sizing (Krarup
and Bilde 1977; echelon view after Afentakis and Gavish 1986, Pochet and Wolsey 2006, chapter 13), which
`formulation` writes down. `most_useful` bounds a lot from above by what can still be asked for.
"""

from dataclasses import dataclass

import numpy as np

from planning.lot_sizing.problem import NEVER, FloatArray, LotSizingProblem, Source


@dataclass(frozen=True)
class Owed:
    """One excuse: `coefficient` x what demand class `index` owes, or item `index` lacks of safety, at `bucket`."""

    is_class: bool
    index: int
    bucket: int
    coefficient: float


@dataclass(frozen=True)
class EchelonRequirement:
    """`required` (I, T): growth of N_i per bucket; `owed`[i][t]: its excuses; `most_useful` (S, T): largest lot."""

    required: FloatArray
    owed: tuple[tuple[tuple[Owed, ...], ...], ...]
    most_useful: FloatArray


@dataclass(frozen=True)
class _Link:
    """What receiving one unit of `parent` surely takes of a component: the least and the most per unit."""

    parent: int
    least: float
    most: float
    most_fixed: float


def echelon_requirement(problem: LotSizingProblem) -> EchelonRequirement:
    """Net the demand through the product structure.

    Args:
        problem: the problem; its sources must not form a cycle.

    Returns:
        Requirements by item and bucket and the largest useful lot by source and bucket.

    Raises:
        ValueError: the sources form a cycle.
    """
    sources_of = problem.sources_of()
    links = _links(problem, sources_of)
    item_count, bucket_count = len(problem.items), problem.bucket_count
    cumulative = np.zeros((item_count, bucket_count))
    owed: list[list[tuple[Owed, ...]]] = [[() for _ in range(bucket_count)] for _ in range(item_count)]
    fed = {by.item for source in problem.sources for by in source.by_products}
    for item in problem.parents_first():
        if item in fed:
            continue
        _net_item(problem, item, links[item], sources_of=sources_of, cumulative=cumulative, owed=owed)
    required = np.diff(cumulative, axis=1, prepend=0.0)
    required[required < 1e-9] = 0.0
    return EchelonRequirement(
        required=required,
        owed=tuple(tuple(row) for row in owed),
        most_useful=_most_useful(problem, links, sources_of, cumulative),
    )


def _links(problem: LotSizingProblem, sources_of: tuple[tuple[int, ...], ...]) -> list[list[_Link]]:
    """Parents of every item with the least and the most that a received unit takes."""
    links: list[list[_Link]] = [[] for _ in problem.items]
    for parent, indices in enumerate(sources_of):
        least: dict[int, list[float]] = {}
        most: dict[int, list[float]] = {}
        fixed: dict[int, float] = {}
        for index in indices:
            source = problem.sources[index]
            for component in source.components:
                least.setdefault(component.item, []).append(float(component.quantity_per.min()) / source.yield_share)
                most.setdefault(component.item, []).append(float(component.quantity_per.max()) / source.yield_share)
                fixed[component.item] = fixed.get(component.item, 0.0) + component.fixed_quantity
        for item, rates in least.items():
            always = min(rates) if len(rates) == len(indices) else 0.0
            links[item].append(_Link(parent, always, sum(most[item]), fixed[item]))
    return links


def _first_receivable(problem: LotSizingProblem, indices: tuple[int, ...]) -> int:
    """First bucket in which some source can deliver; the horizon's length where none ever can."""
    firsts = [np.flatnonzero(problem.sources[index].release_bucket != NEVER) for index in indices]
    return min((int(first[0]) for first in firsts if len(first)), default=problem.bucket_count)


def _received_when_released(source: Source, bucket: int) -> int:
    """Last receipt bucket whose order is released in or before `bucket`; -1 where there is none."""
    ready = np.flatnonzero((source.release_bucket != NEVER) & (source.release_bucket <= bucket))
    return int(ready[-1]) if len(ready) else -1


def _net_item(
    problem: LotSizingProblem,
    item: int,
    links: list[_Link],
    *,
    sources_of: tuple[tuple[int, ...], ...],
    cumulative: FloatArray,
    owed: list[list[tuple[Owed, ...]]],
) -> None:
    """Fill one item's row of cumulative requirements and its excuses, its parents being done."""
    own_classes = [c for c, demand_class in enumerate(problem.demand_classes) if demand_class.item == item]
    due = sum((problem.demand_classes[c].quantity for c in own_classes), np.zeros(problem.bucket_count)).cumsum()
    supply = problem.initial_stock[item] + problem.scheduled_receipts[item].cumsum()
    need = due + problem.safety_stock[item] - supply
    excuses: list[list[Owed]] = [[] for _ in range(problem.bucket_count)]
    for link in links:
        if link.least <= 0 or not sources_of[link.parent]:
            continue
        for bucket in range(problem.bucket_count):
            seen = min(_received_when_released(problem.sources[s], bucket) for s in sources_of[link.parent])
            if seen < 0 or cumulative[link.parent, seen] <= 0:
                continue
            need[bucket] += link.least * cumulative[link.parent, seen]
            settled = int(np.flatnonzero(cumulative[link.parent] >= cumulative[link.parent, seen])[0])
            for excuse in owed[link.parent][settled]:
                excuses[bucket].append(
                    Owed(excuse.is_class, excuse.index, excuse.bucket, excuse.coefficient * link.least)
                )
    first = _first_receivable(problem, sources_of[item])
    if first >= problem.bucket_count:
        return
    cumulative[item, first:] = np.maximum.accumulate(np.maximum(need[first:], 0.0))
    for bucket in range(first, problem.bucket_count):
        own = [Owed(True, c, bucket, 1.0) for c in own_classes]
        if problem.safety_stock[item, bucket] > 0:
            own.append(Owed(False, item, bucket, 1.0))
        owed[item][bucket] = tuple(own + excuses[bucket])


def _most_useful(
    problem: LotSizingProblem,
    links: list[list[_Link]],
    sources_of: tuple[tuple[int, ...], ...],
    cumulative: FloatArray,
) -> FloatArray:
    """Largest useful receipt by source and bucket.

    Where demand is sure and no lot rule makes surplus, nothing beyond the remaining echelon requirement is
    worth receiving. Elsewhere the bound is the whole requirement under the most wasteful choice.
    """
    bucket_count = problem.bucket_count
    sure = np.ones(len(problem.items), dtype=bool)
    delay = np.zeros(len(problem.items), dtype=np.int64)
    total = np.zeros(len(problem.items))
    fed = {by.item for source in problem.sources for by in source.by_products}
    for demand_class in problem.demand_classes:
        patience = bucket_count if demand_class.patience is None else demand_class.patience
        delay[demand_class.item] = max(delay[demand_class.item], patience)
        total[demand_class.item] += float(demand_class.quantity.sum())
    total += problem.safety_stock.max(axis=1, initial=0.0) + problem.expiring.sum(axis=1)
    most = np.zeros((len(problem.sources), bucket_count))
    for item in problem.parents_first():
        for link in links[item]:
            sure[item] &= bool(sure[link.parent]) and link.least == link.most and link.most_fixed == 0
            delay[item] = max(delay[item], delay[link.parent])
            total[item] += link.most * total[link.parent] + link.most_fixed * bucket_count * len(problem.sources)
        own = [problem.sources[index] for index in sources_of[item]]
        sure[item] &= item not in fed and not problem.expiring[item].any()
        sure[item] &= all(not (s.minimum or s.multiple or s.by_products) for s in own)
        for source in own:
            for by_product in source.by_products:
                rate = float(by_product.quantity_per.max())
                total[item] += total[by_product.item] / rate if rate > 0 else 0.0
        total[item] += max((max(s.minimum, s.multiple) for s in own), default=0.0)
        covered = np.zeros(bucket_count)
        reach = 1 + int(delay[item])
        if reach < bucket_count:
            covered[reach:] = cumulative[item, : bucket_count - reach]
        remaining = cumulative[item, -1] - covered if sure[item] else np.full(bucket_count, total[item])
        for index in sources_of[item]:
            most[index] = remaining
    return most
