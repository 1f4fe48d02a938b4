"""The method `mrp`: time-phased netting to the day over every level, with pegging, promises and alerts.

problem.py makes arrays of a package, engine.py nets them level by level with netting.py, ordering.py and pegging.py,
output.py words the answer. The lot rules are planning/lot_sizing's, dates promised planning/promising's.
"""
