"""Inventory policies: how much to keep, when to order and how much, from what demand and lead times have been.

Formulas of one item, each with its source: lot_quantities (EOQ, EPQ, price breaks), newsvendor, safety_stock (cycle
service, fill rate), min_max ((s, S)), classes (ABC, XYZ, patterns), distributions. What is learned from history:
lead_times, demand_history. guaranteed_service/ places safety stock over the bill of material, service_curve says what
service costs, proposals makes one table of it all for a package, simulation is the judge that shares no formula.
"""

from planning.policies.proposals import Proposals, propose_policies
from planning.policies.service_curve import ServiceCurve, service_curve
from planning.policies.settings import PolicySettings

__all__ = ["PolicySettings", "Proposals", "ServiceCurve", "propose_policies", "service_curve"]
