"""Stock: what lies where, and the documents that move, count and open it."""
