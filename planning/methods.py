"""The methods of planning by name, and the one function that runs them.

A method is a function from a package and options to a plan. Adding one is a line in METHODS.
"""

from collections.abc import Callable
from dataclasses import dataclass

from planning.assembly.mrp import plan_mrp
from planning.constrained.method import plan_constrained
from planning.lot_sizing.method import plan_optimize
from planning.package import Package
from planning.result import Plan
from planning.scheduling.method import plan_schedule


class MethodNotAvailableError(ValueError):
    """The method's name is known or not, but nothing here carries it out; the message names those that are."""


@dataclass(frozen=True)
class Options:
    """How to plan.

    Attributes:
        seconds: time limit of methods that search; None for the method's own.
        seed: of methods that draw; the same seed gives the same plan where the search ends by proof.
        threads: None for one a processor.
        objective: of `schedule`: None for weighted tardiness first, or `makespan`.
    """

    seconds: float | None = None
    seed: int = 0
    threads: int | None = None
    objective: str | None = None


def _mrp(package: Package, options: Options) -> Plan:
    return plan_mrp(package, threads=options.threads)


def _constrained(package: Package, options: Options) -> Plan:
    return plan_constrained(package, threads=options.threads)


def _optimize(package: Package, options: Options) -> Plan:
    return plan_optimize(package, seconds=options.seconds, seed=options.seed, threads=options.threads)


def _schedule(package: Package, options: Options) -> Plan:
    if options.objective not in {None, "makespan"}:
        message = f"the objective {options.objective} is not known; leave it out or use makespan"
        raise MethodNotAvailableError(message)
    return plan_schedule(
        package, seconds=options.seconds, seed=options.seed, threads=options.threads, objective=options.objective
    )


KNOWN_METHODS = ("mrp", "constrained", "optimize", "schedule")

METHODS: dict[str, Callable[[Package, Options], Plan]] = {
    "mrp": _mrp,
    "constrained": _constrained,
    "optimize": _optimize,
    "schedule": _schedule,
}
"""Methods that can be run."""


def plan(
    package: Package,
    method: str = "mrp",
    *,
    seconds: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    objective: str | None = None,
) -> Plan:
    """Plan a package.

    Args:
        package: what `read_package` answers with.
        method: a key of METHODS.
        seconds, seed, threads, objective: see `Options`.

    Raises:
        MethodNotAvailableError: no such method is available.

    >>> import polars as pl
    >>> from planning.package import read_package
    >>> package = read_package({
    ...     "parameters": pl.DataFrame({"key": ["plan_start"], "value": ["2026-01-05"]}),
    ...     "items": pl.DataFrame({"item": ["BIKE", "WHEEL"], "lead_time_days": [1, 2]}),
    ...     "bom": pl.DataFrame({"parent": ["BIKE"], "component": ["WHEEL"], "quantity_per": [2]}),
    ...     "demand": pl.DataFrame({"demand": ["D1"], "item": ["BIKE"], "quantity": [5], "due_on": ["2026-01-12"]}),
    ... })
    >>> orders = plan(package).table("planned_orders")
    >>> orders.select("planned_order", "quantity").rows()
    [('BIKE@MAIN/2026-01-12/1', Decimal('5.000000')), ('WHEEL@MAIN/2026-01-11/1', Decimal('10.000000'))]
    """
    if method not in METHODS:
        state = "is not available yet" if method in KNOWN_METHODS else "is not known"
        message = f"the method {method} {state}; use one of: {', '.join(METHODS)}"
        raise MethodNotAvailableError(message)
    return METHODS[method](package, Options(seconds, seed, threads, objective))
