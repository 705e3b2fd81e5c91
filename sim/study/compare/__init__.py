"""Comparisons: arms × variants × seeds, paired by common random numbers, and what may be claimed."""
