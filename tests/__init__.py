"""The proof: architecture, units, contracts on both databases, stories, screens, browser, faults and benchmarks."""
