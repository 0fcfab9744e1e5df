"""How many time steps a program may run: generated code counts them in 32 bits."""

LAST_STEP = 2**31 - 1
"""Generated code reads the count of time steps as 32 bits (`models.dense.codegen`)."""

LENGTH_CHECK = """if ({count} > %d - {steps}) {{
std::cerr << "too many time steps for one call; show fewer samples";
exit(1);
}}""" % LAST_STEP
"""For the count of steps so far, and those to come."""
