"""The parts that every screen is made of, so that a list is a list and a refusal a refusal everywhere."""
