"""The method `constrained`: a plan that can be carried out, with no start before plan_start and no more than there is.

Reading order: `alternates` (every way to get an item), `capacity` (minutes by resource and bucket), `model` (what is kept of
an order beside netting's record), `loading` (just in time, earlier where a bucket is full), `starting` (when what is late
can really start, and who gets what), `shifting` (later again, where nobody suffers), `engine` (these in turn, the best kept),
`replay`, `measures`, `bound`, `causes` and `method` (the plan's tables).
"""
