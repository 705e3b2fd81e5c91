"""Many trials of one scenario: what to run, who runs it, and one table of what was found.

SWEEP.yaml → design (methods) → trials, checked → backend (local, dask) → parts → results.parquet
"""
