"""The input layer: spikes that are given for every time step of a sample."""

INPUT = """
cursor : integer                       # sample of this chunk on show (-1 before the first)
attempt : integer                      # 0: every sample is shown once
accepted : integer                     # 1, likewise
n_samples : integer (shared, constant)
"""
INPUT_ADVANCE = "cursor += 1"
INPUT_THRESHOLD = "spikes(t, i) > 0"
