"""How a sample is shown: a window of T steps in two phases, and its input spikes.

Section 3.6. In phase 1, the first T/2 steps, the forward network runs alone. In phase 2 the loss
circuit starts and the error network drives the forward neurons towards their targets. Spikes of
both phases are counted. At the end of the window the weights change. The next window begins at
rest.

Section 4.2. "The probability of spike generation is proportional to the pixel intensity": one
trial per pixel and step, each independent of all others. A pixel of full intensity fires in every
step. The random numbers come from two pure functions of integers (`models.shared.counter_bits`).
So the spikes of a sample are the same on every device, in every chunk and after every resume.
"""

# The variables by which a device follows the samples; each is shown once.
FOLLOWER = """
cursor : integer                       # sample of this chunk on show (-1 before the first)
attempt : integer                      # always 0
accepted : integer                     # always 1
n_samples : integer (shared, constant) # samples of this chunk
stream : integer (shared, constant)    # random stream, derived from the run's seed
first : integer (shared, constant)     # position of the chunk's first sample
"""
INPUT = FOLLOWER + """
level : integer     # intensity: 2**30 is full
key : integer       # of this neuron's random numbers for this sample
h : 1               # spikes of phase 1
h_hat : 1           # spikes of phase 2
"""
FULL = 2**30
"""Integer that stands for an intensity of 1; random numbers lie from 0 up to it."""

INPUT_START = f"""
cursor += 1
level = int({FULL}*pattern(t, i))
h = 0
h_hat = 0
"""

# How the intensity becomes spikes: further variables, what happens at the start of a sample, and
# the condition of a spike.
# - "poisson": the text.
# - "shared": the author's code draws one random number per step for all pixels.
# - "regular": no noise; a neuron fires each time its summed intensity passes a whole number.
STEP = "t_in_timesteps % T"
CODINGS = {
    "poisson": {
        "model": "",
        "start": "key = counter_key(stream, first + cursor, i)\n",
        "threshold": f"counter_bits(key, {STEP}) < level",
    },
    "shared": {
        "model": "",
        "start": "key = counter_key(stream, first + cursor, 0)\n",
        "threshold": f"counter_bits(key, {STEP}) < level",
    },
    "regular": {
        "model": "p : 1\n",
        "start": "p = pattern(t, i)\n",
        "threshold": f"int(p*({STEP} + 1)) > int(p*({STEP}))",
    },
}

# Whether a step is counted as one of phase 1 or of phase 2. The first `skip` steps of each phase
# are not: the potentials are then still on their way from 0.
IN_PHASE_1 = f"int({STEP} >= skip and {STEP} < half)"
IN_PHASE_2 = f"int({STEP} >= half + skip)"
COUNT = f"""
h += {IN_PHASE_1}
h_hat += {IN_PHASE_2}
"""
# In testing there is no error network, and all spikes count.
COUNT_ALL = "h += 1\n"

# The last step of a window is the event at which weights change.
LAST_STEP = f"{STEP} == T - 1"
PHASE_2 = f"{STEP} >= half"
# The loss circuit may wait for the first spikes of phase 2 to reach the output, a step per layer.
# If it does not, it takes their absence for an error, however well the network answers.
LOSS_RUNS = f"{STEP} >= half + wait"
