"""The network of Hao et al. (2020) as ports of Diehl & Cook are usually written in Brian2.

A yardstick: no method of the suite uses these equations. The benchmark compares with them
(`protocols.benchmarks.naive_diehl_cook`), so nothing here is tuned. Each synapse has
event-driven traces of its own, refractoriness is Brian2's keyword, theta decays in every
time step, and the images are rates of a PoissonGroup. Parameters are those of
`equations.hao2020.settings`.
"""

# Eq. 1-5
EXCITATORY = """
dV/dt = ((E_rest - V) + g_E*(E_exc - V) + g_I*(E_inh - V))/tau_m : volt (unless refractory)
dg_E/dt = -g_E/tau_gE : 1
dg_I/dt = -g_I/tau_gI : 1
dtheta/dt = -theta/tau_theta : volt
w_total : 1
"""
EXCITATORY_THRESHOLD = "V > V_const + theta"
EXCITATORY_RESET = """
V = E_reset
theta += alpha*(dt/tau_theta)*theta_init/abs(2*theta - theta_init)
"""
# The authors do it, too: after many inhibitory spikes forward Euler overshoots and diverges.
EXCITATORY_CLIP = "V = clip(V, E_floor, E_exc)"

# Eq. 1-2 without inhibition.
INHIBITORY = """
dV/dt = ((E_rest - V) + g_E*(E_exc - V))/tau_m : volt (unless refractory)
dg_E/dt = -g_E/tau_gE : 1
"""
INHIBITORY_THRESHOLD = "V > V_threshold"
INHIBITORY_RESET = "V = E_reset"

# The images, and the label that drives the output layer while it learns.
PIXEL_RATES = "pixel_rate(t, i)*int(t % slot < presentation)"
TEACHER = """
rate = teacher_rate*int(label(t) == i)*int(t % slot < presentation) : Hz
w_total : 1
"""
TEACHER_THRESHOLD = "rand() < rate*dt"

# The loop of lateral inhibition: E -> I one to one, I -> all other E.
EXCITE = "g_E_post += w_EI"
INHIBIT = "g_I_post += w_IE"
ONE_TO_ONE = "i"
ALL_OTHERS = "i != j"

# Eq. 6
STDP = """
w : 1
dx/dt = -x/tau_trace : 1 (event-driven)
dy/dt = -y/tau_trace : 1 (event-driven)
"""
ON_PRE = """
x += A
w = clip(w + nu*y, 0, w_max)
"""
ON_POST = """
y += A
w = clip(w + nu*x, 0, w_max)
"""
TRANSMIT = "g_E_post += w"

# Eq. 7 at the start of each image, in this order.
SCALING_CLEAR = "w_total = 0"
SCALING_SUM = "w_total_post += w"
SCALING_APPLY = "w *= total/w_total_post"
