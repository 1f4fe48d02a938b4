"""MOVES: facts from the operational store into the analytical one, and out again as planning packages."""
