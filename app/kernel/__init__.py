"""The kernel: one door for every change, one transaction a command, one feed of what happened.

Invariants: a command is acknowledged only after its durable commit (R2); the same command id gives the same receipt (R3);
ledgers only grow (R4); every command that changed something has one dense position in the hash-chained feed (R8).
"""
