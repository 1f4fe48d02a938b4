"""The independent checker: a plan is accepted only if its tables follow from the package's tables.

`check` recomputes everything by a road of its own: it imports column names from schemas and nothing from the planners.
Reading order: `reading` (tables as rows of integers), `expectation` (what the package asks for), then the checks:
`orders`, `materials`, `capacity`, `service`, `cost`; of schedules: `working_time`, `schedule`, `lanes`.
"""

from planning.verify.checking import check
from planning.verify.findings import Finding

__all__ = ["Finding", "check"]
