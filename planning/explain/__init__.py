"""Why an order exists and what serves a demand: queries over the pegging of a plan.

Reads the table `pegging` only; what is late and why is in `promises` and `alerts`.
"""

from planning.explain.pegging import demands_of, tree_of

__all__ = ["demands_of", "tree_of"]
