"""Low-level codes: the longest way from a node that nothing requires; every node is netted after all that require
it."""

import numpy as np

from planning.compiled import allocating_kernel


@allocating_kernel
def low_level_codes(node_count: int, parents: np.ndarray, children: np.ndarray) -> np.ndarray:
    """Low-level code of every node, int32[node_count]; the edges must have no cycle.

    Source: ASCM dictionary, "low-level code"; Kahn's order over the lines.

    >>> low_level_codes(4, np.array([0, 0, 1]), np.array([1, 2, 2])).tolist()
    [0, 1, 2, 0]
    """
    level = np.zeros(node_count, dtype=np.int32)
    waiting = np.zeros(node_count, dtype=np.int64)
    first = np.zeros(node_count + 1, dtype=np.int64)
    for i in range(parents.shape[0]):
        waiting[children[i]] += 1
        first[parents[i] + 1] += 1
    for node in range(node_count):
        first[node + 1] += first[node]
    fill = first[:-1].copy()
    out = np.empty(parents.shape[0], dtype=np.int64)
    for i in range(parents.shape[0]):
        out[fill[parents[i]]] = children[i]
        fill[parents[i]] += 1
    queue = np.empty(node_count, dtype=np.int64)
    head, tail = 0, 0
    for node in range(node_count):
        if waiting[node] == 0:
            queue[tail] = node
            tail += 1
    while head < tail:
        node = queue[head]
        head += 1
        for k in range(first[node], first[node + 1]):
            child = out[k]
            level[child] = max(level[child], level[node] + 1)
            waiting[child] -= 1
            if waiting[child] == 0:
                queue[tail] = child
                tail += 1
    assert tail == node_count
    return level
