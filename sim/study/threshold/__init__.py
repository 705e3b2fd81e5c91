"""Where a metric tips: search.py finds the point, vary.py asks the simulation, page.py shows it."""
