"""The plan desk: runs, records, planned orders, pegging and alerts, and the release into documents."""
