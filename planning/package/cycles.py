"""Cycles among parents and components (by-products included) and among transfers: found, named, taken out.

An edge is cyclic when both its ends lie in one strongly connected component. Nodes without predecessors or successors
are peeled off first (Kahn), so that Tarjan's algorithm sees only what is left, which in a sound package is nothing.
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from planning.compiled import allocating_kernel

PATH_LENGTH_LIMIT = 12
EXACT_PATH_EDGE_LIMIT = 2_000


@allocating_kernel
def _peeled(node_count: int, tails: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """Which nodes remain when nodes with no incoming edge are removed again and again; bool per node."""
    incoming = np.zeros(node_count, dtype=np.int64)
    first = np.zeros(node_count + 1, dtype=np.int64)
    for i in range(tails.shape[0]):
        incoming[heads[i]] += 1
        first[tails[i] + 1] += 1
    for i in range(node_count):
        first[i + 1] += first[i]
    fill = first[:-1].copy()
    out = np.empty(tails.shape[0], dtype=np.int64)
    for i in range(tails.shape[0]):
        out[fill[tails[i]]] = heads[i]
        fill[tails[i]] += 1
    remains = np.ones(node_count, dtype=np.bool_)
    stack = np.empty(node_count, dtype=np.int64)
    height = 0
    for node in range(node_count):
        if incoming[node] == 0:
            stack[height] = node
            height += 1
            remains[node] = False
    while height > 0:
        height -= 1
        node = stack[height]
        for k in range(first[node], first[node + 1]):
            head = out[k]
            incoming[head] -= 1
            if incoming[head] == 0 and remains[head]:
                remains[head] = False
                stack[height] = head
                height += 1
    return remains


def strongly_connected(successors: dict[int, list[int]]) -> dict[int, int]:
    """Component number of every node (Tarjan 1972, without recursion).

    >>> component = strongly_connected({1: [2], 2: [1, 3], 3: []})
    >>> component[1] == component[2], component[2] == component[3]
    (True, False)
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    component: dict[int, int] = {}
    stack: list[int] = []
    for root, onward in successors.items():
        if root in index:
            continue
        work = [(root, iter(onward))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            node, following = work[-1]
            for head in following:
                if head not in index:
                    index[head] = low[head] = len(index)
                    stack.append(head)
                    work.append((head, iter(successors.get(head, ()))))
                    break
                if head not in component:
                    low[node] = min(low[node], index[head])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    while True:
                        member = stack.pop()
                        component[member] = index[node]
                        if member == node:
                            break
    return component


def _path(start: int, goal: int, successors: dict[int, list[int]], component: dict[int, int]) -> list[int]:
    """A shortest way from start to goal inside their component (breadth first)."""
    before: dict[int, int] = {start: start}
    queue = deque([start])
    while queue and goal not in before:
        node = queue.popleft()
        for head in successors.get(node, ()):
            if head not in before and component[head] == component[goal]:
                before[head] = node
                queue.append(head)
    way = [goal]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]


def cyclic_edges(
    node_count: int, tails: np.ndarray, heads: np.ndarray, name: Callable[[int], str]
) -> list[tuple[int, str]]:
    """Edges that lie on a cycle, with the cycle named.

    Args:
        tails, heads: int arrays of one length; edge i leads from tails[i] to heads[i], nodes 0..node_count-1.
        name: the text of a node.

    Returns:
        (edge, "A -> B -> A") for every cyclic edge, ascending by edge. Long cycles are shortened in the middle.

    >>> cyclic_edges(3, np.array([0, 1, 1]), np.array([1, 0, 2]), "ABC".__getitem__)
    [(0, 'A -> B -> A'), (1, 'B -> A -> B')]
    """
    if tails.shape[0] == 0:
        return []
    tails, heads = tails.astype(np.int64), heads.astype(np.int64)
    remains = _peeled(node_count, tails, heads)
    remains &= _peeled(node_count, heads, tails)
    suspects = np.nonzero(remains[tails] & remains[heads])[0]
    if suspects.size == 0:
        return []
    successors: dict[int, list[int]] = {}
    for edge in suspects.tolist():
        successors.setdefault(int(tails[edge]), []).append(int(heads[edge]))
    for edge in suspects.tolist():
        successors.setdefault(int(heads[edge]), [])
    for following in successors.values():
        following.sort()
    component = strongly_connected(dict(sorted(successors.items())))
    cyclic = [edge for edge in suspects.tolist() if component[int(tails[edge])] == component[int(heads[edge])]]
    named: dict[int, str] = {}
    found = []
    for edge in cyclic:
        tail, head = int(tails[edge]), int(heads[edge])
        if len(cyclic) <= EXACT_PATH_EDGE_LIMIT or component[tail] not in named:
            way = [tail, *_path(head, tail, successors, component)]
            named[component[tail]] = _spelled([name(node) for node in way])
        found.append((edge, named[component[tail]]))
    return found


def _spelled(names: list[str]) -> str:
    if len(names) > PATH_LENGTH_LIMIT:
        half = PATH_LENGTH_LIMIT // 2
        names = [*names[:half], f"... ({len(names) - 1 - 2 * half + 1} more)", *names[-half:]]
    return " -> ".join(names)
