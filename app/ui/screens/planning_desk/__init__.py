"""Plan: recorded runs, their alerts, what they propose and why, and the release of chosen lines into orders."""
