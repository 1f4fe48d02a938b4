"""One plan against another: which orders are new, gone, moved or resized and why, and how nervous that makes the plan.

matching.py pairs orders, reasons.py looks for the inputs that differ, stability.py measures.
"""

from planning.changes.matching import CHANGES, plan_changes
from planning.changes.stability import Stability, stability

__all__ = ["CHANGES", "Stability", "plan_changes", "stability"]
