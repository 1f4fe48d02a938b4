"""Method `schedule`: operations on finite resources within their working time, weighted tardiness first, then makespan.

Reading order: `problem` (arrays), `from_package` (a package becomes a problem), `timing` (a sequence gets its times),
`dispatch` (the first schedule), `anneal`, `model` and `improve` (better ones), `bounds`, `search` (who does what for how
long), `tables` and `method`. The independent check is `planning.verify`.
"""
