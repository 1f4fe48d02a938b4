"""DECIDES: tables of a planning package in, tables of a plan out; no store, no screen, no clock.

`plan(package, method=...)` is the one way in. package/ reads and checks, mrp/ nets, constrained/ plans within
minutes and material and capable/ promises from that, lot_sizing/ sizes orders,
promising/ and alerts/ say what the numbers mean, explain/ says why an order exists. policies/ proposes the parameters
that planning goes by: safety stock, reorder points, lots.
"""

from planning.methods import METHODS, MethodNotAvailableError, Options, plan
from planning.package import Package, PackageError, read_package
from planning.result import Plan

__all__ = [
    "METHODS",
    "MethodNotAvailableError",
    "Options",
    "Package",
    "PackageError",
    "Plan",
    "plan",
    "read_package",
]
