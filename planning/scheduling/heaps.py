"""Many heaps over the same operations, of which each is in one at most: pairing heaps in arrays.

A heap is the operation at its root, NOBODY where it is empty. Numba's lists cannot be handed from kernel to kernel, and these
need no room of their own.
"""

from typing import NamedTuple

import numpy as np

from planning.compiled import allocating_kernel, kernel
from planning.scheduling.problem import NOBODY, FloatArray, IntArray


class Heaps(NamedTuple):
    """Key (the least is the root; the lower number among equals), first child and next sibling by operation."""

    key: FloatArray
    child: IntArray
    sibling: IntArray


@allocating_kernel
def no_heaps(count: int) -> Heaps:
    """Room for heaps over so many operations."""
    return Heaps(np.zeros(count), np.full(count, NOBODY, np.int64), np.full(count, NOBODY, np.int64))


@kernel
def _melded(heaps: Heaps, one: int, other: int) -> int:
    """Root of two heaps in one."""
    if one == NOBODY:
        return other
    if other == NOBODY:
        return one
    if (heaps.key[other], other) < (heaps.key[one], one):
        one, other = other, one
    heaps.sibling[other] = heaps.child[one]
    heaps.child[one] = other
    return one


@kernel
def pushed(heaps: Heaps, root: int, op: int, key: float) -> int:
    """Root after an operation has been added.

    >>> heaps = no_heaps(3)
    >>> root = pushed(heaps, pushed(heaps, pushed(heaps, -1, 0, 5.0), 1, 3.0), 2, 4.0)
    >>> second = popped(heaps, root)
    >>> int(root), int(second), int(popped(heaps, second))
    (1, 2, 0)
    """
    heaps.key[op], heaps.child[op], heaps.sibling[op] = key, NOBODY, NOBODY
    return _melded(heaps, root, op)


@kernel
def popped(heaps: Heaps, root: int) -> int:
    """Root after the root has been taken out.

    Source: Fredman, Sedgewick, Sleator and Tarjan, The pairing heap (1986): two passes, O(log N) amortised.
    """
    pairs = NOBODY
    rest = int(heaps.child[root])
    while rest != NOBODY:
        one, other = rest, int(heaps.sibling[rest])
        rest = NOBODY if other == NOBODY else int(heaps.sibling[other])
        heaps.sibling[one] = NOBODY
        if other != NOBODY:
            heaps.sibling[other] = NOBODY
        pair = _melded(heaps, one, other)
        heaps.sibling[pair] = pairs
        pairs = pair
    whole = NOBODY
    while pairs != NOBODY:
        following = int(heaps.sibling[pairs])
        heaps.sibling[pairs] = NOBODY
        whole = _melded(heaps, whole, pairs)
        pairs = following
    return whole
