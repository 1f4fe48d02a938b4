"""The steps of runs by name, in their order: what the jobs report and the pages show."""

from __future__ import annotations

from typing import Final

PLAN_STEPS: Final = ("refresh", "package", "plan", "check", "record")
FORECAST_STEPS: Final = ("refresh", "history", "forecast", "record")
POLICY_STEPS: Final = ("refresh", "package", "propose", "curve", "record")
