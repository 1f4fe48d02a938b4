"""One wrapper a solver: no other part of planning may import a solver library."""
