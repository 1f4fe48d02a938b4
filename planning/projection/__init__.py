"""From a plan to financial statements by month: the plan is carried out on its days and posted by the books' own rules.

finances.py reads the financial tables; amounts.py rounds; stock.py values goods; ledger.py turns facts into balances by role;
events.py says what a plan means; carrying_out.py lets it happen; statements.py lays balances out; method.py joins them.
"""

from planning.projection.finances import Finances, read_finances
from planning.projection.ledger import ProjectionError
from planning.projection.method import Projection, project

__all__ = ["Finances", "Projection", "ProjectionError", "project", "read_finances"]
