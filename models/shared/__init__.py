"""What several methods share: random numbers, integrators, optimisers, resources of the machine.

Nothing here knows a method: `models.stbp` and `models.diehl_cook` import from here, never the
other way.
"""
