"""The planning package, read: files or frames in, one validated, normalised, immutable `Package` out.

reading.py opens files, parsing.py turns values into int64 and day numbers, checking.py knows which rows cannot be
planned, hashing.py names the content. No netting here: that is planning/mrp and planning/optimize.
"""

from planning.package.assembling import in_canonical_order, read_beside, read_package
from planning.package.model import Package, PackageError, Parameters

__all__ = ["Package", "PackageError", "Parameters", "in_canonical_order", "read_beside", "read_package"]
