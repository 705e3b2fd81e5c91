"""Where the defaults of scenarios come from: each module fits one of them to real data."""
