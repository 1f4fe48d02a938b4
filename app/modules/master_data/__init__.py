"""Master data: units, places, items, parties, terms, prices, structures and capacities.

Invariants: a code names one thing for ever; a bill of material has no cycle; units convert by fractions.
"""
