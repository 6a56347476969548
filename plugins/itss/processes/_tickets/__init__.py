"""What incidents, requests, problems and changes share: columns, clocks, volumes, SLA, workload. No process itself."""
