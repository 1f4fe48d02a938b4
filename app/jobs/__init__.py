"""Work that runs beside the commands: verify, backup, refresh, plan runs, demo and imports."""
