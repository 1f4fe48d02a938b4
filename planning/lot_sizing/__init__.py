"""How large a lot is and what it covers: the single-item rules, on net requirements by bucket.

rules.py holds the compiled rules with their sources and worked examples. Minimum, multiple and maximum come after the
rule and belong to planning/mrp/ordering.py; lots under shared capacity belong to the method `optimize`.
"""
