"""The devices of GeNN: a network as the C++ or CUDA program that GeNN 4 makes of it.

Brian2 and brian2genn write a project, GeNN generates the code of a time step, and a compiler makes
a program of both. The program takes values and ends as that of the C++ device does. GeNN has no
form for some of what Brian2's devices run, and a network that is made for it does without:

==========================================  =====================================
not in GeNN                                 instead
==========================================  =====================================
a clock of the network for the time step    Brian2's default clock
the counter ``t_in_timesteps``              ``timestep(t, dt)``
a loop over all other neurons               N (N - 1) synapses
``run_regularly`` on synapses that writes   a function that the host calls there
a variable of the postsynaptic group        for every synapse
==========================================  =====================================

Groups and plastic synapses run on the GPU. What happens once per slot runs on the host, on values
copied at these steps alone.
"""
