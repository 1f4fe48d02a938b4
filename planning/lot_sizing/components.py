"""Connected components: parts of a problem that share no product structure and no resource are planned alone.

Union-find over items and resources (Tarjan 1975). The sum of the parts' optima is the whole's optimum and the sum of
their bounds is a bound. Putting the answers together again is done in `optimize`.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from planning.lot_sizing.problem import LotSizingProblem


@dataclass(frozen=True)
class Part:
    """A component with the whole's indices of its items, sources, demand classes and resources."""

    problem: LotSizingProblem
    items: tuple[int, ...]
    sources: tuple[int, ...]
    demand_classes: tuple[int, ...]
    resources: tuple[int, ...]


def parts_of(problem: LotSizingProblem) -> tuple[Part, ...]:
    """Cut a problem into its connected components, in the order of their first items.

    Resources that no source uses belong to no part.
    """
    item_count = len(problem.items)
    node_count = item_count + len(problem.resources)
    pairs = [(source.item, component.item) for source in problem.sources for component in source.components]
    pairs += [(source.item, by.item) for source in problem.sources for by in source.by_products]
    pairs += [(source.item, item_count + use.resource) for source in problem.sources for use in source.uses]
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    graph = sparse.coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(node_count, node_count))
    _, label = csgraph.connected_components(graph, directed=False)
    members: dict[int, list[int]] = {}
    for item in range(item_count):
        members.setdefault(int(label[item]), []).append(item)
    sources: dict[int, list[int]] = {}
    for index, source in enumerate(problem.sources):
        sources.setdefault(int(label[source.item]), []).append(index)
    classes: dict[int, list[int]] = {}
    for index, demand_class in enumerate(problem.demand_classes):
        classes.setdefault(int(label[demand_class.item]), []).append(index)
    resources: dict[int, list[int]] = {}
    for resource in range(len(problem.resources)):
        resources.setdefault(int(label[item_count + resource]), []).append(resource)
    return tuple(
        _part(problem, items, sources.get(key, []), classes.get(key, []), resources.get(key, []))
        for key, items in members.items()
    )


def _part(
    problem: LotSizingProblem, items: list[int], sources: list[int], classes: list[int], resources: list[int]
) -> Part:
    item_place = {item: place for place, item in enumerate(items)}
    resource_place = {resource: place for place, resource in enumerate(resources)}
    moved = tuple(
        replace(
            problem.sources[index],
            item=item_place[problem.sources[index].item],
            components=tuple(replace(c, item=item_place[c.item]) for c in problem.sources[index].components),
            by_products=tuple(replace(b, item=item_place[b.item]) for b in problem.sources[index].by_products),
            uses=tuple(replace(u, resource=resource_place[u.resource]) for u in problem.sources[index].uses),
        )
        for index in sources
    )
    return Part(
        problem=LotSizingProblem(
            items=tuple(problem.items[item] for item in items),
            bucket_count=problem.bucket_count,
            initial_stock=problem.initial_stock[items],
            scheduled_receipts=problem.scheduled_receipts[items],
            safety_stock=problem.safety_stock[items],
            safety_penalty=problem.safety_penalty[items],
            holding_cost=problem.holding_cost[items],
            expiring=problem.expiring[items],
            demand_classes=tuple(
                replace(problem.demand_classes[c], item=item_place[problem.demand_classes[c].item]) for c in classes
            ),
            sources=moved,
            resources=tuple(problem.resources[resource] for resource in resources),
            capacity=problem.capacity[resources],
            overtime_cost=problem.overtime_cost[resources],
            overtime_limit=problem.overtime_limit[resources],
        ),
        items=tuple(items),
        sources=tuple(sources),
        demand_classes=tuple(classes),
        resources=tuple(resources),
    )
