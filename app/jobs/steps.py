"""The steps of a plan run by name, in their order: what the job reports and the desk shows."""

from __future__ import annotations

from typing import Final

PLAN_STEPS: Final = ("refresh", "package", "plan", "check", "record")
