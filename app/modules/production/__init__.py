"""Production: orders, material issue, completion, settlement.

Invariants: what goes into process comes out as finished goods, scrap or variance; a closed order leaves no value in process.
"""
