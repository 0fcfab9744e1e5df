"""How a sample is shown, what is passed on, and when.

'steps', Eq. 3: all layers run at the same time. In each step activities cross all layers, from the
input to the output. 'layers': one layer runs after the other, each for T. At its end it passes on
what is read of its activity, and the next layer takes this for a constant current.
"""

INPUT = """
cursor : integer                       # sample of this chunk on show (-1 before the first)
attempt : integer                      # 0: every sample is shown once
accepted : integer                     # 1, likewise
n_samples : integer (shared, constant)
S : 1                                  # pixel, which is passed on as it is
"""
INPUT_START = "cursor += 1\nS = pattern(t, i)\n"

STEP = "t_in_timesteps % sample_steps"
# Events, by `equations.zhao2020.settings.Form.passing`. A layer begins at its step `first` and ends
# with its step `last`; for the input both are 0.
INPUT_PASSES = {"steps": "S != 0", "layers": f"{STEP} == 0 and S != 0"}
BEGINS = f"{STEP} == first"
ENDS = f"{STEP} == last"
PASSES = {"steps": "S != 0", "layers": f"{ENDS} and S != 0"}

# What is passed on: S of this step, or what is read at the end. A layer at its end is set to rest,
# so that it is silent while others run.
PASS_STEP = "S = S_now\nS_read = {read}\nV_end = V\n"
PASS_END = "S_read = {read}\nS = S_read\nV_end = V\nI = 0\n{rest}"

WEIGHT = "w : 1"
# The sum of Eq. 3: only activities other than 0 are passed on.
TRANSMIT = "J_post += w*S_pre"
