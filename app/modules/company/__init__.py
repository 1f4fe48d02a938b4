"""The company itself: its founding, its users and their roles.

Invariants: a store has one company; nobody gives himself a right; a password is never part of a command.
"""
