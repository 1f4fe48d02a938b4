"""From a lot-sizing problem to a plan with a bound, always within the limit.

Each connected component gets its share of the time. The road for one component: a first plan; a short
branch-and-cut run on the plain form, which ends the matter for small ones; the linear bound of the strong
form; then fix-and-optimize where the gap is wide (several levels), or branch and cut again from the improved
plan where it is narrow (one level). With two threads or more the bound is computed beside the search.
A component that has no allowed plan is named with what stands in its way.

Formulations: `formulation`; search: `improve`; the exact decimals and the tables: `method`.
"""

import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from planning.lot_sizing.components import Part, parts_of
from planning.lot_sizing.echelon import EchelonRequirement, echelon_requirement
from planning.lot_sizing.formulation import STRONG_COLUMN_LIMIT, Formulation, formulate
from planning.lot_sizing.improve import improve
from planning.lot_sizing.problem import CostSplit, FloatArray, LotSizingPlan, LotSizingProblem, cost_of
from planning.lot_sizing.start import first_plan, settle
from planning.solvers.mathopt import Answer, Status, relative_gap, solve

PROVED = 1e-6
NARROW_GAP = 0.03


@dataclass(frozen=True)
class Outcome:
    """What became of a problem: `plan` and `cost` are None where it is infeasible (proved) or unknown (not found in time).

    `reasons` names what stands in the way of an infeasible problem, and why a run stopped otherwise.
    """

    status: Status
    plan: LotSizingPlan | None
    cost: CostSplit | None
    objective: float
    bound: float
    reasons: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Relative distance of objective and bound."""
        return relative_gap(self.objective, self.bound)


def optimize(problem: LotSizingProblem, *, seconds: float, seed: int = 0, threads: int = 1) -> Outcome:
    """Plan a problem.

    Args:
        problem: the problem; its sources must not form a cycle.
        seconds: wall-clock limit for everything.
        seed: seed of solver and search; the answer is reproducible where it stops by proof.
        threads: 1, or more to compute the bound beside the search.

    Returns:
        `optimal` with objective = bound within 1e-6, `feasible` with bound, `infeasible` with reasons where that is
        proved, or `unknown` where no allowed plan was found in time.

    Raises:
        ValueError: the sources form a cycle.
    """
    started = perf_counter()
    parts = sorted(parts_of(problem), key=lambda part: len(part.problem.sources))
    spent: dict[str, float] = {}
    outcomes = []
    weights = [1.0 + len(part.problem.sources) for part in parts]
    for place, part in enumerate(parts):
        left = max(0.0, seconds - (perf_counter() - started))
        share = left * weights[place] / sum(weights[place:])
        outcomes.append((part, optimize_connected(part.problem, seconds=share, seed=seed, threads=threads)))
        for phase, taken in outcomes[-1][1].seconds.items():
            spent[phase] = spent.get(phase, 0.0) + taken
    return _whole(problem, outcomes, spent)


def optimize_connected(problem: LotSizingProblem, *, seconds: float, seed: int = 0, threads: int = 1) -> Outcome:
    """Plan one connected component; arguments and result as in `optimize`."""
    if not problem.sources:
        return _nothing_to_order(problem)
    run = _Run(problem, perf_counter(), seconds, seed, threads)
    run.first()
    run.branch_and_cut(0.12)
    if not run.done and run.infeasible is None:
        run.search()
    return run.outcome()


class _Run:
    """One component's run: the incumbent, the bound, and the clock."""

    def __init__(self, problem: LotSizingProblem, started: float, seconds: float, seed: int, threads: int) -> None:
        self.problem = problem
        self.started = started
        self.limit = seconds
        self.seed = seed
        self.threads = threads
        self.requirement: EchelonRequirement = echelon_requirement(problem)
        self.formulation: Formulation = formulate(problem, strong=False, requirement=self.requirement)
        self.allowed = False
        self.branched = Answer(Status.UNKNOWN, None, math.inf, -math.inf, 0.0, "not run")
        self.values: FloatArray = np.zeros(0)
        self.objective = math.inf
        self.bound = -math.inf
        self.infeasible: str | None = None
        self.seconds: dict[str, float] = {"formulate": perf_counter() - started}

    @property
    def left(self) -> float:
        """Seconds left."""
        return max(0.0, self.limit - (perf_counter() - self.started))

    @property
    def done(self) -> bool:
        """True when the incumbent is proved."""
        return relative_gap(self.objective, self.bound) <= PROVED and self.allowed

    def take(self, values: FloatArray | None) -> None:
        """Keep a solution if it is better; an allowed one beats all others and closes the emergency columns."""
        if values is None:
            return
        allowed = self.formulation.emergency(values) == 0
        if self.allowed and not allowed:
            return
        objective = float(self.formulation.program.cost @ values)
        if (allowed and not self.allowed) or objective < self.objective:
            self.values, self.objective = values, objective
        if allowed and not self.allowed:
            self.allowed = True
            self.formulation = replace(self.formulation, program=self.formulation.strict())

    def note(self, phase: str, since: float) -> None:
        """Add to a phase's seconds."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + perf_counter() - since

    def first(self) -> None:
        """The first plan."""
        since = perf_counter()
        self.take(first_plan(self.formulation, seconds=max(1.0, 0.1 * self.limit), seed=self.seed))
        self.note("start", since)

    def branch_and_cut(self, share: float, *, hint: FloatArray | None = None) -> None:
        """Branch and cut on the plain form, for a share of what is left; it may prove that no plan is allowed."""
        since = perf_counter()
        answer = solve(
            self.formulation.strict(),
            seconds=max(0.2, share * self.left),
            seed=self.seed,
            hint=hint,
            relative_gap_tolerance=PROVED / 10,
        )
        self.note("branch and cut", since)
        if answer.status in (Status.INFEASIBLE, Status.UNBOUNDED):  # Every cost is at least 0: nothing is unbounded.
            self.infeasible = "no plan meets every date and every capacity"
            return
        self.bound = max(self.bound, answer.bound)
        self.branched = answer
        if answer.status == Status.OPTIMAL or not self.allowed:
            self.take(answer.values)

    def search(self) -> None:
        """Improve until the time is over, and raise the bound beside or before it."""
        found: Answer = self.branched
        if relative_gap(found.objective, found.bound) <= NARROW_GAP:
            self.take(found.values)
            self.improve(0.3)
            if not self.done:
                self.branch_and_cut(1.0, hint=None)
            self.take(self.branched.values)
            return
        if self.threads > 1:
            with ThreadPoolExecutor(max_workers=1) as beside:
                bounding = beside.submit(self.strong_bound, 0.97 * self.left, whole=True)
                self.improve(0.97)
                self._raise_bound(bounding)
        else:
            self.bound = max(self.bound, self.strong_bound(0.25 * self.left, whole=False))
            self.improve(0.97)
        self.take(found.values)

    def _raise_bound(self, bounding: "Future[float]") -> None:
        self.bound = max(self.bound, bounding.result())

    def strong_bound(self, seconds: float, *, whole: bool) -> float:
        """Bound of the strong form: its linear program, or its branch and cut where `whole`."""
        since = perf_counter()
        size = sum(int((row > 0).sum()) ** 2 // 2 for row in self.requirement.required)
        if size > STRONG_COLUMN_LIMIT or seconds < 0.2:
            return -math.inf
        strong = formulate(self.problem, strong=True, requirement=self.requirement).strict()
        linear = solve(strong.relaxed(), seconds=seconds, seed=self.seed)
        bound = linear.objective if linear.status == Status.OPTIMAL else -math.inf
        if whole and perf_counter() - since < 0.7 * seconds:
            answer = solve(strong, seconds=seconds - (perf_counter() - since), seed=self.seed)
            bound = max(bound, answer.bound)
        self.note("bound", since)
        return bound

    def improve(self, share: float) -> None:
        """Fix-and-optimize for a share of what is left."""
        since = perf_counter()
        values = improve(
            self.formulation, self.values, seconds=share * self.left, seed=self.seed, bound=self.bound, gap=PROVED
        )
        self.take(values)
        self.note("fix and optimize", since)

    def outcome(self) -> Outcome:
        """What the run came to."""
        if not self.allowed:
            headline = self.infeasible or "no allowed plan was found within the time limit; give more seconds"
            reasons = (headline, *_obstacles(self.formulation, self.values))
            status = Status.INFEASIBLE if self.infeasible else Status.UNKNOWN
            return Outcome(status, None, None, math.inf, self.bound, reasons, self.seconds)
        self.take(settle(self.formulation, self.values, seconds=max(1.0, self.left), seed=self.seed))
        plan = self.formulation.plan(self.values)
        cost = cost_of(self.problem, plan)
        bound = min(self.bound, cost.total)
        proved = relative_gap(cost.total, bound) <= PROVED
        status = Status.OPTIMAL if proved else Status.FEASIBLE
        return Outcome(status, plan, cost, cost.total, bound, (), self.seconds)


def _obstacles(formulation: Formulation, values: FloatArray) -> tuple[str, ...]:
    """What an infeasible problem would need: demand beyond its patience and minutes beyond overtime, by name."""
    problem, columns = formulation.problem, formulation.columns
    found: list[str] = []
    for index, demand_class in enumerate(problem.demand_classes):
        present = columns.late_emergency[index]
        owed = float(sum(values[column] for column in present if column >= 0))
        if owed > 1e-5:
            item = problem.items[demand_class.item]
            found.append(f"demand of {item} cannot be met in time: short by {owed:.6g} unit-buckets")
    for index, resource in enumerate(problem.resources):
        present = columns.overtime_emergency[index]
        minutes = float(sum(values[column] for column in present if column >= 0))
        if minutes > 1e-5:
            found.append(f"resource {resource} lacks {minutes:.6g} minutes")
    return tuple(found)


def _nothing_to_order(problem: LotSizingProblem) -> Outcome:
    """A component without sources still holds stock, owes and may be infeasible."""
    formulation = formulate(problem, strong=False)
    answer = solve(formulation.program.relaxed(), seconds=10.0)
    assert answer.values is not None, "owing everything is always a solution"
    if formulation.emergency(answer.values) > 0:
        reasons = ("an item with demand has no source", *_obstacles(formulation, answer.values))
        return Outcome(Status.INFEASIBLE, None, None, math.inf, -math.inf, reasons)
    plan = formulation.plan(answer.values)
    cost = cost_of(problem, plan)
    return Outcome(Status.OPTIMAL, plan, cost, cost.total, cost.total)


def _whole(problem: LotSizingProblem, outcomes: list[tuple[Part, Outcome]], spent: dict[str, float]) -> Outcome:
    """Put the parts' answers together."""
    reasons = tuple(reason for _, outcome in outcomes for reason in outcome.reasons)
    for status in (Status.INFEASIBLE, Status.UNKNOWN):
        if any(outcome.status == status for _, outcome in outcomes):
            return Outcome(status, None, None, math.inf, -math.inf, reasons, spent)
    bucket_count = problem.bucket_count
    plan = LotSizingPlan(
        quantity=np.zeros((len(problem.sources), bucket_count)),
        orders=np.zeros((len(problem.sources), bucket_count)),
        stock=np.zeros((len(problem.items), bucket_count)),
        backlog=np.zeros((len(problem.demand_classes), bucket_count)),
        overtime=np.zeros((len(problem.resources), bucket_count)),
        below_safety=np.zeros((len(problem.items), bucket_count)),
    )
    for part, outcome in outcomes:
        assert outcome.plan is not None
        plan.quantity[list(part.sources)] = outcome.plan.quantity
        plan.orders[list(part.sources)] = outcome.plan.orders
        plan.stock[list(part.items)] = outcome.plan.stock
        plan.below_safety[list(part.items)] = outcome.plan.below_safety
        plan.backlog[list(part.demand_classes)] = outcome.plan.backlog
        plan.overtime[list(part.resources)] = outcome.plan.overtime
    cost = cost_of(problem, plan)
    bound = min(cost.total, sum(outcome.bound for _, outcome in outcomes))
    status = Status.OPTIMAL if relative_gap(cost.total, bound) <= PROVED else Status.FEASIBLE
    return Outcome(status, plan, cost, cost.total, bound, reasons, spent)
