"""How a pattern is shown: slots of 500 ms, Poisson spikes, retry when too few hidden spikes.

Hao et al. (2020), section 3: a sample is shown for 350 ms and followed by 150 ms of
rest; the firing rate of an input neuron is proportional to the intensity of its pixel
(63.75 Hz at most); when fewer than five hidden spikes are found, the sample is shown
again with a maximum rate higher by 32 Hz.

Poisson spikes are drawn as Bernoulli trials with probability ``p`` in each time step. A
group does not draw one number per neuron and step; it draws the number of failures
before the next success (geometric distribution, exact), so that only neurons that fire
draw. After each spike one step is dead, as in the authors' code: the rate is p/(1 + p).

Random numbers come from ``counter_uniform(stream, sample, attempt, neuron, draw)``, a
pure function (`models.shared.counter_random`): the spikes of a presentation depend on
nothing but these five integers, whatever the device, the chunk or what ran before.
"""

from dataclasses import dataclass

from brian2.units import Hz, ms

from equations.parameters import parameter

# Variables of every group that follows the presentations. `cursor` is the sample
# shown, counted within the chunk; `first` is the position of the chunk's first sample.
FOLLOWER = """
cursor : integer                       # sample of this chunk on show (-1 before the first)
attempt : integer                      # how often it was shown before (0 = first try)
accepted : integer                     # > 0 once enough hidden spikes were seen
stream : integer (shared, constant)    # random stream, derived from the run's seed
first : integer (shared, constant)     # position of the chunk's first sample
"""

POISSON = FOLLOWER + """
p : 1                                  # spike probability per time step
next_spike : integer                   # time step of the next spike, -1 if none
last_step : integer                    # first time step of the rest period
draw : integer                         # random numbers used in this presentation
n_samples : integer (shared, constant) # samples of this chunk
"""

# At the start of every slot (run_regularly). Without enough hidden spikes the same
# sample comes again; after `max_attempts` it is given up, since a blank image would
# otherwise be shown for ever.
ADVANCE = """
moved = int(accepted > 0 or attempt + 1 >= max_attempts)
cursor = cursor + moved
attempt = (attempt + 1)*(1 - moved)
accepted = accept_at_once
"""

# Spike probability per step: pixel/8 * (2 + attempt) * 0.5 ms in the authors' code.
PIXEL_PROBABILITY = "p = pattern((cursor + 0.5)*slot, i)*(max_rate + attempt*rate_step)*dt\n"
# 200 Hz for the label's neuron, nothing for the others.
TEACHER_PROBABILITY = "p = teacher_rate*dt*int(abs(label((cursor + 0.5)*slot) - i) < 0.5)\n"

# The waiting time is cut at 1e6 steps, far beyond a slot, to stay within int32.
FIRST_SPIKE = """
draw = 0
last_step = t_in_timesteps + presentation_steps
wait = int(clip(log(counter_uniform(stream, first + cursor, attempt, i, 0))/log(1 - clip(p, 1e-9, 0.999)), 0, 1000000))
next_spike = (t_in_timesteps + wait)*int(wait < presentation_steps) - int(wait >= presentation_steps)
"""

POISSON_THRESHOLD = "t_in_timesteps == next_spike"

NEXT_SPIKE = """
draw += 1
next_spike = t_in_timesteps + 2 + int(clip(log(counter_uniform(stream, first + cursor, attempt, i, draw))/log(1 - clip(p, 1e-9, 0.999)), 0, 1000000))
next_spike = next_spike*int(next_spike < last_step) - int(next_spike >= last_step)
"""

# One neuron that fires once per slot, when the hidden layer has fired often enough
# during the presentation. Its spike tells the input to move on to the next sample.
GATE = """
n_hidden : integer    # hidden spikes since the slot began
waiting : integer     # 1 until this neuron has fired in the slot
last_step : integer   # first time step of the rest period
"""
GATE_THRESHOLD = "waiting == 1 and n_hidden >= min_spikes and t_in_timesteps <= last_step"
GATE_RESET = "waiting = 0"
GATE_COUNT = "n_hidden_post += 1"      # a hidden spike, on its way to the gate
GATE_SPIKE = "accepted_post += 1"      # the gate's spike, on its way to input and teacher
GATE_ADVANCE = """
n_hidden = 0
waiting = 1
last_step = t_in_timesteps + presentation_steps
"""


@dataclass(frozen=True)
class Presentation:
    """Timing and rates of a presentation (Hao et al. 2020, section 3).

    ``max_rate`` is the rate at pixel 255; ``rate_step`` is added at every retry: 32 Hz
    in the text, 31.875 Hz (an intensity of 1 more) in the authors' code, which is used
    here. That code stops raising the rate at intensity 32, reached after 31 attempts;
    here the sample is then given up.
    """

    dt: object = parameter(0.5 * ms)
    presentation: object = parameter(350 * ms)
    rest: object = parameter(150 * ms)
    max_rate: object = parameter(63.75 * Hz)
    rate_step: object = parameter(31.875 * Hz)
    min_spikes: int = 5
    max_attempts: int = 31
    teacher_rate: object = parameter(200 * Hz)

    @property
    def slot(self):
        """Duration of one presentation with its rest period."""
        return self.presentation + self.rest

    @property
    def presentation_steps(self):
        """Time steps with input."""
        return round(float(self.presentation / self.dt))

    @property
    def slot_steps(self):
        """Time steps of one presentation with its rest period."""
        return round(float(self.slot / self.dt))
