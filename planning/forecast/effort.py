"""How much computing a forecast may take: which models try, and how many origins they are judged at.

Decided before anything runs, by the number of series, their lengths and the seconds allowed, never by a clock: the same
history and options always get the same models. Costs are those of models.py, on a slow processor.
"""

from dataclasses import dataclass

from planning.forecast.classes import SPORADIC
from planning.forecast.models import MODELS

CHEAP = ("naive", "seasonal_naive", "window_mean", "ses")
SPORADIC_MODELS = ("naive", "seasonal_naive", "window_mean", "ses", "croston_sba", "tsb", "adida", "imapa")
SPORADIC_MEMBERS = ("window_mean", "adida", "imapa")
REGULAR_MEMBERS = ("theta", "ces", "ets", "arima")
LEAST_MEMBERS = ("ses", "theta")
LONGEST_COUNTED = 520
PROCESSORS = 2
"""The seconds are those of two, however many work, so that a machine changes no number."""
SAFETY = 0.5
"""Share of the seconds that is planned; the rest is for reading, loading the library and slower machines."""


@dataclass(frozen=True)
class Effort:
    """What is computed: models and members of the combination for regular demand, and origins of the back-test."""

    regular: tuple[str, ...]
    members: tuple[str, ...]
    origins: int

    def models(self, class_name: str) -> tuple[str, ...]:
        """Models that try on a series of this class."""
        return SPORADIC_MODELS if class_name in SPORADIC else self.regular

    def combined(self, class_name: str) -> tuple[str, ...]:
        """Members of the combination for this class."""
        return SPORADIC_MEMBERS if class_name in SPORADIC else self.members


LADDER = (
    Effort((*CHEAP, *REGULAR_MEMBERS), REGULAR_MEMBERS, 3),
    Effort((*CHEAP, *REGULAR_MEMBERS), REGULAR_MEMBERS, 2),
    Effort((*CHEAP, *REGULAR_MEMBERS), REGULAR_MEMBERS, 1),
    Effort((*CHEAP, "theta", "ces", "ets"), ("theta", "ces", "ets"), 3),
    Effort((*CHEAP, "theta", "ces", "ets"), ("theta", "ces", "ets"), 2),
    Effort((*CHEAP, "theta", "ces"), ("ses", "theta", "ces"), 2),
    Effort((*CHEAP, "theta"), LEAST_MEMBERS, 2),
    Effort((*CHEAP, "theta"), LEAST_MEMBERS, 1),
    Effort(CHEAP, ("window_mean", "ses"), 1),
)
"""From the best to the fastest."""


def milliseconds(effort: Effort, length: int, class_name: str) -> float:
    """What one series of this length costs, back-test included, on one processor.

    >>> milliseconds(LADDER[-1], 100, "smooth") < milliseconds(LADDER[0], 100, "smooth")
    True
    """
    hundreds = min(length, LONGEST_COUNTED) / 100
    once = sum(base + each * hundreds for base, each in (MODELS[name].cost for name in effort.models(class_name)))
    return once * (1 + effort.origins)


def planned_effort(lengths: list[int], class_names: list[str], *, seconds: float) -> Effort:
    """The best effort that the seconds allow; the least where none does.

    >>> planned_effort([150] * 10, ["smooth"] * 10, seconds=60).origins
    3
    >>> planned_effort([150] * 1_000_000, ["smooth"] * 1_000_000, seconds=60) == LADDER[-1]
    True
    """
    allowed = seconds * PROCESSORS * 1000 * SAFETY
    for effort in LADDER:
        if sum(milliseconds(effort, *each) for each in zip(lengths, class_names, strict=True)) <= allowed:
            return effort
    return LADDER[-1]
