"""Terms of delivery: who bears cost and risk of the way up to the place that is named (Incoterms 2020, ICC)."""

from __future__ import annotations

from enum import StrEnum


class Incoterm(StrEnum):
    """A rule of Incoterms 2020; the last four are for carriage by water only."""

    EXW = "EXW"
    FCA = "FCA"
    CPT = "CPT"
    CIP = "CIP"
    DAP = "DAP"
    DPU = "DPU"
    DDP = "DDP"
    FAS = "FAS"
    FOB = "FOB"
    CFR = "CFR"
    CIF = "CIF"
