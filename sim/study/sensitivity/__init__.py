"""What a metric hangs on: indices.py computes, sampled.py reads a sweep, page.py shows it."""
