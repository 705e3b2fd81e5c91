"""IS IT RIGHT?  production kernels -> values that nobody here made up.

Every family is a file; ``suite`` lists and runs them, ``verdict`` judges, ``page`` shows.
"""
