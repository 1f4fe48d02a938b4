"""Small problems, worked by hand, for the examples of this area and for warming its compiled code."""

import numpy as np

from planning.scheduling.problem import NEVER, Arrays


def _ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def two_jobs_on_a_machine() -> Arrays:
    """Two jobs of one operation of ten minutes each on one machine that always works; a changeover of five minutes
    lies between their states (1 and 2), none before the first."""
    return Arrays(
        job_first=_ints(0, 1, 2),
        job_due=_ints(NEVER, NEVER),
        job_weight=np.ones(2),
        job_priority=_ints(1, 1),
        op_job=_ints(0, 1),
        op_release=_ints(0, 0),
        alt_first=_ints(0, 1, 2),
        alt_machine=_ints(0, 0),
        alt_minutes=_ints(10, 10),
        alt_state=_ints(1, 2),
        alt_lead=_ints(10, 10),
        alt_tail=_ints(10, 10),
        before_first=_ints(0, 0, 0),
        before=_ints(),
        after_first=_ints(0, 0, 0),
        after=_ints(),
        machine_lane=_ints(0, 1),
        machine_calendar=_ints(0),
        machine_matrix=_ints(0),
        machine_states=_ints(3),
        changeover=_ints(0, 0, 0, 0, 0, 5, 0, 5, 0),
        lane_machine=_ints(0),
        calendar_first=_ints(0, 1),
        segment_start=_ints(0),
        segment_end=_ints(14_400),
        segment_work=_ints(0),
    )
