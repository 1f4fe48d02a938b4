"""What a planner must look at: where stock runs out, what moves, what expires, what is late, what is too much.

stock.py finds it while a node is netted; capacity.py compares the load of planned orders with capacity, roughly;
table.py words all of it as the table `alerts`.
"""
