"""Capable to promise: what can be had beside a constrained plan, and whom it would hurt to put one order first.

`asking` answers from the plan's free material and minutes, `displacing` plans again, `command` is the command line. What is
available of an item alone, without making anything anew, is planning/promising.
"""
