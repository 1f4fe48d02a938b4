"""What if: patches on a planning package, planned side by side, each ending in projected statements, and compared.

model.py says what a scenario is, reading.py reads and refuses, applying.py and the *_patches.py change tables, work.py does one
scenario, workers.py does many at a time, measures.py defines what is compared, method.py joins it all.
"""

from planning.scenarios.applying import applied
from planning.scenarios.method import Compared, run_scenarios
from planning.scenarios.model import BASE, Base, Patch, PatchRefused, Scenario, scenarios_table
from planning.scenarios.reading import read_scenarios
from planning.scenarios.work import How, Outcome

__all__ = [
    "BASE",
    "Base",
    "Compared",
    "How",
    "Outcome",
    "Patch",
    "PatchRefused",
    "Scenario",
    "applied",
    "read_scenarios",
    "run_scenarios",
    "scenarios_table",
]
