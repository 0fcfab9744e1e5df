"""How a pattern is shown: slots of 500 ms, Poisson spikes, retry when too few hidden spikes.

Hao et al. (2020), section 3: a sample is shown for 350 ms and followed by 150 ms of rest.
The firing rate of an input neuron is proportional to the intensity of its pixel (63.75 Hz
at most). When fewer than five hidden spikes are found, the sample is shown again with a
maximum rate higher by 32 Hz.

Poisson spikes are drawn as Bernoulli trials with probability ``p`` in each time step. A
group does not draw one number per neuron and step. It draws the number of failures before
the next success (geometric distribution, exact), so that only neurons that fire draw. After
each spike one step is dead, as in the authors' code: the rate is p/(1 + p).

Random numbers come from ``counter_uniform(stream, sample, attempt, neuron, draw)``, a
pure function (`models.shared.counter_random`): the spikes of a presentation depend on
nothing but these five integers, whatever the device, the chunk or what ran before.
"""

from dataclasses import dataclass

from brian2.units import Hz, Quantity, ms

from equations.parameters import parameter

# The variables of every group that follows the presentations. Samples are shown in chunks, the
# calls of a compiled network.
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

# This happens at the start of every slot. Without enough hidden spikes the same sample comes
# again. After `max_attempts` it is given up, since a blank image would be shown for ever.
ADVANCE = """
moved = int(accepted > 0 or attempt + 1 >= max_attempts)
cursor = cursor + moved
attempt = (attempt + 1)*(1 - moved)
accepted = accept_at_once
"""

# The spike probability per step is pixel/8 * (2 + attempt) * 0.5 ms in the authors' code.
PIXEL_PROBABILITY = "p = pattern((cursor + 0.5)*slot, i)*(max_rate + attempt*rate_step)*dt\n"
# The label's neuron fires at 200 Hz, the others not at all.
TEACHER_PROBABILITY = "p = teacher_rate*dt*int(abs(label((cursor + 0.5)*slot) - i) < 0.5)\n"


def _failures(draw: str) -> str:
    """Failures before the next success, from the random number of that name.

    They are cut at 1e6 steps, far beyond a slot, to stay within int32.
    """
    return (f"int(clip(log(counter_uniform(stream, first + cursor, attempt, i, {draw}))"
            "/log(1 - clip(p, 1e-9, 0.999)), 0, 1000000))")


FIRST_SPIKE = f"""
draw = 0
last_step = t_in_timesteps + presentation_steps
wait = {_failures("0")}
next_spike = (t_in_timesteps + wait)*int(wait < presentation_steps) \
- int(wait >= presentation_steps)
"""

POISSON_THRESHOLD = "t_in_timesteps == next_spike"

NEXT_SPIKE = f"""
draw += 1
next_spike = t_in_timesteps + 2 + {_failures("draw")}
next_spike = next_spike*int(next_spike < last_step) - int(next_spike >= last_step)
"""

# The gate is one neuron. It fires once a slot, when the hidden layer has fired often enough
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
    """Timing and rates of a presentation.

    Attributes
    ----------
    dt : Quantity
        Time step.
    presentation, rest : Quantity
        How long a sample is shown, and how long nothing is shown after it.
    max_rate : Quantity
        Rate of a pixel of 255.
    rate_step : Quantity
        What each further attempt adds to it: an intensity of 1 in the authors' code.
    min_spikes : int
        Hidden spikes that a sample needs.
    max_attempts : int
        The authors' code gives a sample up at intensity 32, which is reached after 31 attempts.
    teacher_rate : Quantity
        Rate of the label's neuron.
    """

    dt: Quantity = parameter(0.5 * ms, "section 3")
    presentation: Quantity = parameter(350 * ms, "section 3")
    rest: Quantity = parameter(150 * ms, "section 3")
    max_rate: Quantity = parameter(63.75 * Hz, "section 3")
    rate_step: Quantity = parameter(31.875 * Hz, "authors' code; section 3: 32 Hz")
    min_spikes: int = parameter(5, "section 3")
    max_attempts: int = parameter(31, "after the authors' code")
    teacher_rate: Quantity = parameter(200 * Hz, "section 3")

    @property
    def slot(self) -> Quantity:
        """Duration of one presentation with its rest period."""
        return self.presentation + self.rest

    @property
    def presentation_steps(self) -> int:
        """Time steps with input."""
        return round(float(self.presentation / self.dt))

    @property
    def slot_steps(self) -> int:
        """Time steps of one presentation with its rest period."""
        return round(float(self.slot / self.dt))
