"""One hypothesis profile for all tests: the same examples every time, and no clock.

Kernels compile on their first call, so an example may take seconds; and a test that fails only
now and then is a defect.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fixed", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("fixed")
