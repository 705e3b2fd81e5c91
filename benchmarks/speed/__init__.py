"""How fast Flowtribe is, and how much memory it takes: ``python -m benchmarks.speed``.

One file per question, each with ``measure(full) -> Iterator[Figure]``:

    core_loop   how many times faster than Mesa with one object per consumer, on the same work
    scaling     what a consumer-day costs with 50 times the merchants, 10 times the consumers
    memory      bytes per consumer beyond 8 per stored tie, at rest and at the peak
    startup     the shell: help, validation, the example, the first run ever
    stages      where the time of a day goes

(``python -m benchmarks.speed.graphs`` measures graph building by itself.) Machines are noisy, so
what has a target is a ratio or an order of magnitude: both sides run in turn, several times, in one
process tree, and the quickest of each counts. ``docs/speed.md`` keeps the figures.
"""
