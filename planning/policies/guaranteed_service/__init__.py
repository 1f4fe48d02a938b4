"""Safety stock over a whole network at least cost: every stage guarantees its customers a service time.

network.py holds the stages and their costs, spanning_tree.py solves trees exactly, relaxation.py bounds any other
network by trees and repairs their answers, program.py closes small ones as a mixed-integer program, placing.py decides
which of these is used, from_package.py makes the network of a bill of material.

The model is that of Graves and Willems (2000), Optimizing Strategic Safety Stock Placement in Supply Chains, after
Simpson (1958). Demand beyond the bound k sd sqrt(tau) is outside it: met by other means, not by this stock.
"""

from planning.policies.guaranteed_service.from_package import network_from_package
from planning.policies.guaranteed_service.network import ServiceNetwork
from planning.policies.guaranteed_service.placing import Placement, place_safety_stock

__all__ = ["Placement", "ServiceNetwork", "network_from_package", "place_safety_stock"]
