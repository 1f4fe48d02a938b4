"""Lot sizing over all items at once: how much to make or buy in which bucket, under capacity.

Reading order: `problem` (what is decided, as data), `from_package` (a planning package becomes a
problem), `echelon` (what must pass through each item), `formulation` (the mixed-integer program),
`start` (a first plan), `improve` (fix-and-optimize), `optimize` (the road from problem to proven
answer), `method` (the answer becomes the contract's tables). Rules for one item alone (economic order
quantity, Silver-Meal, Wagner-Whitin) belong to the requirements planner.
"""
