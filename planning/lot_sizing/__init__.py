"""How large a lot is and what it covers, for one item alone and for all items at once.

rules.py holds the compiled single-item rules with their sources and worked examples, on net requirements by bucket;
minimum, multiple and maximum come after the rule and belong to planning/mrp/ordering.py. Everything else is the
method `optimize`, lots under shared capacity. Its reading order: `problem` (what is decided, as data),
`from_package` and `resources` (a planning package becomes a problem), `echelon` (what must pass through each item),
`formulation` (the mixed-integer program), `start`, `improve` and `components` (the search), `optimize` (from
problem to bounded answer), `exact`, `tables`, `pegging` and `method` (the answer becomes the contract's tables).
"""
