"""Comparisons: arms × variants × seeds on common random numbers, and what may be claimed."""
